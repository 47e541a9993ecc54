package dev.platter.vhdx;

import dev.platter.image.BlockMap;
import dev.platter.image.CheckReport;
import dev.platter.image.CorruptImageException;
import dev.platter.image.DiskImage;
import dev.platter.image.Fault;
import dev.platter.image.ImageInfo;
import dev.platter.image.ParentReference;
import dev.platter.image.spi.OpenRequest;
import dev.platter.storage.Storage;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.UUID;

/** An open VHDX. */
final class VhdxImage implements DiskImage {
  private final VhdxHead head;
  private final VhdxMap map;

  private VhdxImage(VhdxHead head, VhdxMap map) {
    this.head = head;
    this.map = map;
  }

  static VhdxImage open(Storage storage, OpenRequest request) throws IOException {
    VhdxHead head = VhdxHead.read(storage, request.limits());
    return new VhdxImage(head, new VhdxMap(head));
  }

  VhdxHead head() {
    return head;
  }

  @Override
  public ImageInfo info() {
    return new ImageInfo(
        "vhdx",
        head.layout().size(),
        OptionalInt.of(head.layout().blockSize()),
        false,
        false,
        false,
        List.of(),
        Map.of(),
        more());
  }

  @Override
  public OptionalInt sectorSize() {
    return OptionalInt.of(head.layout().logicalSectorSize());
  }

  private Map<String, Object> more() {
    DiskLayout layout = head.layout();
    Map<String, Object> more = new LinkedHashMap<>();
    more.put(
        "type",
        layout.hasParent() ? "differencing" : layout.leaveAllocated() ? "fixed" : "dynamic");
    more.put("block-size", (long) layout.blockSize());
    more.put("logical-sector-size", (long) layout.logicalSectorSize());
    more.put("physical-sector-size", Integer.toUnsignedLong(head.physicalSectorSize()));
    more.put("creator", head.creator());
    more.put("unique-id", head.diskId().toString());
    more.put("data-write-id", head.header().dataWriteId().toString());
    more.put("log-dirty", head.replayed());
    if (head.locator() != null) {
      more.put("parent-locators", new LinkedHashMap<String, Object>(head.locator().values()));
    }
    return more;
  }

  @Override
  public BlockMap map() {
    return map;
  }

  @Override
  public Optional<ParentReference> parent() throws IOException {
    if (!head.isDifferencing()) {
      return Optional.empty();
    }
    try {
      return Optional.of(new ParentReference(head.locator().path(), Optional.of("vhdx")));
    } catch (CorruptImageException e) {
      throw e.placedIn("vhdx", head.name());
    }
  }

  @Override
  public void checkParent(DiskImage parent) throws IOException {
    if (!head.isDifferencing()) {
      return;
    }
    if (!(parent instanceof VhdxImage below)) {
      throw head.corrupt("the parent is no VHDX but " + parent.info().format());
    }
    UUID actual = below.head.header().dataWriteId();
    if (!isLinkage(ParentLocator.LINKAGE, actual) && !isLinkage(ParentLocator.LINKAGE_2, actual)) {
      throw head.corrupt(
          "'"
              + below.head.name()
              + "' is not the parent it was made over, or was written since: it has the linkage "
              + actual
              + ", expected "
              + head.locator().values().get(ParentLocator.LINKAGE));
    }
    int sectorSize = below.head.layout().logicalSectorSize();
    if (sectorSize != head.layout().logicalSectorSize()) {
      throw head.corrupt(
          "the parent has sectors of "
              + sectorSize
              + " bytes, expected "
              + head.layout().logicalSectorSize());
    }
  }

  private boolean isLinkage(String key, UUID id) throws CorruptImageException {
    String text = Objects.requireNonNullElse(head.locator().values().get(key), "");
    if (text.isEmpty()) {
      return false;
    }
    try {
      return Guid.parse(text).equals(id);
    } catch (CorruptImageException e) {
      throw Fault.in("vhdx", head.name()).corrupt(key + " is " + e.what(), e);
    }
  }

  @Override
  public boolean isTiedToContentOfParent() {
    return head.isDifferencing();
  }

  @Override
  public Optional<CheckReport> check() throws IOException {
    return Optional.of(VhdxCheck.of(head, map));
  }

  @Override
  public void close() {}
}
