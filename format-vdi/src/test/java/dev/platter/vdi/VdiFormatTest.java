package dev.platter.vdi;

import dev.platter.image.spi.ImageFormat;
import dev.platter.testdata.ImageFormatContract;
import java.util.List;
import java.util.stream.Stream;

class VdiFormatTest extends ImageFormatContract {
  @Override
  protected ImageFormat format() {
    return new VdiFormat();
  }

  @Override
  protected Stream<Variant> variants() {
    return Stream.of(
        new Variant("", false),
        new Variant("static=on", false),
        new Variant("block_size=4k", false),
        new Variant("block_size=64k", false),
        new Variant("block_size=64k,static=on", false));
  }

  @Override
  protected List<String> overlays() {
    return List.of("");
  }
}
