package dev.platter.cli;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Who may know whom: the arrows of ARCHITECTURE.md, which run down only. Seen from here, because
 * the program holds all modules.
 */
class ArchitectureTest {
  private static final List<String> IMAGES =
      List.of("image", "archive", "cipher", "codec", "storage");

  /**
   * For each package its neighbours: it may use these, and everything outside of the project. A
   * package that is not named here is a format, and uses what formats may use.
   */
  private static final Map<String, List<String>> NEIGHBOURS =
      Map.ofEntries(
          Map.entry("storage", List.of()),
          Map.entry("sandbox", List.of("storage")),
          Map.entry("archive", List.of()),
          Map.entry("cipher", List.of()),
          Map.entry("codec", List.of()),
          Map.entry("image", List.of("cipher", "codec", "storage")),
          Map.entry("convert", IMAGES),
          Map.entry("guest", IMAGES),
          Map.entry("remote", IMAGES),
          Map.entry(
              "cli",
              List.of(
                  "remote", "convert", "guest", "image", "cipher", "codec", "storage", "sandbox")),
          Map.entry("service", List.of("convert", "guest", "image", "codec", "storage", "sandbox")),
          Map.entry(
              "server",
              List.of("service", "remote", "convert", "image", "codec", "storage", "sandbox")),
          Map.entry("testdata", IMAGES),
          // One module with vhd, and what the two share has a package of its own.
          Map.entry("vhdx", List.of("image", "cipher", "codec", "storage", "vhd.blocks")));

  /** For each room of a package that has several the other rooms that it may use. */
  private static final Map<String, List<String>> ROOMS =
      Map.ofEntries(
          Map.entry("image", List.of()),
          Map.entry("image.spi", List.of("image")),
          Map.entry("image.wrap", List.of("image")),
          Map.entry("image.support", List.of("image", "image.spi")),
          Map.entry("image.disk", List.of("image", "image.spi")),
          Map.entry("image.name", List.of("image", "image.spi")),
          Map.entry("image.luks", List.of("image", "image.name")),
          Map.entry(
              "image.chain",
              List.of("image", "image.spi", "image.wrap", "image.disk", "image.name")),
          Map.entry(
              "image.node",
              List.of("image", "image.spi", "image.disk", "image.name", "image.chain")),
          Map.entry("qcow2.format", List.of()),
          Map.entry("qcow2.write", List.of("qcow2.format")),
          Map.entry("qcow2.check", List.of("qcow2.format")),
          Map.entry("qcow2.edit", List.of("qcow2.format", "qcow2.write", "qcow2.check")),
          Map.entry("qcow2.live", List.of("qcow2.format", "qcow2.write", "qcow2.check")),
          Map.entry(
              "qcow2",
              List.of("qcow2.format", "qcow2.write", "qcow2.check", "qcow2.edit", "qcow2.live")),
          Map.entry("vmdk.format", List.of()),
          Map.entry("vmdk.read", List.of("vmdk.format")),
          Map.entry("vmdk.write", List.of("vmdk.format", "vmdk.read")),
          Map.entry("vmdk.live", List.of("vmdk.format", "vmdk.read")),
          Map.entry("vmdk", List.of("vmdk.format", "vmdk.read", "vmdk.write", "vmdk.live")),
          Map.entry("guest.files", List.of()),
          Map.entry("guest.files.ext", List.of("guest.files")),
          Map.entry("guest.files.xfs", List.of("guest.files")),
          Map.entry("guest.files.btrfs", List.of("guest.files")),
          Map.entry("guest.files.ntfs", List.of("guest.files")),
          Map.entry("guest.files.fat", List.of("guest.files")),
          Map.entry("guest.files.iso", List.of("guest.files")),
          Map.entry("guest.files.squashfs", List.of("guest.files")),
          Map.entry("guest.files.exfat", List.of("guest.files")),
          Map.entry("guest.files.erofs", List.of("guest.files")),
          Map.entry("guest.files.udf", List.of("guest.files")),
          Map.entry("guest.files.f2fs", List.of("guest.files")),
          Map.entry(
              "guest.volume",
              List.of(
                  "guest.files",
                  "guest.files.ext",
                  "guest.files.xfs",
                  "guest.files.btrfs",
                  "guest.files.ntfs",
                  "guest.files.fat",
                  "guest.files.iso",
                  "guest.files.squashfs",
                  "guest.files.exfat",
                  "guest.files.erofs",
                  "guest.files.udf",
                  "guest.files.f2fs")),
          Map.entry("guest", List.of("guest.files", "guest.volume")),
          Map.entry("guest.copy", List.of("guest.files")),
          Map.entry("guest.picture", List.of("guest")),
          Map.entry("guest.packages.rpm", List.of("guest.files")),
          Map.entry("guest.packages", List.of("guest", "guest.files", "guest.packages.rpm")),
          Map.entry(
              "guest.free",
              List.of(
                  "guest",
                  "guest.files",
                  "guest.volume",
                  "guest.files.ext",
                  "guest.files.xfs",
                  "guest.files.btrfs",
                  "guest.files.ntfs",
                  "guest.files.fat",
                  "guest.files.exfat")),
          Map.entry("cli.line", List.of()),
          Map.entry("cli.text", List.of()),
          Map.entry("cli.manual", List.of("cli.line")),
          Map.entry("cli.progress", List.of("cli.line", "cli.text")),
          Map.entry("cli.source", List.of("cli.line", "cli.text")),
          Map.entry("cli.image", List.of("cli.line", "cli.text", "cli.progress", "cli.source")),
          Map.entry("cli.answer", List.of("cli.line", "cli.text", "cli.source")),
          Map.entry(
              "cli.command",
              List.of(
                  "cli.line", "cli.text", "cli.progress", "cli.source", "cli.image", "cli.answer")),
          Map.entry(
              "cli.convert",
              List.of(
                  "cli.line",
                  "cli.text",
                  "cli.progress",
                  "cli.source",
                  "cli.image",
                  "cli.answer",
                  "cli.command")),
          Map.entry("cli.files", List.of("cli.line", "cli.text", "cli.progress", "cli.source")),
          Map.entry(
              "cli",
              List.of(
                  "cli.line",
                  "cli.text",
                  "cli.manual",
                  "cli.source",
                  "cli.command",
                  "cli.convert",
                  "cli.files")));

