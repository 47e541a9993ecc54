/** VDI, the disk-image format of VirtualBox. */
module dev.platter.vdi {
  requires transitive dev.platter.sparseio;

  exports dev.platter.vdi;

  provides dev.platter.image.spi.ImageFormat with
      dev.platter.vdi.VdiFormat;
}
