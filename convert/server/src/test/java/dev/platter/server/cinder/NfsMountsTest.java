package dev.platter.server.cinder;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Where shares are mounted, and by whom. A script mounts, in a table of its own. */
class NfsMountsTest {
  /** What sha256sum says of the share's name. */
  private static final String HASH =
      "48cc1c4706e6d5a4641831491cb0b52df70da5039bbc7c4b707628d72edac44f";

  private static final String SHARE = "nfs.example.org:/volumes";

  @TempDir Path directory;
  private Path table;
  private Path said;
  private Path place;

  @BeforeEach
  void begin() throws IOException {
    table = Files.writeString(directory.resolve("table"), "22 1 8:1 / / rw - ext4 /dev/sda rw\n");
    said = directory.resolve("said");
    place = directory.resolve("mnt/nfs").resolve(HASH);
  }

  private NfsMounts mounts(String script) {
    return new NfsMounts(
        directory.resolve("mnt"), table, List.of("/bin/sh", "-c", script, "mount"));
  }

  private void mounted(String share) throws IOException {
    Files.writeString(
        table,
        Files.readString(table)
            + "30 22 0:40 / %s rw,relatime shared:1 - nfs4 %s rw,vers=4.1\n"
                .formatted(place, share));
  }

  private NfsMounts mounting() {
    return mounts(
        "echo \"$*\" >> %s; eval s=\\${$(($#-1))}; eval d=\\${$#}; echo \"30 22 0:40 / $d rw - nfs4 $s rw\" >> %s"
            .formatted(said, table));
  }

  @Test
  void aShareThatIsMountedIsUsed() throws IOException {
    mounted(SHARE + "/");
    assertEquals(place, mounts("exit 1").directory(SHARE, ""));
  }

  @Test
  void aShareThatIsNotIsMountedOnce() throws IOException {
    NfsMounts mounts = mounting();
    assertEquals(place, mounts.directory(SHARE, "-o vers=4.1"));
    assertEquals(place, mounts.directory(SHARE, "-o vers=4.1"));
    assertEquals(
        List.of("-t nfs -o nosuid,nodev,noexec -o vers=4.1 " + SHARE + " " + place),
        Files.readAllLines(said));
  }

  @Test
  void whatIsMountedThereMustBeTheShare() throws IOException {
    mounted(SHARE);
    mounted("evil.example.org:/volumes"); // over it
    IOException refused =
        assertThrows(IOException.class, () -> mounts("exit 1").directory(SHARE, ""));
    assertTrue(refused.getMessage().contains("evil"), refused.getMessage());
    Files.writeString(table, "");
    refused = assertThrows(IOException.class, () -> mounts("exit 0").directory(SHARE, ""));
    assertTrue(refused.getMessage().contains("mounted nothing"), refused.getMessage());
  }

  @Test
  void aMountThatFailsIsSaid() {
    IOException refused =
        assertThrows(
            IOException.class,
            () -> mounts("echo only root can do that >&2; exit 32").directory(SHARE, ""));
    assertTrue(refused.getMessage().contains("is not mounted at " + place), refused.getMessage());
    assertTrue(refused.getMessage().contains("32, only root can"), refused.getMessage());
  }

  @ParameterizedTest
  @CsvSource({
    "--bind, ''",
    "-o:/x, ''",
    "/dev/sda, ''",
    "'host:/x y', ''",
    "host:relative, ''",
    "nfs.example.org:/volumes, --bind",
    "nfs.example.org:/volumes, -o",
    "nfs.example.org:/volumes, '-o vers=4 -B x'",
    "nfs.example.org:/volumes, '-o vers=4;id'"
  })
  void whatIsNoShareOrNoOptionBecomesNoWordOfACommand(String share, String options) {
    assertThrows(IOException.class, () -> mounting().directory(share, options));
    assertTrue(Files.notExists(said));
  }
}
