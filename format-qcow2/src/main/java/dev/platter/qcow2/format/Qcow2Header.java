package dev.platter.qcow2.format;

import dev.platter.codec.Encoding;
import dev.platter.image.CorruptImageException;
import dev.platter.image.Fault;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * The header of a qcow2 image, as it stands at byte 0 of the file. Field names are those of the
 * specification ("Header" and "Additional fields"). A version 2 header ends after {@code
 * snapshotsOffset}; the other fields then hold the values that the specification implies.
 *
 * @param backingFileOffset where the backing file's name begins, 0 for none
 * @param size the size of the guest disk, bytes
 * @param l1Size entries of the active L1 table
 * @param refcountOrder refcounts are {@code 1 << refcountOrder} bits wide
 * @param compressionType 0 deflate, 1 zstd
 */
public record Qcow2Header(
    int version,
    long backingFileOffset,
    int backingFileSize,
    int clusterBits,
    long size,
    int cryptMethod,
    int l1Size,
    long l1TableOffset,
    long refcountTableOffset,
    int refcountTableClusters,
    int nbSnapshots,
    long snapshotsOffset,
    long incompatibleFeatures,
    long compatibleFeatures,
    long autoclearFeatures,
    int refcountOrder,
    int headerLength,
    int compressionType) {

  /** "QFI\xfb". */
  public static final int MAGIC = 0x514649fb;

  public static final int V2_LENGTH = 72;

  /** The shortest header of version 3: up to and with {@code header_length}. */
  static final int V3_LENGTH = 104;

  /** A version 3 header with {@code compression_type} and its padding. */
  public static final int V3_FULL_LENGTH = 112;

  public static final int MIN_CLUSTER_BITS = 9;
  public static final int MAX_CLUSTER_BITS = 21;

  public static final long INCOMPATIBLE_DIRTY = 1L;
  public static final long INCOMPATIBLE_CORRUPT = 1L << 1;
  public static final long INCOMPATIBLE_DATA_FILE = 1L << 2;
  public static final long INCOMPATIBLE_COMPRESSION = 1L << 3;
  public static final long INCOMPATIBLE_EXTENDED_L2 = 1L << 4;
  static final long INCOMPATIBLE_KNOWN = 0x1f;

  public static final long COMPATIBLE_LAZY_REFCOUNTS = 1L;

  public static final long AUTOCLEAR_BITMAPS = 1L;
  public static final long AUTOCLEAR_DATA_FILE_RAW = 1L << 1;

  public static final long AUTOCLEAR_KNOWN = AUTOCLEAR_BITMAPS | AUTOCLEAR_DATA_FILE_RAW;

  public static final int CRYPT_NONE = 0;
  public static final int CRYPT_AES = 1;
  public static final int CRYPT_LUKS = 2;

  public static final int COMPRESSION_DEFLATE = 0;
  public static final int COMPRESSION_ZSTD = 1;

  public static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
  public static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
  public static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

  /**
   * Takes the fields from a file's head without judging more of them than is needed to find them.
   *
   * @param head the file from byte 0, as much of it as there is, {@link #V3_FULL_LENGTH} bytes are
   *     enough
   * @param name how messages call the file
   * @throws CorruptImageException if this is no qcow2 header of version 2 or 3
   */
  public static Qcow2Header parse(MemorySegment head, String name) throws CorruptImageException {
    if (head.byteSize() < V2_LENGTH) {
      throw corrupt(
          name, "the file has " + head.byteSize() + " bytes, a header needs " + V2_LENGTH);
    }
    if (head.get(INT, 0) != MAGIC) {
      throw corrupt(name, "Image is not in qcow2 format");
    }
    int version = head.get(INT, 4);
    if (version != 2 && version != 3) {
      throw corrupt(name, "Unsupported qcow2 version " + Integer.toUnsignedString(version));
    }
    boolean v3 = version == 3;
    if (v3 && head.byteSize() < V3_LENGTH) {
      throw corrupt(
          name,
          "the file has " + head.byteSize() + " bytes, a version 3 header needs " + V3_LENGTH);
    }
    int headerLength = v3 ? head.get(INT, 100) : V2_LENGTH;
    boolean hasCompressionType = v3 && headerLength > V3_LENGTH && head.byteSize() > V3_LENGTH;
    return new Qcow2Header(
        version,
        head.get(LONG, 8),
        head.get(INT, 16),
        head.get(INT, 20),
        head.get(LONG, 24),
        head.get(INT, 32),
        head.get(INT, 36),
        head.get(LONG, 40),
        head.get(LONG, 48),
        head.get(INT, 56),
        head.get(INT, 60),
        head.get(LONG, 64),
        v3 ? head.get(LONG, 72) : 0,
        v3 ? head.get(LONG, 80) : 0,
        v3 ? head.get(LONG, 88) : 0,
        v3 ? head.get(INT, 96) : 4,
        headerLength,
        hasCompressionType ? head.get(ValueLayout.JAVA_BYTE, 104) & 0xff : COMPRESSION_DEFLATE);
  }

  /** How the clusters are compressed that are. */
  public Encoding compression() {
    return compressionType == COMPRESSION_ZSTD ? Encoding.ZSTD : Encoding.DEFLATE;
  }

  /**
   * Writes the header, {@code headerLength} bytes of it.
   *
   * @param target at least {@code headerLength} bytes; what the fields do not fill is set to zero
   */
  public void writeTo(MemorySegment target) {
    target.asSlice(0, headerLength).fill((byte) 0);
    target.set(INT, 0, MAGIC);
    target.set(INT, 4, version);
    target.set(LONG, 8, backingFileOffset);
    target.set(INT, 16, backingFileSize);
    target.set(INT, 20, clusterBits);
    target.set(LONG, 24, size);
    target.set(INT, 32, cryptMethod);
    target.set(INT, 36, l1Size);
    target.set(LONG, 40, l1TableOffset);
    target.set(LONG, 48, refcountTableOffset);
    target.set(INT, 56, refcountTableClusters);
    target.set(INT, 60, nbSnapshots);
    target.set(LONG, 64, snapshotsOffset);
    if (version < 3) {
      return;
    }
    target.set(LONG, 72, incompatibleFeatures);
    target.set(LONG, 80, compatibleFeatures);
    target.set(LONG, 88, autoclearFeatures);
    target.set(INT, 96, refcountOrder);
    target.set(INT, 100, headerLength);
    if (headerLength > V3_LENGTH) {
      target.set(ValueLayout.JAVA_BYTE, 104, (byte) compressionType);
    }
  }

  public int clusterSize() {
    return 1 << clusterBits;
  }

  public int refcountBits() {
    return 1 << refcountOrder;
  }

  public boolean dirty() {
    return (incompatibleFeatures & INCOMPATIBLE_DIRTY) != 0;
  }

  public boolean corrupt() {
    return (incompatibleFeatures & INCOMPATIBLE_CORRUPT) != 0;
  }

  public boolean hasDataFile() {
    return (incompatibleFeatures & INCOMPATIBLE_DATA_FILE) != 0;
  }

  public boolean dataFileRaw() {
    return (autoclearFeatures & AUTOCLEAR_DATA_FILE_RAW) != 0;
  }

  public boolean extendedL2() {
    return (incompatibleFeatures & INCOMPATIBLE_EXTENDED_L2) != 0;
  }

  public boolean lazyRefcounts() {
    return (compatibleFeatures & COMPATIBLE_LAZY_REFCOUNTS) != 0;
  }

  public boolean encrypted() {
    return cryptMethod != CRYPT_NONE;
  }

  /** Bytes of one L2 entry: 8, or 16 with a subcluster bitmap. */
  public int l2EntrySize() {
    return extendedL2() ? 16 : 8;
  }

  /** Entries of one L2 table, which is one cluster. */
  public int l2Entries() {
    return clusterSize() / l2EntrySize();
  }

  /** Guest bytes that one L2 table maps. */
  public long l2Span() {
    return (long) l2Entries() << clusterBits;
  }

  /**
   * {@code value} rounded up to whole clusters, without wrapping for values up to the largest file
   * size.
   */
  public long clustersFor(long value) {
    return (value >>> clusterBits) + ((value & (clusterSize() - 1)) == 0 ? 0 : 1);
  }

  private static CorruptImageException corrupt(String name, String what) {
    return Fault.in("qcow2", name).corrupt(what);
  }
}
