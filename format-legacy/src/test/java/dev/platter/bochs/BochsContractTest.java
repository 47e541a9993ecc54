package dev.platter.bochs;

import dev.platter.image.spi.ImageFormat;
import dev.platter.legacy.Disks;
import dev.platter.testdata.ReadOnlyFormatContract;
import java.util.stream.Stream;

class BochsContractTest extends ReadOnlyFormatContract {
  @Override
  protected ImageFormat format() {
    return new BochsFormat();
  }

  @Override
  protected Stream<Sample> samples() {
    return Stream.of(
        sample("version 1, extents of 64 KiB", 64 << 10, 1, 1 << 20),
        sample("version 2, extents of 16 KiB, the disk ends within a sector", 16 << 10, 2, 300_001),
        sample("the smallest extents", 512, 2, 200 << 10),
        sample("the largest extents", 8 << 20, 2, 3 << 20));
  }

  private static Sample sample(String name, int extentSize, int version, int size) {
    byte[] content = Disks.random(size, extentSize);
    return new Sample(name, new HandMadeBochs(content, extentSize, version).build(), content);
  }
}
