/**
 * What several formats are built from, and nobody need use: tables of blocks that are made or
 * changed, plain files in disguise, descriptors in XML, names of other systems.
 */
package dev.platter.image.support;
