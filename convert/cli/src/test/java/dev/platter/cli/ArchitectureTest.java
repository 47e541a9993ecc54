package dev.platter.cli;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
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
  private static final List<String> IMAGES = List.of("image", "codec", "storage");

  /** For each package its neighbours: it may use these, and everything outside of the project. */
  private static final Map<String, List<String>> NEIGHBOURS =
      new TreeMap<>(
          Map.of(
              "storage",
              List.of(),
              "codec",
              List.of(),
              "image",
              List.of("codec", "storage"),
              "raw",
              IMAGES,
              "qcow2",
              IMAGES,
              "vmdk",
              IMAGES,
              "convert",
              IMAGES,
              "cli",
              List.of("convert", "image", "codec", "storage"),
              "testdata",
              IMAGES));

  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages("dev.platter");

  static Stream<String> packages() {
    return NEIGHBOURS.keySet().stream();
  }

  @ParameterizedTest
  @MethodSource("packages")
  void usesOnlyItsNeighbours(String name) {
    String[] known =
        Stream.concat(Stream.of(name), NEIGHBOURS.get(name).stream())
            .map(ArchitectureTest::within)
            .toArray(String[]::new);
    DescribedPredicate<JavaClass> outside =
        DescribedPredicate.not(resideInAPackage("dev.platter.."));
    classes()
        .that()
        .resideInAPackage(within(name))
        .should()
        .onlyDependOnClassesThat(outside.or(resideInAnyPackage(known)))
        .as("dev.platter." + name + " uses only " + NEIGHBOURS.get(name))
        .check(CLASSES);
  }

  @Test
  void everyPackageHasItsPlace() {
    TreeSet<String> found = new TreeSet<>();
    for (JavaClass type : CLASSES) {
      found.add(type.getPackageName().substring("dev.platter.".length()));
    }
    assertEquals(NEIGHBOURS.keySet(), found);
  }

  private static String within(String name) {
    return "dev.platter." + name + "..";
  }
}
