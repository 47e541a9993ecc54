package dev.platter.ova;

import dev.platter.image.spi.ImageFormat;
import dev.platter.testdata.ImageFormatContract;
import java.util.stream.Stream;

class OvaContractTest extends ImageFormatContract {
  @Override
  protected ImageFormat format() {
    return new OvaFormat();
  }

  @Override
  protected Stream<Variant> variants() {
    return Stream.of(
        new Variant("", true),
        new Variant(
            "chunk_size=64k,cpus=4,memory=2G,os_type=ubuntu64Guest,adapter_type=ide", false));
  }
}
