package dev.platter.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.image.name.JsonParser;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code packages}: its forms, and what it says where not all can be read. */
class PackagesCommandTest {
  private static final Path GUESTS = Path.of("..", "..", "testdata", "golden", "guest");
  private static final Path LISTED = GUESTS.resolve("packages.qcow2");
  private static final Path LVM = GUESTS.resolve("lvm.qcow2");

  @TempDir Path directory;

  private static List<?> parse(String json) throws Exception {
    return (List<?>) JsonParser.parseObject("{\"all\": " + json + "}").get("all");
  }

  private static Object at(Object json, Object... way) {
    Object at = json;
    for (Object step : way) {
      at = step instanceof Integer index ? ((List<?>) at).get(index) : ((Map<?, ?>) at).get(step);
    }
    return at;
  }

  @Test
  void packagesAreListedBySystemAndManager() {
    String text = Run.platter("packages", LISTED).mustWork();
    List<String> lines = text.lines().toList();
    assertEquals(LISTED + ": Listed Linux 5 (disk)", lines.getFirst());
    assertEquals("dpkg (/var/lib/dpkg): 3 packages", lines.get(1));
    assertTrue(lines.get(3).matches("bash +5\\.2\\.15-2\\+b2 +amd64"), text);
    assertEquals("apk (/lib/apk/db): 1 package", lines.get(6));
    assertEquals(9, lines.size());
    String both = Run.platter("packages", LISTED, LISTED).mustWork();
    assertEquals(text + "\n" + text, both);
  }

  @Test
  void programsAreToldAllThatIsKnown() throws Exception {
    List<?> disks = parse(Run.platter("packages", "--output=json", LISTED, LISTED).mustWork());
    assertEquals(2, disks.size());
    assertEquals(true, at(disks, 0, "complete"));
    Object system = at(disks, 0, "systems", 0);
    assertEquals("listed", at(system, "operating-system", "id"));
    assertEquals("dpkg", at(system, "databases", 0, "manager"));
    assertEquals("glibc (2.36-9)", at(system, "databases", 0, "packages", 1, "source"));
    assertEquals("MIT", at(system, "databases", 1, "packages", 0, "license"));
    assertEquals(
        "pkg:apk/listed/musl@1.2.4-r2?arch=x86_64&distro=listed-5",
        at(system, "databases", 1, "packages", 0, "purl"));
  }

  @Test
  void aBillInCycloneDxIsTheSameEachTime() throws Exception {
    String text = Run.platter("packages", "--output=cyclonedx", LISTED).mustWork();
    assertEquals(text, Run.platter("packages", "--output=cyclonedx", LISTED).mustWork());
    Map<?, ?> bill = JsonParser.parseObject(text);
    assertEquals("1.6", bill.get("specVersion"));
    assertEquals(null, bill.get("compositions"));
    List<?> components = (List<?>) bill.get("components");
    assertEquals(5, components.size());
    assertEquals("operating-system", at(components, 0, "type"));
    assertEquals("library", at(components, 1, "type"));
    assertEquals("MIT", at(components, 4, "licenses", 0, "license", "name"));
  }

  @Test
  void aBillInSpdxSaysWhatContainsWhat() throws Exception {
    Map<?, ?> bill =
        JsonParser.parseObject(Run.platter("packages", "--output=spdx", LISTED).mustWork());
    assertEquals("SPDX-2.3", bill.get("spdxVersion"));
    List<?> packages = (List<?>) bill.get("packages");
    assertEquals(6, packages.size(), "the disk and the system among them");
    List<String> contained = new ArrayList<>();
    for (Object each : (List<?>) bill.get("relationships")) {
      contained.add(at(each, "spdxElementId") + " " + at(each, "relatedSpdxElement"));
    }
    assertEquals("SPDXRef-DOCUMENT SPDXRef-Disk", contained.getFirst());
    assertEquals("SPDXRef-Disk SPDXRef-System-1", contained.get(1));
    assertEquals("SPDXRef-System-1 SPDXRef-Package-5", contained.getLast());
  }

  @Test
  void whatCannotBeReadIsSaidInEachForm() throws Exception {
    Run human = Run.platter("packages", LVM);
    assertEquals(3, human.exitCode());
    assertEquals(
        "platter: '"
            + LVM
            + "': Rooted Linux 4 (group/root) has no list of packages that is known here",
        human.err().lines().filter(line -> line.contains("Rooted")).findFirst().orElseThrow());
    Run json = Run.platter("packages", "--output=json", LVM);
    assertEquals(3, json.exitCode());
    assertEquals(false, at(parse(json.out()), 0, "complete"));
    Run cyclonedx = Run.platter("packages", "--output=cyclonedx", LVM);
    assertEquals(3, cyclonedx.exitCode());
    assertEquals(
        "incomplete", at(JsonParser.parseObject(cyclonedx.out()), "compositions", 0, "aggregate"));
    Run spdx = Run.platter("packages", "--output=spdx", LVM);
    assertEquals(3, spdx.exitCode());
    assertTrue(spdx.out().contains("There may be more: "), spdx.out());
  }

  @Test
  void aDiskWithoutASystemIsAnError() throws IOException {
    byte[] bytes = new byte[1 << 20];
    Path empty = Files.write(directory.resolve("empty"), bytes);
    Run run = Run.platter("packages", LISTED, empty);
    assertEquals(1, run.exitCode());
    assertEquals("", run.out(), "nothing is printed");
    assertTrue(run.err().contains("no system is found"), run.err());
    byte[] head = "LUKS\u00ba\u00be\0\2".getBytes(StandardCharsets.ISO_8859_1);
    System.arraycopy(head, 0, bytes, 0, head.length);
    Path luks = Files.write(directory.resolve("luks"), bytes);
    Run encrypted = Run.platter("packages", "-f", "raw", luks);
    assertEquals(1, encrypted.exitCode());
    assertTrue(encrypted.err().contains("crypto_LUKS2 is encrypted"), encrypted.err());
  }

  @Test
  void oneFileSystemMayBeChosen() {
    Path windows = GUESTS.resolve("windows.qcow2");
    String text = Run.platter("packages", "--partition", "3", windows).mustWork();
    assertTrue(text.contains("windows (/Windows/System32/config): 0 packages"), text);
    Run other = Run.platter("packages", "--partition", "1", windows);
    assertEquals(1, other.exitCode(), other.out());
    Run none = Run.platter("packages", "--partition", "2", windows);
    assertTrue(none.err().contains("no file system is known in"), none.err());
  }

  @Test
  void wrongCallsAreRefused() {
    Run form = Run.platter("packages", "--output=xml", LISTED);
    assertEquals(1, form.exitCode());
    assertTrue(form.err().contains("--output expects 'human', 'json', 'cyclonedx' or 'spdx'"));
    Run two = Run.platter("packages", "--output=spdx", LISTED, LISTED);
    assertEquals(1, two.exitCode());
    assertEquals("", two.out());
    assertFalse(two.err().isEmpty());
    assertEquals(1, Run.platter("packages").exitCode());
  }
}
