package dev.platter.qcow2;

import dev.platter.image.spi.ImageFormat;
import dev.platter.testdata.ImageEditorContract;
import dev.platter.testdata.ImageFormatContract.Variant;
import java.util.stream.Stream;

class Qcow2EditorTest extends ImageEditorContract {
  @Override
  protected ImageFormat format() {
    return new Qcow2Format();
  }

  @Override
  protected Stream<Variant> variants() {
    return Stream.of(
        new Variant("", false),
        new Variant("cluster_size=4k,compat=0.10", false),
        new Variant("cluster_size=16k,extended_l2=on,refcount_bits=1", false),
        new Variant("cluster_size=8k,refcount_bits=64", false));
  }

  @Override
  protected boolean compacts(Variant variant) {
    return false;
  }
}
