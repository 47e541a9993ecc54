package dev.platter.vhd;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.image.CorruptImageException;
import dev.platter.image.Extent;
import dev.platter.image.Identity;
import dev.platter.image.disk.GuestDisk;
import dev.platter.image.spi.EditRequest;
import dev.platter.storage.FileStorage;
import dev.platter.storage.MemoryStorage;
import dev.platter.storage.WritableStorage;
import dev.platter.testdata.ExternalTool;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is written beside the guest's bytes while a disk is in use. */
class LiveVhdBooksTest {
  private static final int BLOCK = 1 << 16;

  private static GuestDisk live(WritableStorage storage) throws IOException {
    return new GuestDisk(new VhdFormat().openLive(storage, EditRequest.strict()), List.of());
  }

  private static void write(MemoryStorage storage, int offset, int length) throws IOException {
    byte[] bytes = new byte[length];
    Arrays.fill(bytes, (byte) 7);
    try (GuestDisk disk = live(storage)) {
      disk.write(offset, MemorySegment.ofArray(bytes));
    }
  }

  private static HandMadeVhd disk(int type) {
    HandMadeVhd vhd = new HandMadeVhd(4 * BLOCK);
    vhd.type = type;
    vhd.blockSize = BLOCK;
    byte[] payload = new byte[BLOCK];
    Arrays.fill(payload, (byte) 1);
    return vhd.block(0, payload, new byte[512]);
  }

  /** Virtual PC takes sectors for zeros that the bitmap does not know. */
  @Test
  void theBitmapOfADynamicDisksBlockIsFilledWhenItIsWrittenTo() throws IOException {
    byte[] before = disk(3).build();
    MemoryStorage storage = MemoryStorage.of("a.vhd", before);
    write(storage, 512, 512);
    byte[] after = storage.toByteArray();
    int bitmap = HandMadeVhd.TABLE_AT + 512;
    for (int at = bitmap; at < bitmap + 512; at++) {
      assertEquals((byte) 0xFF, after[at]);
    }
    assertEquals(before.length, after.length);
  }

  /** A bit that somebody left for a block that is not there does not make a new block full. */
  @Test
  void theBatmapNeverSaysThatABlockIsFullOfWhichSectorsAreNotThere() throws IOException {
    HandMadeVhd vhd = disk(4);
    vhd.batmap = new byte[] {(byte) 0b1110_0000};
    MemoryStorage storage = vhd.storage("a.vhd");
    write(storage, BLOCK + 512, 512);
    DynamicMap map = (DynamicMap) VhdReadTest.open(storage).map();
    assertEquals(new Extent.Absent(BLOCK, 512), map.extentAt(BLOCK, 2 * BLOCK));
    assertTrue(map.extentAt(BLOCK + 512, 2 * BLOCK) instanceof Extent.Data);
    assertEquals(BLOCK, map.extentAt(0, BLOCK).length());
    assertTrue(map.extentAt(0, BLOCK) instanceof Extent.Data, "the batmap still counts");
  }

  @Test
  void aBlockThatLosesItsPlaceIsTakenOutOfTheBatmap() throws IOException {
    HandMadeVhd vhd = disk(3);
    vhd.batmap = new byte[] {(byte) 0b1000_0000};
    MemoryStorage storage = vhd.storage("a.vhd");
    try (GuestDisk disk = live(storage)) {
      disk.zero(0, BLOCK, GuestDisk.Space.GIVE_BACK);
    }
    byte[] after = storage.toByteArray();
    assertEquals(0, after[HandMadeVhd.TABLE_AT + 1024]);
    assertEquals(-1, after[HandMadeVhd.TABLE_AT]);
  }

  @Test
  void aFooterThatIsLostAtTheEndIsPutBack() throws IOException {
    byte[] sound = disk(3).build();
    byte[] lost = sound.clone();
    Arrays.fill(lost, lost.length - 512, lost.length, (byte) 0);
    MemoryStorage storage = MemoryStorage.of("a.vhd", lost);
    write(storage, 0, 512);
    byte[] after = storage.toByteArray();
    assertArrayEquals(
        Arrays.copyOf(sound, 512), Arrays.copyOfRange(after, after.length - 512, after.length));
  }

  @Test
  void aFileThatWasCutIsRefusedAndLeftAlone() throws IOException {
    byte[] cut = Arrays.copyOf(disk(3).build(), 10_000);
    MemoryStorage storage = MemoryStorage.of("a.vhd", cut);
    assertThrows(CorruptImageException.class, () -> live(storage));
    assertArrayEquals(cut, storage.toByteArray());
  }

  @Test
  void sevenZipReadsTheChainWhoseChildWasWrittenTo(@TempDir Path directory) throws IOException {
    byte[] model = new byte[5 << 20];
    MemoryStorage below = new MemoryStorage("base.vhd");
    VhdWriteTest.write(
        VhdWriteTest.request(model.length, "force_size=on", below),
        VhdWriteTest.randomPieces(model, 500, new Random(6)),
        new Random(7));
    Files.write(directory.resolve("base.vhd"), below.toByteArray());
    MemoryStorage above = new MemoryStorage("child.vhd");
    VhdWriteTest.write(
        VhdWriteTest.over(
            VhdReadTest.open(below),
            "base.vhd",
            Identity.seeded("child", Instant.EPOCH),
            "",
            above),
        VhdWriteTest.randomPieces(model, 500, new Random(8)),
        new Random(9));
    Path child = Files.write(directory.resolve("child.vhd"), above.toByteArray());
    Random random = new Random(10);
    try (FileStorage storage = FileStorage.openForWriting(child);
        GuestDisk disk =
            new GuestDisk(
                new VhdFormat().openLive(storage, EditRequest.strict()),
                List.of(VhdReadTest.open(below).map()))) {
      for (int i = 0; i < 60; i++) {
        byte[] bytes = new byte[1 + random.nextInt(9000)];
        random.nextBytes(bytes);
        int at = random.nextInt(model.length - bytes.length);
        disk.write(at, MemorySegment.ofArray(bytes));
        System.arraycopy(bytes, 0, model, at, bytes.length);
      }
    }
    assertArrayEquals(
        model,
        ExternalTool.sevenZip()
            .runIn(directory, "e", "-so", "-tvhd", child)
            .mustExit(0)
            .stdoutBytes());
  }
}
