package dev.platter.cli;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.cli.line.Profile;
import dev.platter.cli.source.Access;
import dev.platter.cli.source.CacheMode;
import dev.platter.cli.source.Source;
import dev.platter.image.BlockMap;
import dev.platter.image.disk.GuestReader;
import dev.platter.image.name.Locking;
import dev.platter.image.spi.FileUse;
import java.io.EOFException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A source that becomes shorter while it is read has lost what it held: that is no zeros. */
class ShrinkingSourceTest {
  private static final int DISK_BYTES = 4 << 20;
  private static final int CUT = 1 << 20;

  @TempDir Path directory;

  private Path raw() throws IOException {
    byte[] disk = new byte[DISK_BYTES];
    new Random(1).nextBytes(disk);
    return Files.write(directory.resolve("disk.raw"), disk);
  }

  private static void cut(Path file) throws IOException {
    try (RandomAccessFile shorter = new RandomAccessFile(file.toFile(), "rw")) {
      shorter.setLength(CUT);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"raw", "qcow2", "vmdk", "vdi", "vpc", "vhdx", "parallels"})
  void whatIsCutWhileItIsReadIsAnError(String format) throws Exception {
    Path image = directory.resolve("image");
    Run.platter("convert", "-f", "raw", "-O", format, raw(), image).mustWork();
    Access copy = new Access(Profile.PLATTER, CacheMode.WRITEBACK, FileUse.COPY, Locking.USUAL);
    try (Source source = Source.open(image.toString(), format, true, copy);
        GuestReader reader = new GuestReader();
        Arena arena = Arena.ofConfined()) {
      BlockMap map = source.map();
      reader.read(map, 0, arena.allocate(512));
      cut(image);
      EOFException thrown =
          assertThrows(
              EOFException.class,
              () -> reader.read(map, 2 * CUT, arena.allocate(DISK_BYTES - 2 * CUT)));
      assertTrue(
          thrown.getMessage().startsWith(image + ": the file became shorter"), thrown.getMessage());
      assertTrue(thrown.getMessage().contains("ends at 0x100000"), thrown.getMessage());
    }
  }
}
