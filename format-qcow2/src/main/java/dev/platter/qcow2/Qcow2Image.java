package dev.platter.qcow2;

import dev.platter.image.BlockMap;
import dev.platter.image.CheckReport;
import dev.platter.image.Danger;
import dev.platter.image.DirtyBitmap;
import dev.platter.image.DiskEncryption;
import dev.platter.image.DiskImage;
import dev.platter.image.ImageInfo;
import dev.platter.image.ParentReference;
import dev.platter.image.Snapshot;
import dev.platter.image.spi.OpenRequest;
import dev.platter.qcow2.check.Checker;
import dev.platter.qcow2.format.BitmapDirectory;
import dev.platter.qcow2.format.Encryption;
import dev.platter.qcow2.format.HeaderExtension;
import dev.platter.qcow2.format.ImageHead;
import dev.platter.qcow2.format.L1Table;
import dev.platter.qcow2.format.Qcow2Header;
import dev.platter.qcow2.format.Qcow2Map;
import dev.platter.qcow2.format.SnapshotEntry;
import dev.platter.qcow2.format.SnapshotTable;
import dev.platter.qcow2.format.StoredBitmap;
import dev.platter.storage.Storage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * An open qcow2 image. Reads its tables when they are asked for, and keeps the active map once it
 * was.
 */
final class Qcow2Image implements DiskImage {
  private final Storage storage;
  private final OpenRequest request;
  private final ImageHead head;
  private Storage dataFile;
  private BlockMap activeMap;
  private boolean opened;
  private Optional<DiskEncryption> encryption = Optional.empty();

  private Qcow2Image(Storage storage, OpenRequest request, ImageHead head) {
    this.storage = storage;
    this.request = request;
    this.head = head;
  }

  static Qcow2Image open(Storage storage, OpenRequest request) throws IOException {
    return new Qcow2Image(storage, request, ImageHead.read(storage, request.limits()));
  }

  @Override
  public ImageInfo info() throws IOException {
    Qcow2Header header = head.header();
    List<Snapshot> snapshots = new ArrayList<>();
    for (SnapshotEntry entry : SnapshotTable.read(storage, head).entries()) {
      snapshots.add(entry.describe(header.size()));
    }
    return new ImageInfo(
        "qcow2",
        header.size(),
        OptionalInt.of(header.clusterSize()),
        header.encrypted(),
        header.dirty(),
        false,
        snapshots,
        details());
  }

  @Override
  public ImageInfo summary() {
    Qcow2Header header = head.header();
    return new ImageInfo(
        "qcow2",
        header.size(),
        OptionalInt.of(header.clusterSize()),
        header.encrypted(),
        header.dirty(),
        false,
        List.of(),
        Map.of("compat", header.version() >= 3 ? "1.1" : "0.10"));
  }

  @Override
  public List<Danger> dangers() {
    Qcow2Header header = head.header();
    List<Danger> dangers = new ArrayList<>();
    if (header.backingFileOffset() != 0) {
      dangers.add(
          new Danger(
              Danger.BACKING_FILE,
              "it lies over another image, '" + head.backingFile().orElse("") + "'"));
    }
    if (header.hasDataFile()) {
      dangers.add(
          new Danger(
              Danger.DATA_FILE,
              "its data lie in another file, '"
                  + head.text(HeaderExtension.DATA_FILE_NAME).orElse("")
                  + "'"));
    }
    if (head.hasTwinExtensions()) {
      dangers.add(
          new Danger(
              "header_extensions",
              "it has two header extensions of one kind, of which programs read the one or the"
                  + " other"));
    }
    if (header.corrupt()) {
      dangers.add(new Danger("corrupt", "it is marked as corrupt"));
    }
    return dangers;
  }

