/** The command line program. */
module dev.platter.cli {
  requires dev.platter.sparseio;
  requires dev.platter.convert;
  requires dev.platter.guest;
  requires dev.platter.remote;
  requires jdk.unsupported; // sun.misc.Signal: there is no other way to listen to SIGUSR1

  uses dev.platter.image.spi.ImageFormat;
}
