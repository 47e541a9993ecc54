/**
 * The steps that a deployer puts between an image's arrival and its stores: {@link
 * dev.platter.service.plugin.ImportPlugin}. The project's own have the names they have in Glance.
 */
package dev.platter.service.plugin;
