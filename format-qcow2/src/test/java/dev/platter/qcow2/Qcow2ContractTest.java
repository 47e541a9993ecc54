package dev.platter.qcow2;

import dev.platter.image.spi.ImageFormat;
import dev.platter.testdata.ImageFormatContract;
import java.util.List;
import java.util.stream.Stream;

/** The contract of all formats, over the forms that a qcow2 image can have. */
class Qcow2ContractTest extends ImageFormatContract {
  @Override
  protected ImageFormat format() {
    return new Qcow2Format();
  }

  @Override
  protected Stream<Variant> variants() {
    return Stream.of(
        new Variant("", false),
        new Variant("", true),
        new Variant("compression_type=zstd", true),
        new Variant("compat=0.10", true),
        new Variant("cluster_size=512,refcount_bits=1", true),
        new Variant("cluster_size=2M", false),
        new Variant("cluster_size=4k,refcount_bits=64,lazy_refcounts=on", false),
        new Variant("extended_l2=on,cluster_size=16k", false),
        new Variant("extended_l2=on", true),
        new Variant("preallocation=metadata", false),
        new Variant("preallocation=falloc,extended_l2=on", false),
        new Variant("preallocation=full,cluster_size=8k", false),
        new Variant("data_file=data.raw", false),
        new Variant("data_file=data.raw,data_file_raw=on", false));
  }

  @Override
  protected List<String> overlays() {
    return List.of(
        "cluster_size=4k", "cluster_size=1M,compat=0.10", "extended_l2=on,preallocation=full");
  }
}
