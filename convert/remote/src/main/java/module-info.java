/**
 * Disks that lie elsewhere, and disks offered to others: NBD, images in Ceph clusters, files of web
 * servers, images in registries of containers, objects in stores, snapshots in EBS, blobs in Azure.
 * Amazon's library is no module: what speaks to its services is found on a class path only.
 */
module dev.platter.remote {
  requires transitive dev.platter.sparseio;
  requires static software.amazon.awssdk.auth;
  requires static software.amazon.awssdk.awscore;
  requires static software.amazon.awssdk.core;
  requires static software.amazon.awssdk.http;
  requires static software.amazon.awssdk.http.auth.aws;
  requires static software.amazon.awssdk.http.auth.spi;
  requires static software.amazon.awssdk.http.urlconnection;
  requires static software.amazon.awssdk.identity.spi;
  requires static software.amazon.awssdk.profiles;
  requires static software.amazon.awssdk.protocols.jsoncore;
  requires static software.amazon.awssdk.regions;
  requires static software.amazon.awssdk.services.s3;

  exports dev.platter.remote;
  exports dev.platter.remote.http;
  exports dev.platter.remote.nbd;
  exports dev.platter.remote.rbd;

  provides dev.platter.storage.StorageProvider with
      dev.platter.remote.nbd.NbdProvider,
      dev.platter.remote.oci.OciProvider,
      dev.platter.remote.rbd.RbdProvider,
      dev.platter.remote.web.WebProvider;
}
