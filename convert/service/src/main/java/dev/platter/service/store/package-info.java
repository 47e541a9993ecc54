/**
 * Where images live once they are imported: a {@link dev.platter.service.store.Store} takes an
 * image through a {@link dev.platter.service.store.StoreWriter} and names it by a location. Nothing
 * is visible before the commit, and nothing is left after an abort.
 */
package dev.platter.service.store;