  private Map<String, Object> details() throws IOException {
    Qcow2Header header = head.header();
    boolean v3 = header.version() >= 3;
    Map<String, Object> details = new LinkedHashMap<>();
    details.put("compat", v3 ? "1.1" : "0.10");
    details.put(
        "compression-type",
        header.compressionType() == Qcow2Header.COMPRESSION_ZSTD ? "zstd" : "zlib");
    if (v3) {
      details.put("lazy-refcounts", header.lazyRefcounts());
    }
    Optional<BitmapDirectory> bitmaps = BitmapDirectory.read(storage, head);
    if (bitmaps.isPresent()) {
      details.put("bitmaps", bitmaps.get().describe());
    }
    details.put("refcount-bits", (long) header.refcountBits());
    if (header.encrypted()) {
      details.put("encrypt", Encryption.describe(storage, head));
    }
    if (v3) {
      if (header.hasDataFile()) {
        head.text(HeaderExtension.DATA_FILE_NAME).ifPresent(name -> details.put("data-file", name));
        details.put("data-file-raw", header.dataFileRaw());
      }
      details.put("corrupt", header.corrupt());
      details.put("extended-l2", header.extendedL2());
    }
    return details;
  }

  @Override
  public synchronized BlockMap map() throws IOException {
    if (activeMap == null) {
      Qcow2Header header = head.header();
      head.requireSnapshotTable();
      L1Table l1 =
          L1Table.read(storage, head, "active L1 table", header.l1TableOffset(), header.l1Size());
      activeMap = plain(new Qcow2Map(head, header.size(), l1, storage, guestStorage()));
    }
    return activeMap;
  }

  @Override
  public Optional<ParentReference> parent() {
    return head.backingFile()
        .map(name -> new ParentReference(name, head.text(HeaderExtension.BACKING_FORMAT)));
  }

  @Override
  public BlockMap snapshotMap(Snapshot snapshot) throws IOException {
    for (SnapshotEntry entry : SnapshotTable.read(storage, head).entries()) {
      if (entry.describe(head.header().size()).equals(snapshot)) {
        return mapOf(entry);
      }
    }
    throw head.corrupt("there is no snapshot " + snapshot.id() + " (" + snapshot.name() + ")");
  }

  @Override
  public Optional<CheckReport> check() throws IOException {
    return Optional.of(Checker.check(storage, head));
  }

  @Override
  public boolean keepsBitmaps() {
    return head.header().version() > 2;
  }

  @Override
  public List<DirtyBitmap> dirtyBitmaps() throws IOException {
    return StoredBitmap.all(storage, head);
  }

  private BlockMap mapOf(SnapshotEntry entry) throws IOException {
    Qcow2Header header = head.header();
    String what = "L1 table of snapshot " + entry.id() + " (" + entry.name() + ")";
    if (Integer.compareUnsigned(entry.l1Size(), (int) (ImageHead.MAX_L1_BYTES / Long.BYTES)) > 0) {
      throw head.corrupt(
          what + " too large: " + Integer.toUnsignedString(entry.l1Size()) + " entries");
    }
    if (entry.l1TableOffset() < 0 || entry.l1TableOffset() % header.clusterSize() != 0) {
      throw head.corrupt(what + " offset invalid: " + ImageHead.hex(entry.l1TableOffset()));
    }
    long size = entry.diskSize().orElse(header.size());
    if (size < 0
        || size > request.limits().maxVirtualSize()
        || head.l1EntriesFor(size) > entry.l1Size()) {
      throw head.corrupt(
          what
              + " is too small: "
              + entry.l1Size()
              + " entries for "
              + Long.toUnsignedString(size)
              + " bytes");
    }
    L1Table l1 = L1Table.read(storage, head, what, entry.l1TableOffset(), entry.l1Size());
    return plain(new Qcow2Map(head, size, l1, storage, guestStorage()));
  }

  /** The disk that the clusters amount to, decrypted where they are encrypted. */
  private synchronized BlockMap plain(Qcow2Map clusters) throws IOException {
    if (!opened) {
      encryption = Encryption.open(storage, head, request.options());
      opened = true;
    }
    return encryption.isPresent() ? encryption.get().over(clusters) : clusters;
  }

  /**
   * The storage that holds the guest's clusters: the image's own file, or the data file that it
   * names.
   */
  private synchronized Storage guestStorage() throws IOException {
    if (!head.header().hasDataFile()) {
      return storage;
    }
    if (dataFile == null) {
      dataFile = request.outside().open(head.dataFile());
    }
    return dataFile;
  }

  @Override
  public synchronized void close() throws IOException {
    encryption.ifPresent(held -> held.cipher().close());
    if (dataFile != null) {
      dataFile.close();
    }
  }
}
