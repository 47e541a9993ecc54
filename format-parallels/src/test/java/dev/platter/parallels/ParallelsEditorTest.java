package dev.platter.parallels;

import dev.platter.image.spi.ImageFormat;
import dev.platter.testdata.ImageEditorContract;
import dev.platter.testdata.ImageFormatContract.Variant;
import java.util.stream.Stream;

class ParallelsEditorTest extends ImageEditorContract {
  @Override
  protected ImageFormat format() {
    return new ParallelsFormat();
  }

  @Override
  protected Stream<Variant> variants() {
    return Stream.of(
        new Variant("", false),
        new Variant("cluster_size=64k", false),
        new Variant("cluster_size=8k", false),
        new Variant("magic=WithoutFreeSpace,cluster_size=64k", false));
  }
}
