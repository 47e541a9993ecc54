package dev.platter.parallels;

import static dev.platter.parallels.Faults.corrupt;
import static dev.platter.parallels.Faults.unsupported;

import dev.platter.image.BlockMap;
import dev.platter.image.CheckReport;
import dev.platter.image.Danger;
import dev.platter.image.DiskImage;
import dev.platter.image.ImageException;
import dev.platter.image.ImageInfo;
import dev.platter.image.Reference;
import dev.platter.image.Snapshot;
import dev.platter.image.disk.LayeredMap;
import dev.platter.image.spi.OpenRequest;
import dev.platter.image.support.ConcatenatedMap;
import dev.platter.storage.Storage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * A disk that is a descriptor and the images beside it: the present state, and the snapshots below
 * it, each an image over the one before. The images are outside files, opened under the reference
 * policy when the disk is read, and closed with the bundle.
 */
final class Bundle implements DiskImage {
  private final Storage storage;
  private final DiskDescriptor descriptor;
  private final OpenRequest request;
  private final Map<String, Storage> opened = new LinkedHashMap<>();

  Bundle(Storage storage, DiskDescriptor descriptor, OpenRequest request) throws IOException {
    this.storage = storage;
    this.descriptor = descriptor;
    this.request = request;
    if (descriptor.size() > request.limits().maxVirtualSize()) {
      throw corrupt(
          storage.name(),
          "the disk has "
              + descriptor.size()
              + " bytes, at most "
              + request.limits().maxVirtualSize());
    }
    descriptor.chain(descriptor.top(), request.limits().maxChainDepth());
  }

  /** A descriptor is nothing without the files that it names. */
  @Override
  public List<Danger> dangers() {
    return List.of(new Danger(Danger.EXTENTS, "its parts lie in other files"));
  }

  @Override
  public ImageInfo info() {
    List<Snapshot> snapshots = new ArrayList<>();
    for (DiskDescriptor.Shot shot : descriptor.shots()) {
      if (!shot.guid().equals(descriptor.top())) {
        snapshots.add(
            new Snapshot(
                shot.guid(),
                descriptor
                    .parts()
                    .getFirst()
                    .image(shot.guid())
                    .map(DiskDescriptor.Image::file)
                    .orElse(""),
                0,
                0,
                0,
                0,
                OptionalLong.empty(),
                descriptor.size()));
      }
    }
    return new ImageInfo(
        ParallelsFormat.NAME,
        descriptor.size(),
        OptionalInt.empty(),
        descriptor.encrypted(),
        false,
        false,
        snapshots,
        Map.of(),
        more());
  }

  private Map<String, Object> more() {
    Map<String, Object> more = new LinkedHashMap<>();
    more.put("bundle", true);
    more.put("geometry", descriptor.geometry());
    more.put("top", descriptor.top());
    List<Object> images = new ArrayList<>();
    for (DiskDescriptor.Part part : descriptor.parts()) {
      for (DiskDescriptor.Image image : part.images()) {
        Map<String, Object> one = new LinkedHashMap<>();
        one.put("guid", image.guid());
        descriptor.shots().stream()
            .filter(shot -> shot.guid().equals(image.guid()))
            .filter(shot -> !shot.parent().equals(DiskDescriptor.NO_PARENT))
            .forEach(shot -> one.put("parent", shot.parent()));
        one.put("type", image.plain() ? "plain" : "expanded");
        one.put("filename", image.file());
        if (descriptor.parts().size() > 1) {
          one.put("offset", part.start() * ParallelsHeader.SECTOR_SIZE);
          one.put("length", part.length());
        }
        if (!image.plain()) {
          one.put("cluster-size", part.clusterSectors() * ParallelsHeader.SECTOR_SIZE);
        }
        images.add(one);
      }
    }
    more.put("images", images);
    return more;
  }

  @Override
  public BlockMap map() throws IOException {
    return mapOf(descriptor.top());
  }

