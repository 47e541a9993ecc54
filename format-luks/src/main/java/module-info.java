/** Disks encrypted with LUKS, versions 1 and 2. */
module dev.platter.luks {
  requires transitive dev.platter.sparseio;

  exports dev.platter.luks;

  provides dev.platter.image.spi.ImageFormat with
      dev.platter.luks.LuksFormat;
}
