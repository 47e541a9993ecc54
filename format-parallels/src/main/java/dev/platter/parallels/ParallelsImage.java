package dev.platter.parallels;

import dev.platter.image.BlockMap;
import dev.platter.image.CheckReport;
import dev.platter.image.DiskImage;
import dev.platter.image.ImageInfo;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/** An open image that is one expandable file. */
final class ParallelsImage implements DiskImage {
  private final ParallelsHead head;
  private final BlockMap map;

  ParallelsImage(ParallelsHead head) {
    this.head = head;
    this.map = new ParallelsMap(head);
  }

  ParallelsHead head() {
    return head;
  }

  /** QEMU tells nothing but the size of a Parallels image: even the cluster size is more. */
  @Override
  public ImageInfo info() {
    Map<String, Object> more = more();
    if (head.header().extensionSectors() != 0) {
      more.put("format-extension", extension());
    }
    return info(more);
  }

  /** The extension takes a cluster. */
  @Override
  public ImageInfo summary() {
    return info(more());
  }

  private ImageInfo info(Map<String, Object> more) {
    return new ImageInfo(
        ParallelsFormat.NAME,
        head.size(),
        OptionalInt.empty(),
        false,
        false,
        false,
        List.of(),
        Map.of(),
        more);
  }

  private Map<String, Object> more() {
    ParallelsHeader header = head.header();
    Map<String, Object> more = new LinkedHashMap<>();
    more.put("magic", header.magic().toString());
    more.put("cluster-size", header.clusterSize());
    more.put("clusters", header.batEntries());
    more.put("data-offset", head.dataOffset());
    more.put("geometry", header.cylinders() + "/" + header.heads() + "/" + header.clusterSectors());
    more.put("in-use", header.isInUse());
    if (header.isEmptyImage()) {
      more.put("empty-image", true);
    }
    return more;
  }

  /** What a damaged extension holds cannot be told; the disk is not the worse for it. */
  private Map<String, Object> extension() {
    Map<String, Object> told = new LinkedHashMap<>();
    try {
      List<Object> bitmaps = new ArrayList<>();
      for (FormatExtension.Bitmap bitmap : FormatExtension.read(head).bitmaps()) {
        Map<String, Object> one = new LinkedHashMap<>();
        one.put("id", bitmap.id().toString());
        one.put("granularity", bitmap.granularity() * ParallelsHeader.SECTOR_SIZE);
        bitmaps.add(one);
      }
      told.put("dirty-bitmaps", bitmaps);
    } catch (IOException e) {
      told.put("damaged", String.valueOf(e.getMessage()));
    }
    return told;
  }

  @Override
  public BlockMap map() {
    return map;
  }

  /** The format does; of what an image has none is read. */
  @Override
  public boolean keepsBitmaps() {
    return true;
  }

  @Override
  public Optional<CheckReport> check() throws IOException {
    return Optional.of(new BatCheck(head).run());
  }

  @Override
  public void close() {}
}
