package dev.platter.qcow2;

import dev.platter.image.spi.ImageFormat;
import dev.platter.testdata.RepairContract;
import dev.platter.testdata.Specimen;
import java.io.IOException;
import java.util.List;

class Qcow2RepairPropertyTest extends RepairContract {
  @Override
  protected ImageFormat format() {
    return new Qcow2Format();
  }

  @Override
  protected List<Specimen> specimens() throws IOException {
    return Qcow2Specimens.all();
  }

  @Override
  protected List<String> brokenOff() {
    return List.of(
        "cluster_size=1k,refcount_bits=2,compat=1.1+snapshot all:"
            + " put 16c08 800000000000f000 / grow 25bb6",
        "zero all: cut 73c2");
  }
}
