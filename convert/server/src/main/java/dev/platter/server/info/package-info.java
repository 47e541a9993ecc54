/** What the service tells about itself: versions, schemas, its description, metrics, logs. */
package dev.platter.server.info;
