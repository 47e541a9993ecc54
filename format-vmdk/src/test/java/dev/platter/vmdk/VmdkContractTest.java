package dev.platter.vmdk;

import dev.platter.image.spi.ImageFormat;
import dev.platter.testdata.ImageFormatContract;
import java.util.List;
import java.util.stream.Stream;

class VmdkContractTest extends ImageFormatContract {
  @Override
  protected ImageFormat format() {
    return new VmdkFormat();
  }

  @Override
  protected Stream<Variant> variants() {
    return Stream.of(
        new Variant("", false),
        new Variant("grain_size=4k,zeroed_grain=on", false),
        new Variant("subformat=monolithicFlat", false),
        new Variant("subformat=twoGbMaxExtentSparse", false),
        new Variant("subformat=twoGbMaxExtentFlat", false),
        new Variant("subformat=streamOptimized", true),
        new Variant("subformat=streamOptimized,grain_size=4k,compression_level=6", false));
  }

  @Override
  protected List<String> overlays() {
    return List.of(
        "",
        "zeroed_grain=on",
        "subformat=twoGbMaxExtentSparse",
        "subformat=streamOptimized,zeroed_grain=on",
        "subformat=streamOptimized,grain_size=1M");
  }
}
