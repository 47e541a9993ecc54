package dev.platter.qcow2.edit;

import dev.platter.image.BlockMap;
import dev.platter.image.DiskEncryption;
import dev.platter.image.Fault;
import dev.platter.image.FormatOptions;
import dev.platter.image.IllegalOptionException;
import dev.platter.image.OptionSpec;
import dev.platter.image.Preallocation;
import dev.platter.image.luks.KeySlots;
import dev.platter.image.spi.Amendment;
import dev.platter.image.spi.EditRequest;
import dev.platter.image.spi.ResizeRequest;
import dev.platter.image.support.Undo;
import dev.platter.qcow2.check.ReferenceCounts;
import dev.platter.qcow2.format.Encryption;
import dev.platter.qcow2.format.FeatureNames;
import dev.platter.qcow2.format.HeaderExtension;
import dev.platter.qcow2.format.HeaderLayout;
import dev.platter.qcow2.format.HeaderUpdate;
import dev.platter.qcow2.format.ImageHead;
import dev.platter.qcow2.format.Qcow2Header;
import dev.platter.qcow2.format.SnapshotEntry;
import dev.platter.qcow2.format.SnapshotTable;
import dev.platter.qcow2.write.Qcow2Options;
import dev.platter.storage.WritableStorage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Changes what can be chosen of an image afterwards: its version, the width of its refcounts, flags
 * and names in its header. All of that counts at once, by the header; another size follows as a
 * change of its own.
 */
public final class Qcow2Amendment implements Amendment {
  private static final List<String> NAMES =
      List.of(
          "backing_file",
          "backing_fmt",
          "compat",
          "data_file",
          "data_file_raw",
          "lazy_refcounts",
          "refcount_bits",
          "size");

  /** What the names of options about key slots begin with. */
  private static final String KEYS = "encrypt.";

  private final WritableStorage storage;
  private final EditRequest request;
  private final boolean forced;

  public Qcow2Amendment(WritableStorage storage, EditRequest request) {
    this(storage, request, false);
  }

  private Qcow2Amendment(WritableStorage storage, EditRequest request, boolean forced) {
    this.storage = storage;
    this.request = request;
    this.forced = forced;
  }

  @Override
  public Amendment forced() {
    return new Qcow2Amendment(storage, request, true);
  }

  /** What can be changed. */
  public static List<OptionSpec> options() {
    return Stream.concat(
            Qcow2Options.SPECS.stream().filter(spec -> NAMES.contains(spec.name())),
            KeySlots.specs(KEYS).stream())
        .sorted(Comparator.comparing(OptionSpec::name))
        .toList();
  }

  /**
   * What the image is to be.
   *
   * @param compatible its flags that others may ignore
   * @param autoclear its flags that others clear
   * @param dataFile another name of the data file
   */
  private record Wanted(
      int version, int refcountOrder, long compatible, long autoclear, Optional<String> dataFile) {
    boolean isAs(Qcow2Header header) {
      return version == header.version()
          && refcountOrder == header.refcountOrder()
          && compatible == header.compatibleFeatures()
          && autoclear == header.autoclearFeatures()
          && dataFile.isEmpty();
    }
  }

  @Override
  public Optional<IOException> amend(FormatOptions options, Optional<BlockMap> parent)
      throws IOException {
    if (options.string("backing_file").isPresent() || options.string("backing_fmt").isPresent()) {
      throw new IllegalOptionException("Cannot amend the backing file");
    }
    ImageHead head = ImageHead.read(storage, request.limits());
    Wanted wanted = wanted(head, options);
    if (wanted.version() < 3 && head.header().version() >= 3) {
      requireDowngradable(head, wanted, options);
    }
    if (options.asMap().keySet().stream().anyMatch(key -> key.startsWith(KEYS))) {
      amendKeys(head, options);
    }
    Optional<IOException> left = Optional.empty();
    if (!wanted.isAs(head.header())) {
      ImageChange change = ImageChange.begin(storage, request.limits());
      Undo.ifFails(() -> amend(change, wanted), change::undo);
      if (change.isRebuilt()) {
        left = Undo.orLeak(change::release);
      }
    }
    if (options.size("size").isPresent()) {
      long size = options.size("size").getAsLong();
      ResizeRequest resize = new ResizeRequest(size, Preallocation.OFF, parent);
      Optional<IOException> more = Qcow2Resize.run(storage, request, resize);
      left = left.isPresent() ? left : more;
    }
    return left;
  }

