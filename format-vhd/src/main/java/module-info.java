/** The disk-image formats of Virtual PC, Hyper-V, Azure and XenServer: VHD and VHDX. */
module dev.platter.vhd {
  requires transitive dev.platter.sparseio;

  exports dev.platter.vhd;
  exports dev.platter.vhdx;

  provides dev.platter.image.spi.ImageFormat with
      dev.platter.vhd.VhdFormat,
      dev.platter.vhdx.VhdxFormat;
}
