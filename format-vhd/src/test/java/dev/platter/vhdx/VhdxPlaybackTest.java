package dev.platter.vhdx;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.image.CheckReport;
import dev.platter.image.DiskImage;
import dev.platter.image.Repair;
import dev.platter.image.spi.EditRequest;
import dev.platter.image.spi.ImageEditor;
import dev.platter.image.spi.ResizeRequest;
import dev.platter.storage.MemoryStorage;
import dev.platter.storage.WritableStorage;
import dev.platter.testdata.PowerCuts;
import dev.platter.testdata.RecordingStorage;
import java.io.IOException;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/**
 * Files whose log waits when they are changed: it is played back first, and wherever the power
 * fails meanwhile, the disk is what the log had made of it.
 */
class VhdxPlaybackTest {
  private static final int MIB = HandMadeVhdx.MIB;
  private static final int SIZE = 4 * MIB;

  /** What is done with an image. */
  @FunctionalInterface
  private interface Operation {
    void run(ImageEditor editor) throws IOException;
  }

  private byte[] content;

  /** Two blocks, both known to the log alone: one by its entry, one by what is written into it. */
  private byte[] waiting() throws IOException {
    HandMadeVhdx vhdx = new HandMadeVhdx("log.vhdx", SIZE);
    vhdx.logCounts = true;
    byte[] first = VhdxReadTest.random(MIB, 1);
    byte[] second = VhdxReadTest.random(MIB, 2);
    long place = vhdx.block(1, 0, first);
    long other = vhdx.block(2, 6, second);
    MemoryStorage file = vhdx.build();
    byte[] table =
        HandMadeVhdx.little(4096)
            .putLong(8, HandMadeVhdx.entry(6, place))
            .putLong(16, HandMadeVhdx.entry(6, other))
            .array();
    byte[] sector = VhdxReadTest.random(4096, 3);
    new HandMadeLog(7, 0, file)
        .data(HandMadeVhdx.BAT, table)
        .data(other + 8192, sector)
        .zero(place + 65536, 65536)
        .writeTo(file, 0);
    Arrays.fill(first, 65536, 131072, (byte) 0);
    System.arraycopy(sector, 0, second, 8192, 4096);
    content = new byte[SIZE];
    System.arraycopy(first, 0, content, MIB, MIB);
    System.arraycopy(second, 0, content, 2 * MIB, MIB);
    return file.toByteArray();
  }

  private static void edit(WritableStorage storage, Operation operation) throws IOException {
    try (ImageEditor editor = new VhdxFormat().edit(storage, EditRequest.strict())) {
      operation.run(editor);
    }
  }

  private void survives(int size, Operation operation) throws IOException {
    RecordingStorage recording = new RecordingStorage("log.vhdx", waiting());
    edit(recording, operation);
    assertTrue(recording.isSynced(), "ends with a sync");
    assertSound(recording.storage(), size);
    PowerCuts.everywhere(recording, (medium, syncs) -> assertSound(medium, SIZE, size));
  }

  private void assertSound(MemoryStorage medium, int... sizes) throws IOException {
    try (DiskImage image = VhdxReadTest.open(medium)) {
      byte[] now = VhdxReadTest.content(image.map());
      assertTrue(Arrays.stream(sizes).anyMatch(size -> size == now.length), "size " + now.length);
      assertArrayEquals(Arrays.copyOf(content, now.length), now);
      CheckReport found = image.check().orElseThrow();
      assertEquals(0, found.corruptions() + found.checkErrors(), found.messages().toString());
    }
  }

  @Test
  void aRepairOfLeaksPlaysItBack() throws IOException {
    survives(SIZE, editor -> editor.repair(Repair.LEAKS));
  }

  @Test
  void aResizePlaysItBack() throws IOException {
    for (int size : new int[] {2 * SIZE, SIZE - MIB - 512}) {
      survives(size, editor -> editor.resize(new ResizeRequest(size)));
    }
  }

  @Test
  void aCompactionPlaysItBack() throws IOException {
    survives(SIZE, ImageEditor::compact);
  }
}
