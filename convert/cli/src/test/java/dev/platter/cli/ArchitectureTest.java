package dev.platter.cli;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Who may know whom: the arrows of ARCHITECTURE.md, which run down only. Seen from here, because
 * the program holds all modules.
 */
class ArchitectureTest {
  private static final List<String> IMAGES = List.of("image", "archive", "codec", "storage");

  /**
   * For each package its neighbours: it may use these, and everything outside of the project. A
   * package that is not named here is a format, and uses what formats may use.
   */
  private static final Map<String, List<String>> NEIGHBOURS =
      Map.ofEntries(
          Map.entry("storage", List.of()),
          Map.entry("archive", List.of()),
          Map.entry("codec", List.of()),
          Map.entry("image", List.of("codec", "storage")),
          Map.entry("convert", IMAGES),
          Map.entry("guest", IMAGES),
          Map.entry("remote", IMAGES),
          Map.entry("cli", List.of("remote", "convert", "guest", "image", "codec", "storage")),
          Map.entry("service", List.of("convert", "guest", "image", "codec", "storage")),
          Map.entry("server", List.of("service", "convert", "image", "codec", "storage")),
          Map.entry("testdata", IMAGES),
          // One module with vhd, and what the two share has a package of its own.
          Map.entry("vhdx", List.of("image", "codec", "storage", "vhd.blocks")));

  /**
   * For each room of {@code dev.platter.image} the others that it may use; the rest is above it.
   */
  private static final Map<String, List<String>> IMAGE_ROOMS =
      Map.of(
          "", List.of(),
          ".spi", List.of(""),
          ".wrap", List.of(""),
          ".support", List.of("", ".spi"),
          ".disk", List.of("", ".spi"),
          ".name", List.of("", ".spi"),
          ".chain", List.of("", ".spi", ".wrap", ".disk", ".name"));

  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages("dev.platter");

  static Set<String> packages() {
    Set<String> found = new TreeSet<>();
    for (JavaClass type : CLASSES) {
      found.add(type.getPackageName().split("\\.", -1)[2]);
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

  static Set<String> imageRooms() {
    Set<String> found = new TreeSet<>();
    for (JavaClass type : CLASSES) {
      if (resideInAPackage(within("image")).test(type)) {
        found.add(type.getPackageName().substring("dev.platter.image".length()));
      }
    }
    return found;
  }

  @ParameterizedTest
  @MethodSource("imageRooms")
  void roomsOfImageUseOnlyWhatIsBelow(String room) {
    String[] known =
        Stream.concat(Stream.of(room), IMAGE_ROOMS.get(room).stream())
            .map(name -> "dev.platter.image" + name)
            .toArray(String[]::new);
    DescribedPredicate<JavaClass> elsewhere =
        DescribedPredicate.not(resideInAPackage(within("image")));
    classes()
        .that()
        .resideInAPackage("dev.platter.image" + room)
        .should()
        .onlyDependOnClassesThat(elsewhere.or(resideInAnyPackage(known)))
        .check(CLASSES);
  }

  @Test
  void allModulesAreSeen() {
    Set<String> expected = new TreeSet<>(NEIGHBOURS.keySet());
    expected.addAll(List.of("raw", "qcow2"));
    assertTrue(packages().containsAll(expected), () -> packages().toString());
  }

  private static String within(String name) {
    return "dev.platter." + name + "..";
  }
}
