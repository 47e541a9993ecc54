package dev.platter.qcow2.format;

import dev.platter.image.CorruptImageException;
import dev.platter.image.Fault;
import dev.platter.image.ImageException;
import dev.platter.image.Limits;
import dev.platter.image.Reference;
import dev.platter.image.UnsupportedFeatureException;
import dev.platter.storage.FileNames;
import dev.platter.storage.Storage;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What the first cluster says: the header, judged, its extensions, and the backing file's name.
 * Everything that follows may rely on the header's table positions being aligned and their sizes
 * being within QEMU's limits; whether they lie inside the file is judged where they are read.
 *
 * @param name how messages call the file
 * @param extensions in the order of the file, the end marker left out
 */
public record ImageHead(
    String name,
    Qcow2Header header,
    List<HeaderExtension> extensions,
    Optional<String> backingFile) {

  public static final int MAX_BACKING_NAME = 1023;

  /** Where extensions and the backing file's name end in all but a few images, bytes. */
  private static final int USUAL_LENGTH = 1 << 16;

  public static final long MAX_L1_BYTES = 32L << 20;
  public static final long MAX_REFTABLE_BYTES = 8L << 20;
  public static final int MAX_SNAPSHOTS = 65536;

  /** Reads and judges the first cluster. */
  public static ImageHead read(Storage storage, Limits limits) throws IOException {
    String name = storage.name();
    byte[] fixed = readUpTo(storage, Qcow2Header.V3_FULL_LENGTH);
    Qcow2Header header = Qcow2Header.parse(MemorySegment.ofArray(fixed), name);
    if (header.clusterBits() < Qcow2Header.MIN_CLUSTER_BITS
        || header.clusterBits() > Qcow2Header.MAX_CLUSTER_BITS) {
      throw corrupt(
          name,
          "Unsupported cluster size: 2^"
              + Integer.toUnsignedString(header.clusterBits())
              + ", expected 2^9 to 2^21");
    }
    checkLengths(name, header);
    long extensionsEnd =
        header.backingFileOffset() != 0 ? header.backingFileOffset() : header.clusterSize();
    MemorySegment cluster = firstCluster(storage, header, extensionsEnd, limits);
    List<HeaderExtension> extensions =
        extensions(name, header, cluster, Math.min(extensionsEnd, cluster.byteSize()));
    ImageHead head = new ImageHead(name, header, extensions, backingFile(name, header, cluster));
    head.checkFeatures();
    head.checkTables(limits);
    return head;
  }

  /** The text of a string extension, if the image has it. */
  public Optional<String> text(int type) {
    return extension(type).map(e -> FileNames.text(e.data().toArray(ValueLayout.JAVA_BYTE)));
  }

  /** The file that holds the guest's clusters, of an image that has them in another one. */
  public Reference dataFile() throws CorruptImageException {
    String file = text(HeaderExtension.DATA_FILE_NAME).orElse("");
    if (file.isEmpty()) {
      throw corrupt("'data-file' is required for this image");
    }
    return new Reference(Reference.Kind.DATA_FILE, file, name);
  }

  /** The last extension of a type, which is the one that QEMU takes, if the image has any. */
  public Optional<HeaderExtension> extension(int type) {
    HeaderExtension last = null;
    for (HeaderExtension extension : extensions) {
      if (extension.type() == type) {
        last = extension;
      }
    }
    return Optional.ofNullable(last);
  }

  /** Where the data of the last extension of a type stands in the file. */
  public long positionOf(int type) {
    long at = header.headerLength();
    long found = -1;
    for (HeaderExtension extension : extensions) {
      if (extension.type() == type) {
        found = at + HeaderExtension.PREFIX_LENGTH;
      }
      at += HeaderExtension.storedLength(extension.data().byteSize());
    }
    return found;
  }

  /**
   * Whether the image has two extensions of one kind that means something: nobody honest writes
   * that, and programs that take the first see another image than those that take the last.
   */
  public boolean hasTwinExtensions() {
    for (HeaderExtension extension : extensions) {
      if (HeaderExtension.KNOWN.contains(extension.type())
          && extension(extension.type()).orElseThrow() != extension) {
        return true;
      }
    }
    return false;
  }

  /** Something in this image cannot be true. */
  public CorruptImageException corrupt(String what) {
    return corrupt(name, what);
  }

  public static CorruptImageException corrupt(String name, String what) {
    return Fault.in("qcow2", name).corrupt(what);
  }

  private UnsupportedFeatureException unsupported(String what) {
    return Fault.in("qcow2", name).unsupported(what);
  }

  private static byte[] readUpTo(Storage storage, int length) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment buffer = arena.allocate(Math.min(length, Math.max(storage.size(), 1)), 8);
      return buffer.asSlice(0, storage.read(0, buffer)).toArray(ValueLayout.JAVA_BYTE);
    }
  }

  /** The first cluster, or as much of a large one as holds all that is looked for in it. */
  private static MemorySegment firstCluster(
      Storage storage, Qcow2Header header, long extensionsEnd, Limits limits) throws IOException {
    int clusterSize = header.clusterSize();
    if (clusterSize > USUAL_LENGTH) {
      byte[] usual = readUpTo(storage, USUAL_LENGTH);
      long nameEnd = header.backingFileOffset() + Integer.toUnsignedLong(header.backingFileSize());
      if (header.backingFileOffset() == 0 || nameEnd <= USUAL_LENGTH) {
        MemorySegment part = MemorySegment.ofArray(usual).asReadOnly();
        if (extensionsEnd <= USUAL_LENGTH || endsWithin(header, part)) {
          return part;
        }
      }
      if (clusterSize > limits.maxDescriptionBytes()) {
        throw Fault.in("qcow2", storage.name())
            .unsupported(
                "the header with its extensions takes more than " + USUAL_LENGTH + " bytes");
      }
    }
    return MemorySegment.ofArray(readUpTo(storage, clusterSize)).asReadOnly();
  }

  /** Whether the extensions end, by their end mark, within the given part of the cluster. */
  private static boolean endsWithin(Qcow2Header header, MemorySegment part) {
    long at = header.headerLength();
    while (at <= part.byteSize() - HeaderExtension.PREFIX_LENGTH) {
      if (part.get(Qcow2Header.INT, at) == HeaderExtension.END) {
        return true;
      }
      at += HeaderExtension.storedLength(Integer.toUnsignedLong(part.get(Qcow2Header.INT, at + 4)));
    }
    return false;
  }

  private static void checkLengths(String name, Qcow2Header header) throws CorruptImageException {
    if (header.version() >= 3) {
      long length = Integer.toUnsignedLong(header.headerLength());
      if (length < Qcow2Header.V3_LENGTH) {
        throw corrupt(name, "qcow2 header too short: " + length + ", expected at least 104");
      }
      if (length > header.clusterSize()) {
        throw corrupt(
            name, "qcow2 header exceeds cluster size: " + length + " > " + header.clusterSize());
      }
    }
    if (Long.compareUnsigned(header.backingFileOffset(), header.clusterSize()) > 0) {
      throw corrupt(
          name,
          "Invalid backing file offset: "
              + hex(header.backingFileOffset())
              + " > "
              + hex(header.clusterSize()));
    }
  }

  private static List<HeaderExtension> extensions(
      String name, Qcow2Header header, MemorySegment cluster, long end)
      throws CorruptImageException {
    List<HeaderExtension> found = new ArrayList<>();
    long at = header.headerLength();
    while (at <= end - HeaderExtension.PREFIX_LENGTH) {
      int type = cluster.get(Qcow2Header.INT, at);
      if (type == HeaderExtension.END) {
        break;
      }
      long length = Integer.toUnsignedLong(cluster.get(Qcow2Header.INT, at + 4));
      long begin = at + HeaderExtension.PREFIX_LENGTH;
      if (length > end - begin) {
        throw corrupt(
            name,
            "Header extension too large: extension "
                + hex(Integer.toUnsignedLong(type))
                + " at "
                + hex(at)
                + " has "
                + length
                + " bytes, "
                + (end - begin)
                + " are left");
      }
      found.add(new HeaderExtension(type, cluster.asSlice(begin, length)));
      at += HeaderExtension.storedLength(length);
    }
    return List.copyOf(found);
  }

  private static Optional<String> backingFile(
      String name, Qcow2Header header, MemorySegment cluster) throws CorruptImageException {
    if (header.backingFileOffset() == 0) {
      return Optional.empty();
    }
    long length = Integer.toUnsignedLong(header.backingFileSize());
    long room = header.clusterSize() - header.backingFileOffset();
    if (length > Math.min(MAX_BACKING_NAME, room)) {
      throw corrupt(
          name, "Backing file name too long: " + length + " > " + Math.min(MAX_BACKING_NAME, room));
    }
    if (length > cluster.byteSize() - header.backingFileOffset()) {
      throw corrupt(
          name,
          "the backing file name ends at "
              + hex(header.backingFileOffset() + length)
              + ", past the end of the file at "
              + hex(cluster.byteSize()));
    }
    byte[] bytes =
        cluster.asSlice(header.backingFileOffset(), length).toArray(ValueLayout.JAVA_BYTE);
    String text = FileNames.text(bytes);
    int nul = text.indexOf('\0');
    text = nul < 0 ? text : text.substring(0, nul);
    return text.isEmpty() ? Optional.empty() : Optional.of(text);
  }

  private void checkFeatures() throws ImageException {
    long unknown = header.incompatibleFeatures() & ~Qcow2Header.INCOMPATIBLE_KNOWN;
    if (unknown != 0) {
      throw unsupported("Unsupported qcow2 feature(s): " + FeatureNames.of(this).join(unknown));
    }
    boolean compressionBit =
        (header.incompatibleFeatures() & Qcow2Header.INCOMPATIBLE_COMPRESSION) != 0;
    if (compressionBit && header.compressionType() == Qcow2Header.COMPRESSION_DEFLATE) {
      throw corrupt("Compression type incompatible feature bit must not be set");
    }
    if (!compressionBit && header.compressionType() != Qcow2Header.COMPRESSION_DEFLATE) {
      throw corrupt("Compression type incompatible feature bit must be set");
    }
    if (header.compressionType() > Qcow2Header.COMPRESSION_ZSTD) {
      throw unsupported("unknown compression type: " + header.compressionType());
    }
    if (header.extendedL2() && header.clusterBits() < 14) {
      throw corrupt(
          "clusters of "
              + header.clusterSize()
              + " bytes are too small for extended L2 entries, expected at least 16384");
    }
    if (Integer.compareUnsigned(header.refcountOrder(), 6) > 0) {
      throw corrupt(
          "Reference count entry width too large; may not exceed 64 bits: 2^"
              + Integer.toUnsignedString(header.refcountOrder()));
    }
    if (Integer.compareUnsigned(header.cryptMethod(), Qcow2Header.CRYPT_LUKS) > 0) {
      throw unsupported(
          "Unsupported encryption method " + Integer.toUnsignedString(header.cryptMethod()));
    }
  }

  private void checkTables(Limits limits) throws CorruptImageException {
    long needed = header.size() < 0 ? Long.MAX_VALUE : l1EntriesFor(header.size());
    if (needed > Integer.MAX_VALUE || header.size() > limits.maxVirtualSize()) {
      throw corrupt("Image is too big: " + Long.toUnsignedString(header.size()) + " bytes");
    }
    if (header.refcountTableClusters() == 0) {
      throw corrupt("Image does not contain a reference count table");
    }
    checkTable(
        "Reference count table",
        header.refcountTableOffset(),
        Integer.toUnsignedLong(header.refcountTableClusters()) << header.clusterBits(),
        MAX_REFTABLE_BYTES);
    checkTable(
        "Active L1 table",
        header.l1TableOffset(),
        Integer.toUnsignedLong(header.l1Size()) * Long.BYTES,
        Math.min(MAX_L1_BYTES, limits.maxTableBytes()));
    if (header.l1Size() < needed) {
      throw corrupt(
          "L1 table is too small: "
              + header.l1Size()
              + " entries, "
              + needed
              + " are needed for "
              + header.size()
              + " bytes");
    }
  }

  /** Stops whoever needs the snapshot table where it cannot be one; a repair does without. */
  public void requireSnapshotTable() throws CorruptImageException {
    if (Integer.compareUnsigned(header.nbSnapshots(), MAX_SNAPSHOTS) > 0) {
      throw corrupt(
          "Snapshot table too large: "
              + Integer.toUnsignedString(header.nbSnapshots())
              + " snapshots > "
              + MAX_SNAPSHOTS);
    }
    requireOffset("Snapshot table", header.snapshotsOffset());
  }

  /** How many L1 entries a disk of {@code size} bytes needs. */
  public long l1EntriesFor(long size) {
    long span = header.l2Span();
    return size / span + (size % span == 0 ? 0 : 1);
  }

  private void checkTable(String what, long offset, long bytes, long maxBytes)
      throws CorruptImageException {
    if (bytes > maxBytes) {
      throw corrupt(what + " too large: " + bytes + " > " + maxBytes + " bytes");
    }
    requireOffset(what, offset);
  }

  /** Stops where a table cannot begin. */
  public void requireOffset(String what, long offset) throws CorruptImageException {
    if (offset < 0 || (offset & (header.clusterSize() - 1)) != 0) {
      throw corrupt(
          what
              + " offset invalid: "
              + hex(offset)
              + " is not a multiple of "
              + header.clusterSize());
    }
  }

  public static String hex(long value) {
    return "0x" + Long.toHexString(value);
  }
}
