/** Disks as plain bytes, and discs among them. */
module dev.platter.raw {
  requires transitive dev.platter.sparseio;

  exports dev.platter.raw;

  provides dev.platter.image.ImageFormat with
      dev.platter.raw.IsoFormat,
      dev.platter.raw.RawFormat;
}