  private void amendKeys(ImageHead head, FormatOptions options) throws IOException {
    if (!head.header().encrypted()) {
      throw new IllegalOptionException("Can't amend encryption options - encryption not present");
    }
    if (!Encryption.formatOf(head).equals("luks")) {
      throw new IllegalOptionException(
          "Only LUKS encryption options can be amended for qcow2 with amend");
    }
    Encryption.requireRoomForKeys(storage, head);
    new KeySlots(
            storage,
            Encryption.luksOffset(storage, head),
            Fault.in("qcow2", head.name()),
            KEYS,
            forced)
        .amend(options, () -> request.options().secret(Encryption.KEY_SECRET, head.name()));
  }

  private static Wanted wanted(ImageHead head, FormatOptions options)
      throws IllegalOptionException {
    Qcow2Header header = head.header();
    int version = version(options, header.version());
    int order = header.refcountOrder();
    if (options.number("refcount_bits").isPresent()) {
      long bits = options.number("refcount_bits").getAsLong();
      if (bits < 1 || bits > Long.SIZE || Long.bitCount(bits) != 1) {
        throw new IllegalOptionException(
            "Refcount width must be a power of two and may not exceed 64 bits");
      }
      order = Long.numberOfTrailingZeros(bits);
      if (version < 3 && order != 4) {
        throw new IllegalOptionException(
            "Refcount widths other than 16 bits require compatibility level 1.1 or above (use"
                + " compat=1.1 or greater)");
      }
    }
    long autoclear = header.autoclearFeatures();
    if (options.string("data_file_raw").isPresent()) {
      boolean raw = options.bool("data_file_raw", false);
      if (raw && !header.dataFileRaw()) {
        throw new IllegalOptionException("data-file-raw cannot be set on existing images");
      }
      autoclear = raw ? autoclear : autoclear & ~Qcow2Header.AUTOCLEAR_DATA_FILE_RAW;
    }
    Optional<String> dataFile = options.string("data_file");
    if (dataFile.isPresent() && !header.hasDataFile()) {
      throw new IllegalOptionException(
          "data-file can only be set for images that use an external data file");
    }
    long compatible = header.compatibleFeatures();
    if (options.string("lazy_refcounts").isPresent()) {
      boolean lazy = options.bool("lazy_refcounts", false);
      if (lazy && version < 3 && !header.lazyRefcounts()) {
        throw new IllegalOptionException(
            "Lazy refcounts only supported with compatibility level 1.1 and above (use compat=1.1"
                + " or greater)");
      }
      compatible &= ~Qcow2Header.COMPATIBLE_LAZY_REFCOUNTS;
      compatible |= lazy ? Qcow2Header.COMPATIBLE_LAZY_REFCOUNTS : 0;
    }
    return version < 3
        ? new Wanted(version, order, 0, 0, dataFile)
        : new Wanted(version, order, compatible, autoclear, dataFile);
  }

  private static int version(FormatOptions options, int present) throws IllegalOptionException {
    String compat = options.string("compat").orElse("");
    return switch (compat) {
      case "" -> present;
      case "0.10", "v2" -> 2;
      case "1.1", "v3" -> 3;
      default -> throw new IllegalOptionException("Unknown compatibility level " + compat);
    };
  }

  private void requireDowngradable(ImageHead head, Wanted wanted, FormatOptions options)
      throws IOException {
    Qcow2Header header = head.header();
    if (wanted.refcountOrder() != 4) {
      throw new IllegalOptionException("compat=0.10 requires refcount_bits=16");
    }
    if (header.hasDataFile()) {
      throw new IllegalOptionException("Cannot downgrade an image with a data file");
    }
    long incompatible = header.incompatibleFeatures() & ~Qcow2Header.INCOMPATIBLE_DIRTY;
    if (incompatible != 0) {
      throw new IllegalOptionException(
          "Cannot downgrade an image with incompatible features "
              + ImageHead.hex(incompatible)
              + " set");
    }
    long size = options.size("size").orElse(header.size());
    for (SnapshotEntry entry : SnapshotTable.read(storage, head).entries()) {
      if (entry.vmStateSize() >>> Integer.SIZE != 0 || entry.diskSize().orElse(size) != size) {
        throw new IllegalOptionException("Internal snapshots prevent downgrade of image");
      }
    }
  }

