package dev.platter.vhd;

import dev.platter.image.spi.ImageFormat;
import dev.platter.testdata.RepairContract;
import dev.platter.testdata.Specimen;
import java.nio.ByteOrder;
import java.util.List;

class VhdRepairPropertyTest extends RepairContract {
  private static final int BLOCK = 4096;
  private static final int BLOCKS = 10;
  private static final int STORED = 6;
  private static final int FIRST = HandMadeVhd.TABLE_AT / 512 + 1;
  private static final int STRIDE = BLOCK / 512 + 1;

  @Override
  protected ImageFormat format() {
    return new VhdFormat();
  }

  @Override
  protected List<Specimen> specimens() {
    HandMadeVhd child = disk();
    child.type = 4;
    child.parentName = "parent.vhd";
    HandMadeVhd fixed = new HandMadeVhd(64 * 512);
    fixed.type = 2;
    fixed.fixedContent = VhdReadTest.random(64 * 512, 3);
    return List.of(
        specimen("dynamic", disk()),
        specimen("child", child),
        new Specimen("fixed", fixed.build())
            .numbers(64 * 512, 22, 4, ByteOrder.BIG_ENDIAN, 0, 64 * 512, 2, 3)
            .sealedBy(VhdRepairPropertyTest::seal));
  }

  private static HandMadeVhd disk() {
    HandMadeVhd vhd = new HandMadeVhd(BLOCKS * BLOCK - 512);
    vhd.blockSize = BLOCK;
    for (int block : new int[] {1, 2, 4, 5, 8, 9}) {
      vhd.block(block, VhdReadTest.random(BLOCK, block));
    }
    byte[] some = new byte[vhd.bitmapLength()];
    some[0] = (byte) 0x5A;
    return vhd.block(5, VhdReadTest.random(BLOCK, 55), some);
  }

  private static Specimen specimen(String name, HandMadeVhd vhd) {
    ByteOrder order = ByteOrder.BIG_ENDIAN;
    byte[] image = vhd.build();
    int footer = image.length - HandMadeVhd.FOOTER;
    long[] places = {
      0, 1, 3, FIRST, FIRST + 1, FIRST + STRIDE, FIRST + 5 * STRIDE, FIRST + STORED * STRIDE, -1
    };
    long[] offsets = {0, 512, 1536, 512 * FIRST, 512L * (FIRST + STRIDE), footer};
    return new Specimen(name, image)
        .numbers(HandMadeVhd.TABLE_AT, BLOCKS, 4, order, places)
        .numbers(HandMadeVhd.TABLE_AT, BLOCKS, 4, order, places)
        .numbers(HandMadeVhd.TABLE_AT, 128, 4, order, places)
        .numbers(16, 1, 8, order, offsets)
        .numbers(footer + 16, 1, 8, order, offsets)
        .numbers(8, 20, 4, order)
        .numbers(footer + 8, 20, 4, order)
        .numbers(40, 2, 8, order, BLOCK, BLOCKS * BLOCK, (BLOCKS + 1) * BLOCK)
        .numbers(HandMadeVhd.HEADER_AT + 8, 2, 8, order, offsets)
        .numbers(HandMadeVhd.HEADER_AT + 24, 3, 4, order, BLOCKS, BLOCKS + 1, BLOCK, 512, 8192)
        .numbers(512 * FIRST, 1, 1, order)
        .sealedBy(VhdRepairPropertyTest::seal);
  }

  /** Where nothing was cut off, and there is a footer at the front at all. */
  private static byte[] seal(byte[] file) {
    boolean dynamic = file.length > HandMadeVhd.TABLE_AT && file[HandMadeVhd.HEADER_AT] == 'c';
    if (dynamic) {
      return HandMadeVhd.reseal(file);
    }
    return file.length < HandMadeVhd.FOOTER
        ? file
        : HandMadeVhd.sealed(file, file.length - HandMadeVhd.FOOTER, HandMadeVhd.FOOTER, 64);
  }

  /** A footer lost; a block nowhere, one at another's place, an entry that no block needs. */
  @Override
  protected List<String> brokenOff() {
    return List.of(
        "dynamic all: put 8 ffffffff",
        "dynamic all: put 7408 ffffffff",
        "dynamic all: put 604 00ffffff / put 610 00ffffff",
        "dynamic all: put 604 0000000d / put 60c 0000000d",
        "child all: put 8 ffffffff / put 604 0000000d / put 608 00ffffff",
        "dynamic leaks: put 21c 00000080 / put 62c 00000004 / put 630 00000004 / seal",
        "dynamic all: grow 9000");
  }

  @Override
  protected List<String> kept() {
    return List.of(
        "child all: put 210 00000000000005ff / seal",
        "dynamic all: put 210 0000000000000200 / seal",
        "dynamic all: put 3c 00000004 / seal");
  }
}
