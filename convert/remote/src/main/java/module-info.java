/** Disks that lie elsewhere, and disks offered to others: NBD, and images in Ceph clusters. */
module dev.platter.remote {
  requires transitive dev.platter.sparseio;

  exports dev.platter.remote.nbd;
  exports dev.platter.remote.rbd;

  provides dev.platter.storage.StorageProvider with
      dev.platter.remote.nbd.NbdProvider,
      dev.platter.remote.rbd.RbdProvider;
}
