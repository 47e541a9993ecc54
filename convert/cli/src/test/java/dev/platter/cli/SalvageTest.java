package dev.platter.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code convert --salvage} loses, it tells. */
class SalvageTest {
  private static final int CLUSTER = 64 << 10;

  @TempDir Path directory;

  @Test
  void listsWhatCouldNotBeRead() throws IOException {
    byte[] disk = new byte[4 * CLUSTER];
    new Random(1).nextBytes(disk);
    for (int i = 0; i < disk.length; i++) {
      disk[i] &= 15; // so that it is compressed
    }
    Path raw = Files.write(directory.resolve("disk.raw"), disk);
    Path image = directory.resolve("disk.qcow2");
    Run.qemuImg("convert", "-c", "-O", "qcow2", raw, image).mustWork();
    try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw")) {
      byte[] damage = new byte[2048];
      java.util.Arrays.fill(damage, (byte) 0xff);
      file.seek(firstCompressed(file));
      file.write(damage);
    }
    Path target = directory.resolve("target.raw");
    assertEquals(1, Run.qemuImg("convert", image, target).exitCode());
    Run run = Run.qemuImg("convert", "--salvage", image, target);
    assertEquals(0, run.exitCode(), run.err());
    assertTrue(run.err().startsWith("qemu-img: warning: error while reading offset "), run.err());
    assertTrue(run.err().endsWith(" bytes count as zeros\n"), run.err());
    assertEquals("", Run.qemuImg("convert", "-q", "--salvage", image, target).mustWork());
    byte[] saved = Files.readAllBytes(target);
    for (int i = 0; i < disk.length; i++) {
      assertTrue(saved[i] == disk[i] || saved[i] == 0);
    }
  }

  /**
   * Where the bytes of the first cluster begin, by the L1 table's first entry and the L2 table's.
   */
  private static long firstCompressed(RandomAccessFile file) throws IOException {
    file.seek(40);
    file.seek(file.readLong());
    file.seek(file.readLong() & 0x00ff_ffff_ffff_fe00L);
    return file.readLong() & (1L << 54) - 1;
  }
}
