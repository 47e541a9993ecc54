package dev.platter.qcow2;

import dev.platter.image.spi.ImageFormat;
import dev.platter.testdata.LiveImageContract;
import dev.platter.testdata.LiveSubject.Kind;
import java.util.stream.Stream;

class LiveQcow2Test extends LiveImageContract {
  @Override
  protected ImageFormat format() {
    return new Qcow2Format();
  }

  @Override
  protected Stream<Kind> kinds() {
    return Stream.of(
        Kind.of(""),
        Kind.of("").overParent(),
        Kind.of("").compressed(),
        Kind.of("cluster_size=512,refcount_bits=64"),
        Kind.of("cluster_size=4k,refcount_bits=1").overParent(),
        Kind.of("cluster_size=4k,compression_type=zstd").compressed().overParent(),
        Kind.of("cluster_size=2M,refcount_bits=8"),
        Kind.of("compat=0.10,cluster_size=1k"),
        Kind.of("compat=0.10,cluster_size=4k").overParent(),
        Kind.of("extended_l2=on,cluster_size=16k"),
        Kind.of("extended_l2=on,cluster_size=32k").compressed().overParent(),
        Kind.of("extended_l2=on,preallocation=metadata,cluster_size=64k"),
        Kind.of("lazy_refcounts=on,refcount_bits=32,cluster_size=8k"),
        Kind.of("preallocation=metadata,refcount_bits=2,cluster_size=4k"),
        Kind.of("data_file=data,cluster_size=4k"),
        Kind.of("data_file=data,data_file_raw=on,cluster_size=16k"),
        Kind.of("data_file=data,extended_l2=on,cluster_size=16k"));
  }

  @Override
  protected boolean grows(Kind kind) {
    return !kind.compress();
  }
}
