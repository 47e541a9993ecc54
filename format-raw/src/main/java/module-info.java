/** Disks as plain bytes, and discs, kernels and ramdisks; compressions around files. */
module dev.platter.raw {
  requires transitive dev.platter.sparseio;
  requires com.github.luben.zstd_jni;
  requires org.lz4.java;
  requires org.tukaani.xz;

  exports dev.platter.raw;
  exports dev.platter.wrap;

  provides dev.platter.image.spi.ImageFormat with
      dev.platter.raw.AkiFormat,
      dev.platter.raw.AriFormat,
      dev.platter.raw.IsoFormat,
      dev.platter.raw.RawFormat;
  provides dev.platter.image.wrap.Wrapping with
      dev.platter.wrap.Bzip2Wrapping,
      dev.platter.wrap.GzipWrapping,
      dev.platter.wrap.Lz4Wrapping,
      dev.platter.wrap.TarWrapping,
      dev.platter.wrap.XzWrapping,
      dev.platter.wrap.ZipWrapping,
      dev.platter.wrap.ZstdWrapping;
}