  private static final int MOST_LINES = 500;

  private static final Pattern NAME =
      Pattern.compile(
          "\"(vpc|vhd|vhdx|vmdk|qcow2?|qed|vdi|parallels|ploop|raw|iso|ova|luks|dmg|bochs|cloop|streamOptimized)\"");

  /** Who may call formats by their names all the same, and why. */
  private static final Map<String, String> KNOWS_NAMES =
      Map.ofEntries(
          Map.entry("cli/line/QemuImgAnswers", "what qemu-img does with each format"),
          Map.entry("cli/answer/RequestLimits", "what QEMU says of each format"),
          Map.entry("cli/command/ServedDisk", "what an overlay is made as"),
          Map.entry("cli/line/SecretObject", "raw is no format there"),
          Map.entry("image/luks/Luks2Slot", "raw is no format there"),
          Map.entry("remote/oci/PushOptions", "what a containerDisk may be"),
          Map.entry("cli/convert/Cloud", "what clouds take"),
          Map.entry("cli/Training", "command lines"),
          Map.entry("server/config/ImageSettings", "settings that people type"),
          Map.entry("service/ImportSettings", "settings that people type"),
          Map.entry("service/plugin/ImageConversion", "settings that people type"),
          Map.entry("service/inspect/FormatNames", "the Image API's words"),
          Map.entry("service/inspect/ImageProperties", "OpenStack's properties for each format"),
          Map.entry("service/inspect/RawSigns", "a format that is not read"),
          Map.entry("image/spi/ImageFormats", "bytes as they are have one name everywhere"),
          Map.entry("image/Sign", "formats that are not read"),
          Map.entry("image/spi/UnreadFormat", "formats that are not read"));

  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages("dev.platter");

  static Set<String> packages() {
    Set<String> found = new TreeSet<>();
    for (JavaClass type : CLASSES) {
      found.add(topOf(type.getPackageName().substring("dev.platter".length())));
    }
    return found;
  }

