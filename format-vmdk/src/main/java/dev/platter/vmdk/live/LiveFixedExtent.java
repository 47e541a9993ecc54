package dev.platter.vmdk.live;

import dev.platter.image.Extent;
import dev.platter.image.spi.Allocation;
import dev.platter.image.spi.LiveImage.Use;
import dev.platter.vmdk.format.ExtentLine;
import dev.platter.vmdk.format.Faults;
import dev.platter.vmdk.read.ExtentMap;
import java.io.IOException;

/** An extent of a disk in use that is not to be written to, or has no file to be written to. */
final class LiveFixedExtent extends LiveExtent {
  private final ExtentLine line;
  private final String name;
  private final ExtentMap map;

  /**
   * @param name of the disk, for messages
   */
  LiveFixedExtent(long start, ExtentLine line, String name, ExtentMap map) {
    super(start, line.length());
    this.line = line;
    this.name = name;
    this.map = map;
  }

  @Override
  public Extent extentAt(long offset, long limit) throws IOException {
    return map.extentAt(offset, limit);
  }

  @Override
  Extent placeAt(long offset, long limit) {
    return new Extent.Absent(offset, limit - offset);
  }

  @Override
  Allocation allocate(long offset, long length, Use use) throws IOException {
    if (use == Use.DISCARD) {
      return Allocation.Settled.asItIs(offset, length);
    }
    throw new IOException(
        "vmdk "
            + name
            + ": the disk cannot be written to at "
            + Faults.hex(offset)
            + ", where its descriptor says '"
            + line
            + "'");
  }

  @Override
  void flush() {}
}
