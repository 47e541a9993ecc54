package dev.platter.vdi;

import dev.platter.image.spi.ImageFormat;
import dev.platter.testdata.ImageEditorContract;
import dev.platter.testdata.ImageFormatContract.Variant;
import java.util.stream.Stream;

class VdiEditorTest extends ImageEditorContract {
  @Override
  protected ImageFormat format() {
    return new VdiFormat();
  }

  @Override
  protected Stream<Variant> variants() {
    return Stream.of(
        new Variant("", false),
        new Variant("block_size=64k", false),
        new Variant("block_size=4k", false),
        new Variant("static=on,block_size=16k", false));
  }

  /** The last one needs room for a block map of more than its blocks at 4 KiB. */
  @Override
  protected long[] sizes() {
    return new long[] {SIZE + 512, SIZE - 512, SIZE / 1024 / 3 * 1024, 2 * SIZE, 512, 700 << 20};
  }

  @Override
  protected boolean compacts(Variant variant) {
    return !variant.options().startsWith("static");
  }
}
