package dev.platter.toy;

import dev.platter.image.spi.ImageFormat;
import dev.platter.testdata.ImageFormatContract;
import java.util.stream.Stream;

class ToyContractTest extends ImageFormatContract {
  @Override
  protected ImageFormat format() {
    return new ToyFormat();
  }

  @Override
  protected Stream<Variant> variants() {
    return Stream.of(new Variant("", false));
  }
}
