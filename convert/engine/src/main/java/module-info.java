/** Moves guest bytes: conversion and comparison on all cores. */
module dev.platter.convert {
  requires transitive dev.platter.sparseio;

  exports dev.platter.convert;
}
