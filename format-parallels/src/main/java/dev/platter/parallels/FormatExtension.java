package dev.platter.parallels;

import static dev.platter.parallels.Faults.corrupt;
import static dev.platter.parallels.Faults.hex;
import static dev.platter.parallels.Faults.unsupported;

import dev.platter.image.CorruptImageException;
import dev.platter.image.UnsupportedFeatureException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;

/**
 * The format extension: one cluster that says which further features the image has, and the
 * clusters that those take ("Format Extension" in the specification). Dirty bitmaps are the only
 * feature that it describes.
 *
 * @param offset where it stands, bytes
 * @param bitmaps the dirty bitmaps
 * @param mustKeep whether it has a feature that is not known here and is not to be dropped by who
 *     changes the image
 */
record FormatExtension(long offset, List<Bitmap> bitmaps, boolean mustKeep) {
  private static final long MAGIC = 0xAB23_4CEF_23DC_EA87L;
  private static final long END_OF_FEATURES = 0;
  private static final long DIRTY_BITMAP = 0x2038_5FAE_252C_B34AL;

  /** Flags of a feature: who does not know it leaves the image alone, or it as it is. */
  private static final long NECESSARY = 1;

  private static final long TRANSIT = 2;
  private static final int PREAMBLE = 24;
  private static final int FEATURE_HEADER = 24;
  private static final int BITMAP_HEADER = 32;
  private static final int DIGEST = 16;

  /** How much of a cluster is looked at: features are small. */
  private static final int MOST = 16 << 20;

  /** A piece that the checksum is made of, bytes. */
  private static final int WINDOW = 1 << 20;

  /** Entries of a bitmap's table that stand for a cluster of equal bits. */
  private static final long ALL_ONE = 1;

  /**
   * A dirty bitmap.
   *
   * @param sectors the disk it is for
   * @param granularity sectors to a bit
   * @param table for each cluster of the bitmap where it lies, in sectors, or 0 or 1: all its bits
   */
  record Bitmap(UUID id, long sectors, long granularity, long[] table) {}

  /**
   * Reads the extension that the header points to.
   *
   * @throws CorruptImageException if there is none, or one that cannot be understood
   */
  static FormatExtension read(ParallelsHead head) throws IOException {
    long offset = offsetOf(head);
    byte[] bytes = new byte[(int) Math.min(MOST, head.clusterSize())];
    head.storage().readFully(offset, MemorySegment.ofArray(bytes));
    ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    if (bytes.length < PREAMBLE || buffer.getLong(0) != MAGIC) {
      throw fault(head, offset, "does not begin with its magic " + hex(MAGIC));
    }
    List<Bitmap> bitmaps = new ArrayList<>();
    boolean mustKeep = false;
    buffer.position(PREAMBLE);
    while (true) {
      if (buffer.remaining() < FEATURE_HEADER) {
        throw fault(head, offset, "has no end of its features");
      }
      long feature = buffer.getLong();
      long flags = buffer.getLong();
      long length = Integer.toUnsignedLong(buffer.getInt());
      buffer.getInt();
      if (feature == END_OF_FEATURES) {
        return new FormatExtension(offset, List.copyOf(bitmaps), mustKeep);
      }
      if (length > buffer.remaining()) {
        throw fault(
            head, offset, "has a feature of " + length + " bytes, of " + buffer.remaining());
      }
      int next = (int) Math.min(buffer.limit(), (buffer.position() + length + 7) / 8 * 8);
      if (feature == DIRTY_BITMAP) {
        bitmaps.add(bitmap(head, offset, buffer, length));
      } else {
        mustKeep |= (flags & (NECESSARY | TRANSIT)) != 0;
      }
      buffer.position(next);
    }
  }

