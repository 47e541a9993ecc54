/** VMware's virtual disks, and the appliances around them. */
module dev.platter.vmdk {
  requires transitive dev.platter.sparseio;

  exports dev.platter.ova;
  exports dev.platter.vmdk;

  provides dev.platter.image.spi.ImageFormat with
      dev.platter.ova.OvaFormat,
      dev.platter.vmdk.VmdkFormat;
}