  @Override
  public BlockMap snapshotMap(Snapshot snapshot) throws IOException {
    return mapOf(snapshot.id());
  }

  private BlockMap mapOf(String guid) throws IOException {
    if (descriptor.encrypted()) {
      throw unsupported(storage.name(), "the disk is encrypted");
    }
    List<String> chain = descriptor.chain(guid, request.limits().maxChainDepth());
    List<BlockMap> parts = new ArrayList<>();
    for (DiskDescriptor.Part part : descriptor.parts()) {
      BlockMap map = partOf(part, chain);
      boolean mayDiffer = descriptor.parts().size() == 1 && !guid.equals(descriptor.top());
      if (map.size() != part.length() && !mayDiffer) {
        throw descriptor.wrongSize(part, guid, map.size());
      }
      parts.add(map);
    }
    if (parts.isEmpty()) {
      throw corrupt(storage.name(), "the disk has no images");
    }
    return parts.size() == 1 ? parts.getFirst() : new ConcatenatedMap(parts);
  }

  private BlockMap partOf(DiskDescriptor.Part part, List<String> chain) throws IOException {
    List<BlockMap> layers = layersOf(part, chain);
    return layers.size() == 1 ? layers.getFirst() : new LayeredMap(layers);
  }

  /** The images of a part that make up these states, top first. */
  List<BlockMap> layersOf(DiskDescriptor.Part part, List<String> chain) throws IOException {
    List<BlockMap> layers = new ArrayList<>();
    for (String guid : chain) {
      DiskDescriptor.Image image = descriptor.imageOf(part, guid);
      Storage file = open(image);
      layers.add(
          image.plain()
              ? new PlainMap(file, Math.min(file.size(), part.length()))
              : new ParallelsMap(ParallelsHead.read(file, request.limits())));
    }
    return layers;
  }

  private synchronized Storage open(DiskDescriptor.Image image) throws IOException {
    Storage file = opened.get(image.file());
    if (file == null) {
      Reference reference = new Reference(Reference.Kind.EXTENT, image.file(), storage.name());
      file = request.outside().open(reference);
      opened.put(image.file(), file);
    }
    return file;
  }

  /** The expandable images one after the other, as if they were one. */
  @Override
  public boolean keepsBitmaps() {
    return true;
  }

  @Override
  public Optional<CheckReport> check() throws IOException {
    List<CheckReport> reports = new ArrayList<>();
    for (DiskDescriptor.Image image : descriptor.expandable()) {
      ParallelsHead head = ParallelsHead.read(open(image), request.limits());
      reports.add(named(image, new BatCheck(head).run()));
    }
    return Optional.of(sum(reports));
  }

  /** The report of one image, each line saying of which. */
  static CheckReport named(DiskDescriptor.Image image, CheckReport report) {
    return report.withMessages(
        report.messages().stream()
            .map(message -> ImageException.printable(image.file()) + ": " + message)
            .toList());
  }

  /** Several reports as one. */
  static CheckReport sum(List<CheckReport> reports) {
    return new CheckReport(
        0,
        reports.stream().mapToLong(CheckReport::totalClusters).sum(),
        reports.stream().mapToLong(CheckReport::allocatedClusters).sum(),
        reports.stream().mapToLong(CheckReport::fragmentedClusters).sum(),
        0,
        reports.stream().mapToLong(CheckReport::corruptions).sum(),
        reports.stream().mapToLong(CheckReport::leaks).sum(),
        0,
        reports.stream()
            .flatMap(report -> report.messages().stream())
            .limit(CheckReport.MAX_MESSAGES)
            .toList());
  }

  @Override
  public synchronized void close() throws IOException {
    IOException failed = null;
    for (Storage file : opened.values()) {
      try {
        file.close();
      } catch (IOException e) {
        failed = e;
      }
    }
    opened.clear();
    if (failed != null) {
      throw failed;
    }
  }
}