  private static long offsetOf(ParallelsHead head) throws CorruptImageException {
    long sectors = head.header().extensionSectors();
    if (sectors < 0 || sectors > head.fileSize() / ParallelsHeader.SECTOR_SIZE) {
      throw corrupt(
          head.name(),
          "the format extension is at sector "
              + Long.toUnsignedString(sectors)
              + ", past the end of the file");
    }
    long offset = sectors * ParallelsHeader.SECTOR_SIZE;
    if (!head.holds(offset, head.clusterSize())) {
      throw fault(head, offset, "is not a cluster within the file's data");
    }
    return offset;
  }

  /**
   * The clusters that are free once the extension is dropped: its bitmaps do not tell what is about
   * to be changed. What cannot be read of it cannot be kept.
   *
   * @throws UnsupportedFeatureException if it has a feature that must not be dropped; which
   *     clusters that has is not known either
   */
  static List<Long> clustersToDrop(ParallelsHead head) throws IOException {
    if (head.header().extensionSectors() == 0) {
      return List.of();
    }
    FormatExtension extension;
    List<Long> clusters;
    try {
      extension = read(head);
      clusters = extension.clusters(head);
    } catch (CorruptImageException e) {
      return List.of();
    }
    if (extension.mustKeep()) {
      throw unsupported(
          head.name(), "the format extension has a feature that must be kept, and is not known");
    }
    return clusters;
  }

  private static Bitmap bitmap(ParallelsHead head, long offset, ByteBuffer buffer, long length)
      throws CorruptImageException {
    if (length < BITMAP_HEADER) {
      throw fault(head, offset, "has a dirty bitmap of " + length + " bytes");
    }
    long sectors = buffer.getLong();
    buffer.order(ByteOrder.BIG_ENDIAN);
    UUID id = new UUID(buffer.getLong(), buffer.getLong());
    buffer.order(ByteOrder.LITTLE_ENDIAN);
    long granularity = Integer.toUnsignedLong(buffer.getInt());
    long entries = Integer.toUnsignedLong(buffer.getInt());
    if (entries * Long.BYTES > length - BITMAP_HEADER) {
      throw fault(
          head, offset, "has a dirty bitmap of " + entries + " clusters in " + length + " bytes");
    }
    long[] table = new long[(int) entries];
    buffer.asLongBuffer().get(table);
    // The view has the order of its buffer.
    return new Bitmap(id, sectors, granularity, table);
  }

  /** The clusters that the extension and its bitmaps take, as offsets in the file, bytes. */
  List<Long> clusters(ParallelsHead head) throws CorruptImageException {
    List<Long> clusters = new ArrayList<>();
    clusters.add(offset);
    for (Bitmap bitmap : bitmaps) {
      for (long entry : bitmap.table()) {
        if (entry < 0 || entry > head.fileSize() / ParallelsHeader.SECTOR_SIZE) {
          throw fault(head, offset, "has a bitmap past the end of the file");
        }
        if (entry > ALL_ONE) {
          clusters.add(entry * ParallelsHeader.SECTOR_SIZE);
        }
      }
    }
    return clusters;
  }

  /** Whether the checksum is that of the cluster. Reads all of it. */
  boolean hasRightChecksum(ParallelsHead head) throws IOException {
    MessageDigest digest;
    try {
      digest = MessageDigest.getInstance("MD5");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has MD5", e);
    }
    byte[] window = new byte[(int) Math.min(WINDOW, head.clusterSize())];
    byte[] stored = new byte[DIGEST];
    for (long at = 0; at < head.clusterSize(); at += window.length) {
      int length = (int) Math.min(window.length, head.clusterSize() - at);
      head.storage().readFully(offset + at, MemorySegment.ofArray(window).asSlice(0, length));
      int skip = at == 0 ? PREAMBLE : 0;
      if (at == 0) {
        stored = Arrays.copyOfRange(window, Long.BYTES, PREAMBLE);
      }
      digest.update(window, skip, length - skip);
    }
    return Arrays.equals(stored, digest.digest());
  }

  private static CorruptImageException fault(ParallelsHead head, long offset, String what) {
    return corrupt(head.name(), "the format extension at " + hex(offset) + " " + what);
  }
}
