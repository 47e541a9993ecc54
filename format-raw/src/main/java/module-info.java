/** Disks as plain bytes. */
module dev.platter.raw {
  requires transitive dev.platter.sparseio;

  exports dev.platter.raw;

  provides dev.platter.image.ImageFormat with
      dev.platter.raw.RawFormat;
}
