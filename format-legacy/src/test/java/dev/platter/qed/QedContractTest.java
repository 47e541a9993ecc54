package dev.platter.qed;

import dev.platter.image.spi.ImageFormat;
import dev.platter.legacy.Disks;
import dev.platter.testdata.ReadOnlyFormatContract;
import java.util.stream.Stream;

class QedContractTest extends ReadOnlyFormatContract {
  @Override
  protected ImageFormat format() {
    return new QedFormat();
  }

  @Override
  protected Stream<Sample> samples() {
    return Stream.of(
        sample("clusters of 64 KiB", 64 << 10, 4, 3 << 20),
        sample("the smallest clusters and tables", 4096, 1, (3 << 20) + 512));
  }

  private static Sample sample(String name, int clusterSize, int tableClusters, int size) {
    byte[] content = Disks.random(size, clusterSize);
    return new Sample(name, new HandMadeQed(content, clusterSize, tableClusters).build(), content);
  }
}
