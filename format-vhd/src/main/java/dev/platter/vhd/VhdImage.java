package dev.platter.vhd;

import dev.platter.image.BlockMap;
import dev.platter.image.CheckReport;
import dev.platter.image.CorruptImageException;
import dev.platter.image.DiskImage;
import dev.platter.image.ImageInfo;
import dev.platter.image.ParentReference;
import dev.platter.image.spi.OpenRequest;
import dev.platter.storage.Storage;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/** An open VHD. */
final class VhdImage implements DiskImage {
  /**
   * How much older than its parent's footer a differencing disk's note of it may be: time zones.
   */
  private static final long CLOCK_SLACK_SECONDS = 24 * 60 * 60;

  private final VhdHead head;
  private final BlockMap map;

  private VhdImage(VhdHead head, BlockMap map) {
    this.head = head;
    this.map = map;
  }

  static VhdImage open(Storage storage, OpenRequest request) throws IOException {
    VhdHead head = VhdHead.read(storage, request.limits(), SizeRule.of(request.options()));
    return new VhdImage(
        head, head.isFixed() ? new FixedMap(storage, head.size()) : new DynamicMap(head));
  }

  VhdHead head() {
    return head;
  }

  @Override
  public ImageInfo info() throws IOException {
    return new ImageInfo(
        "vpc",
        head.size(),
        head.isFixed() ? OptionalInt.empty() : OptionalInt.of(head.header().blockSize()),
        false,
        false,
        false,
        List.of(),
        Map.of(),
        more());
  }

  private Map<String, Object> more() throws IOException {
    VhdFooter footer = head.footer();
    Map<String, Object> more = new LinkedHashMap<>();
    more.put("type", head.isFixed() ? "fixed" : head.isDifferencing() ? "differencing" : "dynamic");
    if (!head.isFixed()) {
      more.put("block-size", (long) head.header().blockSize());
    }
    more.put("current-size", footer.currentSize());
    more.put(
        "geometry",
        footer.geometry().cylinders()
            + "/"
            + footer.geometry().heads()
            + "/"
            + footer.geometry().sectorsPerTrack());
    more.put("creator", footer.creator().replace("\0", "").strip());
    more.put("unique-id", footer.uniqueId().toString());
    if (head.isDifferencing()) {
      more.put("parent-id", head.header().parentId().toString());
      Map<String, Object> locators = new LinkedHashMap<>();
      for (ParentLocator locator : ParentLocator.read(head)) {
        locators.put(locator.platform(), locator.text());
      }
      more.put("parent-locators", locators);
    }
    return more;
  }

  @Override
  public BlockMap map() {
    return map;
  }

  @Override
  public Optional<ParentReference> parent() throws IOException {
    return head.isDifferencing()
        ? Optional.of(new ParentReference(ParentLocator.nameOfParent(head), Optional.of("vpc")))
        : Optional.empty();
  }

  @Override
  public void checkParent(DiskImage parent) throws IOException {
    if (!head.isDifferencing()) {
      return;
    }
    if (!(parent instanceof VhdImage below)) {
      throw head.corrupt("the parent is no VHD but " + parent.info().format());
    }
    VhdFooter footer = below.head.footer();
    if (!footer.uniqueId().equals(head.header().parentId())) {
      throw mismatch(
          below, "identifier " + footer.uniqueId() + ", expected " + head.header().parentId());
    }
    long noted = Integer.toUnsignedLong(head.header().parentTimestamp());
    long made = Integer.toUnsignedLong(footer.timestamp());
    if (noted != 0 && made > noted + CLOCK_SLACK_SECONDS) {
      throw mismatch(below, "timestamp " + made + ", expected " + noted + " or earlier");
    }
  }

  private CorruptImageException mismatch(VhdImage parent, String what) {
    return head.corrupt(
        "'" + parent.head.name() + "' is not the parent it was made over: it has the " + what);
  }

  @Override
  public Optional<CheckReport> check() throws IOException {
    return Optional.of(VhdCheck.of(head));
  }

  @Override
  public void close() {}
}
