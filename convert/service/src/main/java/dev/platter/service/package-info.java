/**
 * The import of an image: from a staging area, a web server or another store, through inspection
 * and the deployer's plugins, into one or several stores. An {@link
 * dev.platter.service.ImportWorkflow} is made once and runs any number of {@link
 * dev.platter.service.ImportJob}s; it keeps no record of images, which is its caller's.
 */
package dev.platter.service;
