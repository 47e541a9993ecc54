/** The qcow2 disk-image format, versions 2 and 3. */
module dev.platter.qcow2 {
  requires transitive dev.platter.sparseio;

  exports dev.platter.qcow2;

  provides dev.platter.image.spi.ImageFormat with
      dev.platter.qcow2.Qcow2Format;
}
