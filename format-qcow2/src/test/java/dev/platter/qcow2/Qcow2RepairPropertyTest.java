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
}
