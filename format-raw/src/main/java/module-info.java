/** Disks as plain bytes, and discs, kernels, ramdisks and machine images among them. */
module dev.platter.raw {
  requires transitive dev.platter.sparseio;
  requires com.github.luben.zstd_jni;

  exports dev.platter.raw;

  provides dev.platter.image.ImageFormat with
      dev.platter.raw.AkiFormat,
      dev.platter.raw.AmiFormat,
      dev.platter.raw.AriFormat,
      dev.platter.raw.IsoFormat,
      dev.platter.raw.RawFormat;
}
