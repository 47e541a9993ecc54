/**
 * The catalogue of metadata definitions: namespaces, and the properties, objects and tags in them.
 */
package dev.platter.server.metadef;
