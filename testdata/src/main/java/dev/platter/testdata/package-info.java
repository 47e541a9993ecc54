/**
 * What the tests of every module share. Nothing here is part of the product; it depends on
 * sparse-io and on JUnit only, so that every format can use it in test scope.
 */
package dev.platter.testdata;
