/**
 * Disks that lie elsewhere, and disks offered to others: NBD, images in Ceph clusters, and files of
 * web servers.
 */
module dev.platter.remote {
  requires transitive dev.platter.sparseio;
  requires java.net.http;

  exports dev.platter.remote.http;
  exports dev.platter.remote.nbd;
  exports dev.platter.remote.rbd;

  provides dev.platter.storage.StorageProvider with
      dev.platter.remote.http.HttpProvider,
      dev.platter.remote.nbd.NbdProvider,
      dev.platter.remote.rbd.RbdProvider;
}
