package dev.platter.vhdx;

import dev.platter.image.spi.ImageFormat;
import dev.platter.testdata.ImageFormatContract;
import java.util.List;
import java.util.stream.Stream;

class VhdxFormatTest extends ImageFormatContract {
  @Override
  protected ImageFormat format() {
    return new VhdxFormat();
  }

  @Override
  protected Stream<Variant> variants() {
    return Stream.of(
        new Variant("block_size=1M", false),
        new Variant("subformat=fixed,block_size=1M", false),
        new Variant("block_size=2M,block_state_zero=off", false));
  }

  @Override
  protected List<String> overlays() {
    return List.of("", "block_size=1M");
  }
}
