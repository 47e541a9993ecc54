/** Disk images of the past, which are read and not made: qcow version 1, QED, Bochs, cloop, DMG. */
module dev.platter.legacy {
  requires transitive dev.platter.sparseio;

  exports dev.platter.bochs;
  exports dev.platter.cloop;
  exports dev.platter.dmg;
  exports dev.platter.qcow1;
  exports dev.platter.qed;

  provides dev.platter.image.spi.ImageFormat with
      dev.platter.bochs.BochsFormat,
      dev.platter.cloop.CloopFormat,
      dev.platter.dmg.DmgFormat,
      dev.platter.qcow1.Qcow1Format,
      dev.platter.qed.QedFormat;
}
