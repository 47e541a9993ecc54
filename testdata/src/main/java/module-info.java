/**
 * What tests of every module share: contract tests, faulty storages, and the outside tools they are
 * checked against.
 */
open module dev.platter.testdata {
  requires transitive dev.platter.sparseio;
  requires transitive org.junit.jupiter.api;
  requires transitive org.junit.jupiter.params;
  requires jdk.httpserver;

  exports dev.platter.testdata;
}
