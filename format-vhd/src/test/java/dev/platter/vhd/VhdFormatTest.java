package dev.platter.vhd;

import dev.platter.image.spi.ImageFormat;
import dev.platter.testdata.ImageFormatContract;
import java.util.List;
import java.util.stream.Stream;

class VhdFormatTest extends ImageFormatContract {
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
  protected List<String> overlays() {
    return List.of("force_size=on");
  }
}
