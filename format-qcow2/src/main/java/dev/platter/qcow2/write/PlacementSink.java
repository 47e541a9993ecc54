package dev.platter.qcow2.write;

import dev.platter.image.spi.Placement;
import java.io.IOException;

/** Takes finished pieces of the image on their way to the file. */
@FunctionalInterface
interface PlacementSink {
  void add(Placement placement) throws IOException;
}
