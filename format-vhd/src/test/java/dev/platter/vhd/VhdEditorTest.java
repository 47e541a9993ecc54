package dev.platter.vhd;

import dev.platter.image.spi.ImageFormat;
import dev.platter.testdata.ImageEditorContract;
import dev.platter.testdata.ImageFormatContract.Variant;
import java.util.stream.Stream;

class VhdEditorTest extends ImageEditorContract {
  @Override
  protected ImageFormat format() {
    return new VhdFormat();
  }

  @Override
  protected Stream<Variant> variants() {
    return Stream.of(
        new Variant("force_size=on", false),
        new Variant("force_size=on,block_size=4k", false),
        new Variant("force_size=on,block_size=64k", false),
        new Variant("force_size=on,subformat=fixed", false));
  }

  @Override
  protected boolean compacts(Variant variant) {
    return !variant.options().contains("fixed");
  }
}
