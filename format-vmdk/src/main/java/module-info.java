/** VMware's virtual disks. */
module dev.platter.vmdk {
  requires transitive dev.platter.sparseio;

  exports dev.platter.vmdk;

  provides dev.platter.image.ImageFormat with
      dev.platter.vmdk.VmdkFormat;
}
