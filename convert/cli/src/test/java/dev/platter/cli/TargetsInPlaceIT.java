package dev.platter.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.platter.testdata.ExternalTool;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Targets whose place no other file can take, so that the assembled program writes into them. */
class TargetsInPlaceIT {
  private static final Path PROGRAM = Path.of("target/platter/bin/platter").toAbsolutePath();
  private static final int DISK_BYTES = 1 << 20;

  /** Users that exist nowhere. */
  private static final int OWNER = 61_001;

  private static final int OTHER = 61_002;

  @TempDir Path scratch;
  private byte[] disk;
  private Path source;
  private Path directory;

  @BeforeEach
  void makeASource() throws IOException {
    disk = new byte[DISK_BYTES];
    new Random(1).nextBytes(disk);
    Files.setPosixFilePermissions(scratch, PosixFilePermissions.fromString("rwxr-xr-x"));
    source = Files.write(scratch.resolve("source.raw"), disk);
    directory = Files.createDirectory(scratch.resolve("directory"));
  }

  @Test
  void aFileThatIsMountedThereIsWritten() throws IOException {
    Path mounted = Files.write(scratch.resolve("mounted"), new byte[2 * DISK_BYTES]);
    Path target = Files.createFile(directory.resolve("target"));
    ExternalTool unshare = ExternalTool.named("unshare");
    assumeTrue(unshare.run("-rm", "true").exitCode() == 0, "no mount can be made here");
    unshare.mustRun(
        "-rm",
        "sh",
        "-ec",
        "mount --bind \"$1\" \"$2\"; \"$0\" convert -f raw -O raw \"$3\" \"$2\"",
        PROGRAM,
        mounted,
        target,
        source);
    assertArrayEquals(disk, Files.readAllBytes(mounted));
    assertEquals(0, Files.size(target));
  }

  @Test
  void somebodyElsesFileInAStickyDirectoryIsWrittenAndStaysHis() throws IOException {
    assumeTrue((int) Files.getAttribute(source, "unix:uid") == 0, "only root can be several users");
    Path target = Files.write(directory.resolve("target"), new byte[2 * DISK_BYTES]);
    Files.setAttribute(target, "unix:uid", OWNER);
    Files.setPosixFilePermissions(target, PosixFilePermissions.fromString("rw-rw-rw-"));
    Files.setAttribute(directory, "unix:mode", 01777);
    ExternalTool.named("setpriv")
        .mustRun(
            "--reuid=" + OTHER,
            "--regid=" + OTHER,
            "--clear-groups",
            PROGRAM,
            "convert",
            "-f",
            "raw",
            "-O",
            "raw",
            source,
            target);
    assertArrayEquals(disk, Files.readAllBytes(target));
    assertEquals(OWNER, Files.getAttribute(target, "unix:uid"));
  }
}
