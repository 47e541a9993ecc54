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
  protected List<String> kept() {
    return List.of(
        "cluster_size=512+snapshot leaks: put 80 0000000000200000 / put 1c00 8000000000000800");
  }
}
