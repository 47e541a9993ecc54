package dev.platter.vdi;

import dev.platter.image.BlockMap;
import dev.platter.image.CheckReport;
import dev.platter.image.CorruptImageException;
import dev.platter.image.DiskImage;
import dev.platter.image.ImageInfo;
import dev.platter.image.ParentReference;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.UUID;

/** An open VDI. */
final class VdiImage implements DiskImage {
  private final VdiHead head;
  private final BlockMap map;

  VdiImage(VdiHead head) {
    this.head = head;
    this.map = new VdiMap(head, new BlockTable(head));
  }

  VdiHead head() {
    return head;
  }

  @Override
  public ImageInfo info() {
    return new ImageInfo(
        "vdi",
        head.size(),
        OptionalInt.of(map.blockSize()),
        false,
        false,
        false,
        List.of(),
        Map.of(),
        more());
  }

  private Map<String, Object> more() {
    VdiHeader header = head.header();
    Map<String, Object> more = new LinkedHashMap<>();
    more.put(
        "type",
        switch (header.imageType()) {
          case VdiHeader.STATIC -> "static";
          case VdiHeader.UNDO -> "undo";
          case VdiHeader.DIFFERENCING -> "differencing";
          default -> "dynamic";
        });
    more.put("version", header.versionText());
    more.put("block-size", header.blockSize());
    more.put("blocks", header.blocks());
    more.put("blocks-allocated", header.blocksAllocated());
    more.put("uuid", header.ids().image().toString());
    more.put("modification-uuid", header.ids().modification().toString());
    if (head.hasParent()) {
      more.put("parent-uuid", header.ids().parent().toString());
      more.put("parent-modification-uuid", header.ids().parentModification().toString());
    }
    if (header.geometry().cylinders() != 0) {
      more.put("geometry", header.geometry().toString());
    }
    if (!header.comment().isEmpty()) {
      more.put("comment", header.comment());
    }
    return more;
  }

  @Override
  public BlockMap map() {
    return map;
  }

  /**
   * VirtualBox calls the files of snapshots by their UUID; a base has the name a person gave it.
   */
  @Override
  public Optional<ParentReference> parent() {
    return head.hasParent()
        ? Optional.of(
            ParentReference.byIdentity("{" + head.header().ids().parent() + "}.vdi", "vdi"))
        : Optional.empty();
  }

  @Override
  public void checkParent(DiskImage parent) throws IOException {
    if (!head.hasParent()) {
      return;
    }
    if (!(parent instanceof VdiImage below)) {
      throw head.corrupt("the parent is no VDI but " + parent.info().format());
    }
    VdiHeader.Ids ids = head.header().ids();
    VdiHeader.Ids actual = below.head.header().ids();
    if (!actual.image().equals(ids.parent())) {
      throw mismatch(below, "UUID " + actual.image() + ", expected " + ids.parent());
    }
    UUID modification = ids.parentModification();
    if (!modification.equals(VdiHeader.Ids.NONE) && !modification.equals(actual.modification())) {
      throw head.corrupt(
          "the parent '"
              + below.head.name()
              + "' was changed since: its modification UUID is "
              + actual.modification()
              + ", expected "
              + modification);
    }
  }

  private CorruptImageException mismatch(VdiImage parent, String what) {
    return head.corrupt(
        "'" + parent.head.name() + "' is not the parent it was made over: it has the " + what);
  }

  @Override
  public boolean isTiedToContentOfParent() {
    return head.hasParent() && !head.header().ids().parentModification().equals(VdiHeader.Ids.NONE);
  }

  @Override
  public Optional<CheckReport> check() throws IOException {
    return Optional.of(new BlockMapCheck(head).run());
  }

  @Override
  public void close() {}
}
