package dev.platter.vmdk;

import dev.platter.image.DiskImage;
import dev.platter.image.spi.ImageFormat;
import dev.platter.testdata.ParentLinkContract;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** {@link VmdkParentLink}: which image is below. */
class VmdkParentLinkTest extends ParentLinkContract {
  @Override
  protected ImageFormat format() {
    return new VmdkFormat();
  }

  @Override
  protected Stream<String> kinds() {
    return Stream.of("grain_size=4096", "zeroed_grain=on");
  }

  /** The second copies of the tables. */
  @Override
  protected boolean mendsWhenOpenedLive() {
    return true;
  }

  /** The last two have lines of the data base moved, to the same sector and over two of them. */
  @Override
  protected List<String> names() {
    return List.of("other", "../a/few/up/" + "n".repeat(100), "n".repeat(180), "n".repeat(230));
  }

  /** Of the disk data base. */
  @Override
  protected Object others(DiskImage image) throws IOException {
    Map<String, Object> more = new TreeMap<>(image.info().more());
    more.remove("unclean-shutdown");
    return more;
  }
}
