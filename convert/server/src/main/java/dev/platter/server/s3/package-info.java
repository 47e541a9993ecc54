/** Images in the buckets of an S3 server. */
package dev.platter.server.s3;
