package dev.platter.vdi;

import dev.platter.image.spi.ImageFormat;
import dev.platter.testdata.ParentLinkContract;
import java.util.stream.Stream;

/** {@link VdiParentLink}: which image is below. */
class VdiParentLinkTest extends ParentLinkContract {
  @Override
  protected ImageFormat format() {
    return new VdiFormat();
  }

  @Override
  protected Stream<String> kinds() {
    return Stream.of("block_size=4096", "block_size=65536");
  }
}