  @ParameterizedTest
  @MethodSource("packages")
  void usesOnlyItsNeighbours(String name) {
    List<String> neighbours = NEIGHBOURS.getOrDefault(name, IMAGES);
    String[] known =
        Stream.concat(Stream.of(name), neighbours.stream())
            .map(ArchitectureTest::within)
            .toArray(String[]::new);
    DescribedPredicate<JavaClass> outside =
        DescribedPredicate.not(resideInAPackage("dev.platter.."));
    classes()
        .that()
        .resideInAPackage(within(name))
        .should()
        .onlyDependOnClassesThat(outside.or(resideInAnyPackage(known)))
        .as("dev.platter." + name + " uses only " + neighbours)
        .check(CLASSES);
  }

  static Set<String> rooms() {
    Set<String> found = new TreeSet<>();
    for (JavaClass type : CLASSES) {
      String room = type.getPackageName().substring("dev.platter".length());
      if (ROOMS.containsKey(topOf(room))) {
        found.add(room.substring(1));
      }
    }
    return found;
  }

  /** The first name behind {@code dev.platter}. */
  private static String topOf(String room) {
    return room.isEmpty() ? "" : room.substring(1).split("\\.", 2)[0];
  }

  @ParameterizedTest
  @MethodSource("rooms")
  void roomUsesOnlyRoomsBelow(String room) {
    List<String> below = ROOMS.get(room);
    assertNotNull(below, () -> "the arrows of the room " + room + " are to be said here");
    String[] known =
        Stream.concat(Stream.of(room), below.stream())
            .map(name -> "dev.platter." + name)
            .toArray(String[]::new);
    DescribedPredicate<JavaClass> elsewhere =
        DescribedPredicate.not(resideInAPackage(within(topOf("." + room))));
    classes()
        .that()
        .resideInAPackage("dev.platter." + room)
        .should()
        .onlyDependOnClassesThat(elsewhere.or(resideInAnyPackage(known)))
        .as("dev.platter." + room + " uses only " + below)
        .check(CLASSES);
  }

  @Test
  void allModulesAreSeen() {
    Set<String> expected = new TreeSet<>(NEIGHBOURS.keySet());
    expected.addAll(List.of("raw", "qcow2"));
    assertTrue(packages().containsAll(expected), () -> packages().toString());
  }

  /** At 500 lines there are two things in a file. */
  @Test
  void noSourceIsTooLong() throws IOException {
    List<String> tooLong = new ArrayList<>();
    for (Path source : sources()) {
      if (Files.readAllLines(source).size() > MOST_LINES) {
        tooLong.add(source.toString());
      }
    }
    assertEquals(List.of(), tooLong);
  }

  /** What is not a format's own knows formats by what they tell of themselves, not by name. */
  @Test
  void formatsAreNotKnownByName() throws IOException {
    Set<String> names = new TreeSet<>();
    Set<String> needed = new TreeSet<>();
    for (Path source : sources()) {
      String path = source.toString().replace('\\', '/');
      if (path.contains("/convert/") || path.contains("/sparse-io/")) {
        String type = path.substring(path.indexOf("dev/platter/") + "dev/platter/".length());
        type = type.substring(0, type.length() - ".java".length());
        Matcher found = NAME.matcher(withoutComments(source));
        if (found.find()) {
          (KNOWS_NAMES.containsKey(type) ? needed : names).add(type);
        }
      }
    }
    assertEquals(Set.of(), names);
    assertEquals(new TreeSet<>(KNOWS_NAMES.keySet()), needed, "no exception without need");
  }

  private static String withoutComments(Path source) throws IOException {
    return Files.readString(source).replaceAll("(?s)/\\*.*?\\*/", "").replaceAll("//.*", "");
  }

  /** The sources of all modules, tests and what they share left out. */
  private static List<Path> sources() throws IOException {
    Path top = Path.of("").toAbsolutePath();
    while (!Files.exists(top.resolve("ARCHITECTURE.md"))) {
      top = top.getParent();
    }
    try (Stream<Path> files = Files.walk(top)) {
      return files
          .filter(file -> file.toString().endsWith(".java"))
          .filter(file -> file.toString().contains("/src/main/java/"))
          .filter(file -> !file.toString().contains("/testdata/"))
          .toList();
    }
  }

  private static String within(String name) {
    return "dev.platter." + name + "..";
  }
}
