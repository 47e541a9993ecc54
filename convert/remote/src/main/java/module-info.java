/** Disks that lie elsewhere, and disks offered to others: NBD. */
module dev.platter.remote {
  requires transitive dev.platter.sparseio;

  exports dev.platter.remote.nbd;

  provides dev.platter.storage.StorageProvider with
      dev.platter.remote.nbd.NbdProvider;
}
