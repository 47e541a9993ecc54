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
