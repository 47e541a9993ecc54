package dev.platter.cloop;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import dev.platter.legacy.Disks;
import dev.platter.legacy.Lies;
import dev.platter.testdata.ExternalTool;
import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Images of cloop's own program, hand-made ones as qemu-img reads them, and lies. */
class CloopTest {
  private static final Lies LIES =
      new Lies(
          new CloopFormat(),
          HandMadeCloop.of(Disks.random(100 << 10, 1), 4096, 6),
          ByteOrder.BIG_ENDIAN);

  @TempDir Path directory;

  @Test
  @Tag("interop")
  void cloopsOwnProgramMakesThem() throws IOException {
    byte[] content = Disks.random((3 << 20) + 5000, 3);
    Path raw = Files.write(directory.resolve("disk.raw"), content);
    Path image = directory.resolve("disk.cloop");
    ExternalTool.named("create_compressed_fs").mustRun(raw, image);
    assertArrayEquals(content, Arrays.copyOf(Disks.content(image), content.length));
    Disks.assertReadAsQemu(image);
  }

  @Test
  @Tag("interop")
  void qemuImgReadsTheHandMadeOnes() throws IOException {
    Path image = directory.resolve("disk.cloop");
    byte[] content = Disks.random(3 << 20, 4);
    for (int blockSize : new int[] {512, 64 << 10, 1 << 20}) {
      Files.write(image, HandMadeCloop.of(content, blockSize, 6));
      Disks.assertReadAsQemu(image);
      assertArrayEquals(content, Disks.content(image));
    }
  }

  @Test
  void headersThatAreCutOff() {
    for (int length : new int[] {0, 37, 38, 135}) {
      LIES.refused("not in cloop format", Arrays.copyOf(LIES.honest(), length));
    }
  }

  @Test
  void impossibleBlocks() {
    for (int size : new int[] {0, 100, 513, (64 << 20) + 512, -512, Integer.MIN_VALUE}) {
      LIES.refused("blocks of ", file -> file.putInt(128, size));
    }
    LIES.refused("table of offsets is too large", file -> file.putInt(132, -1));
    LIES.refused("past the end of the file", file -> file.putInt(132, 1 << 20));
  }

  @Test
  void blocksElsewhere() {
    for (long at : new long[] {0, 150, 1L << 40, Long.MIN_VALUE, -1}) {
      LIES.refused("block ", file -> file.putLong(HandMadeCloop.TABLE_AT + 24, at));
    }
    LIES.refused("block 24", file -> file.putLong(HandMadeCloop.TABLE_AT + 200, 1L << 40));
    LIES.refused(
        "block 24 of", file -> file.putLong(HandMadeCloop.TABLE_AT + 200, file.capacity() + 1));
  }

  @Test
  void streamsThatAreDamagedOrOfAnotherSize() {
    LIES.refused(
        "zlib stream is damaged",
        file -> {
          int at = (int) file.getLong(HandMadeCloop.TABLE_AT);
          file.put(at, (byte) 0);
        });
    LIES.refused("decodes to fewer", file -> file.putInt(128, 8192));
    LIES.refused("decodes to more", file -> file.putInt(128, 512));
  }

  /** A stream that is far longer than what it holds is not read. */
  @Test
  void aStreamOfTheWholeFile() {
    byte[] file = Arrays.copyOf(LIES.honest(), 1 << 20);
    Lies longer = new Lies(new CloopFormat(), file, ByteOrder.BIG_ENDIAN);
    longer.refused("block 24", f -> f.putLong(HandMadeCloop.TABLE_AT + 200, 1 << 20));
  }
}
