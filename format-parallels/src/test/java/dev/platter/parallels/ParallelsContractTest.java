package dev.platter.parallels;

import dev.platter.image.spi.ImageFormat;
import dev.platter.testdata.ImageFormatContract;
import java.util.stream.Stream;

class ParallelsContractTest extends ImageFormatContract {
  @Override
  protected ImageFormat format() {
    return new ParallelsFormat();
  }

  @Override
  protected Stream<Variant> variants() {
    return Stream.of(
        new Variant("", false),
        new Variant("cluster_size=4k", false),
        new Variant("cluster_size=32256", false),
        new Variant("magic=WithoutFreeSpace", false),
        new Variant("magic=WithoutFreeSpace,cluster_size=32256", false));
  }
}
