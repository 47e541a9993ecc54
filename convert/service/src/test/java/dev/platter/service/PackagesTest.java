package dev.platter.service;

import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.library.dependencies.SlicesRuleDefinition;
import org.junit.jupiter.api.Test;

/**
 * The packages of this module: stores and inspection know nobody, the workflow knows them, and
 * plugins, downloads and signatures know the workflow's interfaces.
 */
class PackagesTest {
  @Test
  void haveNoCycles() {
    SlicesRuleDefinition.slices()
        .matching("dev.platter.service.(**)")
        .should()
        .beFreeOfCycles()
        .check(
            new ClassFileImporter()
                .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                .importPackages("dev.platter.service"));
  }
}
