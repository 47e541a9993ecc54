package dev.platter.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.image.IllegalOptionException;
import dev.platter.image.name.JsonParser;
import dev.platter.testdata.ExternalTool;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code ls}, {@code cat}, {@code stat}, {@code find}, {@code extract} and {@code tar-out}. */
class FileCommandsTest {
  private static final Path GOLDEN = Path.of("..", "..", "testdata", "golden");
  private static final Path WINDOWS = GOLDEN.resolve("guest/windows.qcow2");
  private static final Path LVM = GOLDEN.resolve("guest/lvm.qcow2");
  private static final Path BTRFS = GOLDEN.resolve("guest/btrfs-compressed.qcow2");

  @TempDir Path directory;

  private static void assertRefused(Run run, String why) {
    assertEquals(1, run.exitCode(), run.err());
    assertTrue(run.err().contains(why), run.err());
    assertEquals(1, run.err().lines().count(), run.err());
  }

  @Test
  void aFileIsPrintedAsItIs() {
    String release = Run.platter("cat", BTRFS, "/@/usr/lib/os-release").mustWork();
    assertEquals("ID=packed\nVERSION_ID=3\nPRETTY_NAME=\"Packed Linux 3\"\n", release);
    String both =
        Run.platter("cat", BTRFS, "/@/usr/lib/os-release", "@//usr/./lib/os-release").mustWork();
    assertEquals(release + release, both);
    assertRefused(Run.platter("cat", BTRFS, "/@"), "'/@' is a directory");
    assertRefused(Run.platter("cat", BTRFS, "/none"), "no such file or directory: '/none'");
  }

  @Test
  void aDirectoryIsListed() throws IllegalOptionException {
    assertEquals("etc\nmany\nusr\n", Run.platter("ls", LVM).mustWork().replace("lost+found\n", ""));
    assertEquals("os-release\n", Run.platter("ls", LVM, "/etc").mustWork());
    String line = Run.platter("ls", "-l", LVM, "/etc").mustWork();
    assertTrue(
        line.matches("lrwxrwxrwx +1 +\\d+ +\\d+ +21 \\d{4}-.* os-release -> \\.\\./usr/.*\n"),
        line);
    List<String> all = Run.platter("ls", "-R", LVM).mustWork().lines().toList();
    assertTrue(all.contains("usr/lib/os-release"));
    assertTrue(all.indexOf("usr") < all.indexOf("usr/lib"));
    String json = Run.platter("ls", "-R", "--output=json", LVM, "/usr").mustWork();
    Map<?, ?> parsed = JsonParser.parseObject("{\"all\": " + json + "}");
    List<?> files = (List<?>) parsed.get("all");
    assertEquals(
        List.of("lib", "lib/os-release"),
        files.stream().map(file -> ((Map<?, ?>) file).get("path")).toList());
  }

  @Test
  void oneOfSeveralFileSystemsIsToBeChosen() {
    assertRefused(
        Run.platter("ls", WINDOWS),
        "say which file system: there is --partition 1 (fat16 SYSTEM), --partition 3 (ntfs Windows)");
    assertEquals("EFI\n", Run.platter("ls", "--partition", "1", WINDOWS).mustWork());
    assertEquals("Windows\n", Run.platter("ls", "--partition=3", WINDOWS).mustWork());
    assertRefused(Run.platter("ls", "--partition=2", WINDOWS), "no file system is known in");
    assertRefused(Run.platter("ls", "--volume=a/b", WINDOWS), "no file system is known in 'a/b'");
    assertEquals(
        "os-release\n", Run.platter("ls", "--volume", "group/root", LVM, "/etc").mustWork());
    assertRefused(
        Run.platter("ls", "--volume", "group/root", "--partition", "1", LVM), "mutually exclusive");
  }

  @Test
  void encryptedAndUnknownOnesAreNamed() throws IOException {
    Path luks = directory.resolve("luks");
    byte[] head = new byte[1 << 20];
    System.arraycopy("LUKS\u00ba\u00be\0\2".getBytes(StandardCharsets.ISO_8859_1), 0, head, 0, 8);
    Files.write(luks, head);
    assertRefused(Run.platter("ls", "-f", "raw", luks), "(crypto_LUKS2)");
    Path empty = Files.write(directory.resolve("empty"), new byte[1 << 20]);
    assertRefused(Run.platter("ls", empty), "no file system whose files can be read");
  }

