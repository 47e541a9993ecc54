/** The disk-image format of Parallels and Virtuozzo, which image services call ploop. */
module dev.platter.parallels {
  requires transitive dev.platter.sparseio;

  exports dev.platter.parallels;

  provides dev.platter.image.spi.ImageFormat with
      dev.platter.parallels.ParallelsFormat;
}