  private void amend(ImageChange change, Wanted wanted) throws IOException {
    ImageHead head = change.head();
    Qcow2Header header = head.header();
    HeaderUpdate update = new HeaderUpdate(storage);
    HeaderLayout.Builder layout = HeaderLayout.of(head).version(wanted.version());
    boolean rebuilds = wanted.refcountOrder() != header.refcountOrder();
    if (wanted.version() < 3 && header.version() >= 3) {
      expandZeros(change, update);
      BitmapChange.removeAll(change);
      layout.data(HeaderExtension.BITMAPS, Optional.empty());
      rebuilds = true;
    }
    if (wanted.version() >= 3 && header.version() < 3) {
      boolean named = header.clusterSize() > FeatureNames.MAX_CLUSTER_WITHOUT;
      layout.data(
          HeaderExtension.FEATURE_NAMES,
          named ? Optional.of(FeatureNames.table()) : Optional.empty());
    }
    wanted
        .dataFile()
        .ifPresent(name -> layout.extension(HeaderExtension.DATA_FILE_NAME, Optional.of(name)));
    update.layout(layout.place());
    if (wanted.version() >= 3) {
      update
          .features(wanted.compatible(), wanted.autoclear())
          .refcountOrder(wanted.refcountOrder());
    }
    if (rebuilds) {
      requireNarrower(change, wanted.refcountOrder());
      change.planRefcounts(wanted.refcountOrder());
      change.commit(update);
    } else {
      change.commitHeader(update);
    }
  }

  private static void requireNarrower(ImageChange change, int order) throws IOException {
    if (order >= change.head().header().refcountOrder()) {
      return;
    }
    long max = (1L << (1 << order)) - 1;
    ReferenceCounts counts = change.counts();
    for (long at = counts.nextCounted(0, counts.end()); at < counts.end(); at++) {
      if (counts.at(at) > max) {
        throw new IllegalOptionException(
            "Cannot decrease refcount entry width to "
                + (1 << order)
                + " bits: Cluster at offset "
                + ImageHead.hex(at << change.head().header().clusterBits())
                + " has a refcount of "
                + counts.at(at));
      }
    }
  }

  /** Of the disk and of all its snapshots, which get new L1 tables where that changes anything. */
  private void expandZeros(ImageChange change, HeaderUpdate update) throws IOException {
    Optional<DiskEncryption> encryption =
        Encryption.open(storage, change.head(), request.options());
    try {
      expandZeros(change, update, new ZeroExpansion(change, encryption));
    } finally {
      encryption.ifPresent(held -> held.cipher().close());
    }
  }

  private void expandZeros(ImageChange change, HeaderUpdate update, ZeroExpansion expansion)
      throws IOException {
    Qcow2Header header = change.head().header();
    MemorySegment active = read(header.l1TableOffset(), header.l1Size());
    if (expansion.run(active)) {
      change.giveUp(header.l1TableOffset(), active.byteSize());
      update.l1Table(change.put(active), header.l1Size());
    }
    SnapshotTable snapshots = SnapshotTable.read(storage, change.head());
    MemorySegment table = MemorySegment.ofArray(new byte[(int) snapshots.length()]);
    storage.read(header.snapshotsOffset(), table);
    boolean moved = false;
    long at = 0;
    for (SnapshotEntry entry : snapshots.entries()) {
      MemorySegment l1 = read(entry.l1TableOffset(), entry.l1Size());
      if (expansion.run(l1)) {
        change.giveUp(entry.l1TableOffset(), l1.byteSize());
        table.set(Qcow2Header.LONG, at, change.put(l1));
        moved = true;
      }
      at += entry.storedLength();
    }
    if (moved) {
      change.giveUp(header.snapshotsOffset(), table.byteSize());
      update.snapshots(change.put(table), snapshots.entries().size());
    }
  }

  private MemorySegment read(long offset, int entries) throws IOException {
    MemorySegment l1 = MemorySegment.ofArray(new byte[entries * Long.BYTES]);
    storage.readFully(offset, l1);
    return l1;
  }
}