  @Test
  void allThatIsKnownOfAFileIsTold() throws IllegalOptionException {
    String json = Run.platter("stat", "--output=json", LVM, "/etc/os-release").mustWork();
    Map<?, ?> facts = JsonParser.parseObject(json);
    assertEquals("link", facts.get("type"));
    assertEquals("../usr/lib/os-release", facts.get("target"));
    assertEquals("0777", facts.get("mode"));
    assertEquals(Map.of(), facts.get("xattrs"));
    String text = Run.platter("stat", LVM, "/etc/os-release").mustWork();
    assertTrue(text.contains("target: ../usr/lib/os-release\n"), text);
  }

  @ParameterizedTest
  @CsvSource({
    "--name os-*, '/etc/os-release,/usr/lib/os-release'",
    "--name os-* --type f, /usr/lib/os-release",
    "--name [!a-m]s-releas?, '/etc/os-release,/usr/lib/os-release'",
    "--type d --name l?b, /usr/lib",
    "--name OS-*, ''"
  })
  void filesAreFoundByNameAndType(String options, String paths) {
    Object[] words = ("find " + options + " " + LVM + " /").split(" ");
    String found = Run.platter(words).mustWork();
    assertEquals(paths == null ? "" : paths.replace(",", "\n"), found.strip());
  }

  @ParameterizedTest
  @ValueSource(strings = {"[z-a]", "[b-a]x", "a[!9-0]"})
  void whatIsNoPatternIsRefused(String glob) {
    Run run = Run.platter("find", "--name", glob, LVM);
    assertEquals(1, run.exitCode(), run.err());
    assertTrue(run.err().contains("'" + glob + "' is no pattern"), run.err());
  }

  @ParameterizedTest
  @ValueSource(strings = {"[]", "[!]", "[", "[!"})
  void aBracketWithoutItsEndStandsForItself(String glob) {
    assertEquals("", Run.platter("find", "--name", glob, LVM).mustWork());
  }

  @Test
  void filesAreExtractedUnderTheirName() throws IOException {
    Path target = directory.resolve("new/files");
    assertEquals("", Run.platter("extract", LVM, "/usr/lib", target).mustWork());
    String text = Files.readString(target.resolve("lib/os-release"));
    assertTrue(text.contains("Rooted Linux 4"), text);
    assertEquals("", Run.platter("extract", LVM, "/usr/lib/os-release", target).mustWork());
    assertEquals(text, Files.readString(target.resolve("os-release")));
    assertRefused(
        Run.platter("extract", LVM, "/usr/lib/os-release", target), "it is there already");
    assertEquals("", Run.platter("extract", LVM, "/", directory.resolve("all")).mustWork());
    assertEquals(text, Files.readString(directory.resolve("all/etc/os-release")));
  }

  @Test
  @Tag("interop")
  void whatIsLeftOutIsNamedByItsWholePath() throws IOException {
    Path disk = directory.resolve("disk");
    ExternalTool.named("mke2fs").mustRun("-q", "-t", "ext4", disk, "4M");
    Path script = Files.writeString(directory.resolve("script"), "mkdir /a\ncd /a\nmknod pipe p\n");
    ExternalTool.named("debugfs").mustRun("-w", "-f", script, disk);
    Run run = Run.platter("extract", disk, "/a", directory);
    assertEquals(3, run.exitCode(), run.err());
    assertTrue(run.err().startsWith("platter: /a/pipe: left out: "), run.err());
    assertTrue(Files.isDirectory(directory.resolve("a")));
  }

  @Test
  void aTarWithoutADirectoryIsRefused() {
    Run run = Run.platter("tar-out", LVM, "/", directory.resolve("none/out.tar"));
    assertRefused(run, "none");
    assertFalse(Files.exists(directory.resolve("none")));
  }

  @Test
  void aTarIsMadeOfADirectory() throws IOException {
    Path tar = directory.resolve("out.tar");
    assertEquals("", Run.platter("tar-out", LVM, "/usr", tar).mustWork());
    String bytes = Files.readString(tar, StandardCharsets.ISO_8859_1);
    assertTrue(bytes.contains("./lib/os-release"));
    assertTrue(bytes.contains("Rooted Linux 4"));
    assertEquals(0, Files.size(tar) % 10240);
    assertEquals(bytes.length(), Run.platter("tar-out", LVM, "/usr", "-").mustWork().length());
  }
}
