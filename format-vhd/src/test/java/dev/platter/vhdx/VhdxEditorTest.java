package dev.platter.vhdx;

import dev.platter.image.spi.ImageFormat;
import dev.platter.testdata.ImageEditorContract;
import dev.platter.testdata.ImageFormatContract.Variant;
import java.util.stream.Stream;

class VhdxEditorTest extends ImageEditorContract {
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

  /** The last one needs more entries than the smallest table has. */
  @Override
  protected long[] sizes() {
    return new long[] {SIZE + 512, SIZE - 512, SIZE / 1024 / 3 * 1024, 2 * SIZE, 512, 130L << 30};
  }

  @Override
  protected boolean compacts(Variant variant) {
    return !variant.options().contains("fixed");
  }
}
