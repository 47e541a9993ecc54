package dev.platter.qcow1;

import dev.platter.image.spi.ImageFormat;
import dev.platter.legacy.Disks;
import dev.platter.testdata.ReadOnlyFormatContract;
import java.util.stream.Stream;

class Qcow1ContractTest extends ReadOnlyFormatContract {
  @Override
  protected ImageFormat format() {
    return new Qcow1Format();
  }

  @Override
  protected Stream<Sample> samples() {
    return Stream.of(
        sample("clusters of 4 KiB", 12, 9, 1 << 20),
        sample("the smallest tables, the disk ends within a sector", 9, 6, 300_001),
        sample("the largest clusters", 16, 13, 900 << 10));
  }

  private static Sample sample(String name, int clusterBits, int l2Bits, int size) {
    byte[] content = Disks.random(size, clusterBits);
    return new Sample(name, new HandMadeQcow1(content, clusterBits, l2Bits).build(), content);
  }
}
