/**
 * Objects in stores that speak S3 (Amazon's, Ceph's, MinIO and its like), read by ranges with
 * several requests in flight, and written in order, in parts, of which nobody sees anything before
 * all are there. Amazon's own client speaks to the store, and finds credentials, region and
 * endpoint where Amazon's tools find them. It takes the library {@code software.amazon.awssdk:s3},
 * which a module path cannot hold: on one, this package is not to be found.
 */
package dev.platter.remote.s3;
