package dev.platter.vhdx;

import dev.platter.image.spi.ImageFormat;
import dev.platter.storage.MemoryStorage;
import dev.platter.testdata.RepairContract;
import dev.platter.testdata.Specimen;
import java.io.IOException;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;

class VhdxRepairPropertyTest extends RepairContract {
  private static final int MIB = HandMadeVhdx.MIB;
  private static final ByteOrder LITTLE = ByteOrder.LITTLE_ENDIAN;

  @Override
  protected ImageFormat format() {
    return new VhdxFormat();
  }

  @Override
  protected List<Specimen> specimens() throws IOException {
    return List.of(specimen(disk("dynamic")), child());
  }

  private static HandMadeVhdx disk(String name) throws IOException {
    HandMadeVhdx vhdx = new HandMadeVhdx(name, 3 * MIB - 512);
    vhdx.block(2, 6, VhdxReadTest.random(MIB, 1));
    vhdx.block(0, 6, VhdxReadTest.random(MIB, 2));
    return vhdx;
  }

  private static Specimen child() throws IOException {
    HandMadeVhdx vhdx = new HandMadeVhdx("child", 3 * MIB - 512);
    vhdx.hasParent = true;
    vhdx.locator.put("parent_linkage", "{" + vhdx.dataWriteId + "}");
    vhdx.locator.put("relative_path", "parent.vhdx");
    vhdx.block(0, 7, VhdxReadTest.random(MIB, 3));
    byte[] bits = new byte[MIB];
    Arrays.fill(bits, 0, 64, (byte) 0x3C);
    vhdx.bitmap(0, bits);
    int bitmapEntry = HandMadeVhdx.BAT + 8 * (int) vhdx.chunkRatio();
    return specimen(vhdx).numbers(bitmapEntry, 1, 8, LITTLE, 6, 4 * MIB + 6, 5 * MIB + 6);
  }

  private static Specimen specimen(HandMadeVhdx vhdx) throws IOException {
    MemoryStorage storage = vhdx.build();
    long[] entries = new long[32];
    for (int i = 0; i < entries.length; i++) {
      entries[i] = (long) i / 4 * MIB + new int[] {6, 7, 2, 0}[i % 4];
    }
    return new Specimen(storage.name(), storage.toByteArray())
        .numbers(HandMadeVhdx.BAT, 3, 8, LITTLE, entries)
        .numbers(HandMadeVhdx.BAT, 3, 8, LITTLE, entries)
        .numbers(HandMadeVhdx.BAT, 16, 8, LITTLE, entries)
        .numbers(0x10000, 20, 4, LITTLE, 0, 1, MIB, 2 * MIB, 3 * MIB)
        .numbers(0x20000, 20, 4, LITTLE, 0, 1, 4, 6, MIB, 2 * MIB, 3 * MIB)
        .numbers(0x30000, 20, 4, LITTLE, 0, 1, MIB, 2 * MIB, 3 * MIB, 4 * MIB, 5 * MIB)
        .numbers(0x40000, 20, 4, LITTLE, 0, 1, MIB, 2 * MIB, 3 * MIB, 4 * MIB, 5 * MIB)
        .numbers(HandMadeVhdx.METADATA, 48, 4, LITTLE)
        .numbers(HandMadeVhdx.METADATA + (1 << 16), 12, 4, LITTLE, 0, 1, 2, 512, 4096, MIB, 2 * MIB)
        .numbers(HandMadeVhdx.LOG, 24, 4, LITTLE, 0, 4096, MIB, 2 * MIB, 3 * MIB, 4 * MIB, 5 * MIB)
        .sealedBy(VhdxRepairPropertyTest::seal);
  }

  /** Of the log the first entry, where there is one. */
  private static byte[] seal(byte[] file) {
    seal(file, 0x10000, 4096);
    seal(file, 0x20000, 4096);
    seal(file, 0x30000, 1 << 16);
    seal(file, 0x40000, 1 << 16);
    if (file.length >= 2 * MIB && file[HandMadeVhdx.LOG] == 'l') {
      seal(file, HandMadeVhdx.LOG, 2 * 4096);
    }
    return file;
  }

  private static void seal(byte[] file, int at, int length) {
    if (file.length >= at + length) {
      byte[] part = HandMadeVhdx.sealed(Arrays.copyOfRange(file, at, at + length));
      System.arraycopy(part, 0, file, at, length);
    }
  }

  @Override
  protected List<String> kept() {
    return List.of(
        "child all: put 10048 f27f68ab / put 30008 00004000 / seal",
        "child all: put 1004c e676ce78 / put 40034 01000000 / seal",
        "dynamic all: put 40040 00004000 / put 10040 00800100 / seal");
  }
}
