/** The command line program. */
module dev.platter.cli {
  requires dev.platter.sparseio;
  requires dev.platter.convert;
  requires dev.platter.guest;

  uses dev.platter.image.ImageFormat;
}
