package dev.platter.vmdk.live;

import dev.platter.image.Reference;
import dev.platter.image.spi.EditRequest;
import dev.platter.storage.WritableStorage;
import dev.platter.vmdk.format.Descriptor;
import dev.platter.vmdk.format.DiskFile;
import dev.platter.vmdk.format.ExtentLine;
import dev.platter.vmdk.format.Faults;
import dev.platter.vmdk.format.SparseHeader;
import dev.platter.vmdk.read.ExtentSource;
import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Opens the extents of a disk that is written to, each file once; owns those files. */
public final class LiveExtents implements Closeable {
  /** What all extents together keep of their tables. */
  private static final int CACHE = 16 << 20;

  private static final int LEAST_CACHE = 16 << 10;

  private final WritableStorage storage;
  private final EditRequest request;
  private final DiskFile file;
  private final Map<String, WritableStorage> opened = new HashMap<>();

  /** What of which file holds an extent, sectors. */
  private final Map<String, List<long[]>> taken = new HashMap<>();

  public LiveExtents(WritableStorage storage, EditRequest request, DiskFile file) {
    this.storage = storage;
    this.request = request;
    this.file = file;
  }

  /** All that are not empty, in guest order. */
  public List<LiveExtent> open() throws IOException {
    String type = file.descriptor().map(Descriptor::createType).orElse("");
    if (type.equalsIgnoreCase("streamOptimized")) {
      throw Faults.unsupported(storage.name(), "writing to stream-optimized disks (" + type + ")");
    }
    boolean hasParent =
        file.descriptor().map(Descriptor::parentCid).orElse(Descriptor.CID_NOPARENT)
            != Descriptor.CID_NOPARENT;
    int cache = Math.max(LEAST_CACHE, CACHE / file.lines().size());
    LiveSparseExtent.Terms terms = new LiveSparseExtent.Terms(hasParent, cache);
    List<LiveExtent> extents = new ArrayList<>();
    long at = 0;
    for (int i = 0; i < file.lines().size(); i++) {
      ExtentLine line = file.lines().get(i);
      if (line.sectors() > 0) {
        extents.add(open(at, line, i == file.self(), terms));
        at += line.length();
      }
    }
    return extents;
  }

  private LiveExtent open(long start, ExtentLine line, boolean self, LiveSparseExtent.Terms terms)
      throws IOException {
    boolean hasFile =
        line.type() != ExtentLine.Type.ZERO && line.access() != ExtentLine.Access.NOACCESS;
    Optional<WritableStorage> own =
        !hasFile ? Optional.empty() : Optional.of(self ? storage : outside(line));
    if (!hasFile || line.access() != ExtentLine.Access.RW) {
      ExtentSource source =
          new ExtentSource(start, line, own.map(file -> file), storage.name(), request.toRead());
      return new LiveFixedExtent(start, line, storage.name(), source.map());
    }
    if (line.type().isFlat()) {
      long host = line.offsetSectors() * SparseHeader.SECTOR;
      return new LiveFlatExtent(start, line.length(), own.orElseThrow(), host);
    }
    return LiveSparseExtent.open(start, line, own.orElseThrow(), terms, request.limits());
  }

  private WritableStorage outside(ExtentLine line) throws IOException {
    String path = line.path().orElseThrow();
    take(line, path);
    WritableStorage found = opened.get(path);
    if (found == null) {
      found = request.outside().open(new Reference(Reference.Kind.EXTENT, path, storage.name()));
      opened.put(path, found);
    }
    return found;
  }

  /** No byte of a file may be a part of the disk twice. */
  private void take(ExtentLine line, String path) throws IOException {
    boolean flat = line.type().isFlat();
    long from = flat ? line.offsetSectors() : 0;
    long end = flat ? from + line.sectors() : Long.MAX_VALUE;
    if (path.equals(ownName())) {
      throw Faults.corrupt(
          storage.name(), "the descriptor's own file is said to hold '" + line + "', too");
    }
    List<long[]> ranges = taken.computeIfAbsent(path, _ -> new ArrayList<>());
    for (long[] range : ranges) {
      if (from < range[1] && range[0] < end) {
        throw Faults.corrupt(
            storage.name(), "the file '" + path + "' is a part of the disk twice, or of two");
      }
    }
    ranges.add(new long[] {from, end});
  }

  private String ownName() {
    return storage.name().substring(storage.name().lastIndexOf('/') + 1);
  }

  @Override
  public void close() throws IOException {
    IOException failed = null;
    for (WritableStorage extent : opened.values()) {
      try {
        extent.close();
      } catch (IOException e) {
        failed = e;
      }
    }
    if (failed != null) {
      throw failed;
    }
  }
}
