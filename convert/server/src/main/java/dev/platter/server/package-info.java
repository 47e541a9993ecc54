/**
 * The image service: the OpenStack Image API, version 2, around the import library ({@link
 * dev.platter.service.ImportWorkflow}). {@link dev.platter.server.ImageServer} puts the parts
 * together.
 */
package dev.platter.server;
