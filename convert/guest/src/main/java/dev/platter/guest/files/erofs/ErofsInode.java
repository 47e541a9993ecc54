package dev.platter.guest.files.erofs;

import dev.platter.guest.files.Bytes;
import dev.platter.guest.files.FileAttributes;
import dev.platter.guest.files.FileAttributes.Device;
import dev.platter.guest.files.Source;
import dev.platter.image.Fault;
import dev.platter.image.ImageException;
import java.io.IOException;
import java.time.Instant;
import java.util.Optional;

/**
 * An inode: compact ones of 32 bytes, and extended ones of 64.
 *
 * @param number which slot of the table it is in
 * @param place where it lies in the volume
 * @param layout one of {@link #PLAIN} and the following
 * @param where its own field: a block, a device, or how chunks are
 * @param attributesLength bytes of extended attributes behind it
 */
record ErofsInode(
    long number,
    long place,
    int length,
    int layout,
    FileAttributes attributes,
    long where,
    int attributesLength) {
  /** In blocks, one behind the other. */
  static final int PLAIN = 0;

  /** Compressed, each logical cluster with an entry of eight bytes. */
  static final int COMPRESSED_FULL = 1;

  /** As {@link #PLAIN}, but for the end, which lies behind the inode. */
  static final int INLINE = 2;

  /** Compressed, with entries that are packed. */
  static final int COMPRESSED_COMPACT = 3;

  /** In chunks, each with a block of its own. */
  static final int CHUNKS = 4;

  private static final int COMPACT = 32;
  private static final int EXTENDED = 64;
  private static final int KNOWN_FORMAT = 0xF;
  private static final int ATTRIBUTES_HEADER = 12;

  static ErofsInode read(Source volume, ErofsSuperblock superblock, long number)
      throws IOException {
    if (number < 0 || number > volume.size() / ErofsSuperblock.SLOT) {
      throw Fault.on(volume.name()).corrupt("inode 0x" + Long.toHexString(number));
    }
    long place = superblock.inodes() + number * ErofsSuperblock.SLOT;
    Bytes bytes = volume.read(place, COMPACT);
    int format = bytes.u16(0);
    boolean extended = (format & 1) != 0;
    int layout = format >> 1 & 7;
    if ((format & ~KNOWN_FORMAT) != 0 || layout > CHUNKS) {
      throw bytes.unsupported("inodes of format 0x" + Integer.toHexString(format));
    }
    if (extended) {
      bytes = volume.read(place, EXTENDED);
    }
    int count = bytes.u16(2);
    return new ErofsInode(
        number,
        place,
        bytes.length(),
        layout,
        extended ? extended(number, bytes) : compact(number, bytes, superblock.built()),
        bytes.u32(16),
        count == 0 ? 0 : ATTRIBUTES_HEADER + (count - 1) * Integer.BYTES);
  }

  private static FileAttributes compact(long number, Bytes bytes, Instant built)
      throws ImageException {
    return attributes(
        number,
        bytes,
        new long[] {bytes.u16(6), bytes.u16(24), bytes.u16(26), bytes.u32(8)},
        built);
  }

  private static FileAttributes extended(long number, Bytes bytes) throws ImageException {
    return attributes(
        number,
        bytes,
        new long[] {bytes.u32(44), bytes.u32(24), bytes.u32(28), bytes.u63(8)},
        FileAttributes.time(bytes.i64(32), bytes.u32(40)));
  }

  /**
   * @param told links, owner, group, size
   */
  private static FileAttributes attributes(long number, Bytes bytes, long[] told, Instant time)
      throws ImageException {
    int mode = bytes.u16(4);
    int type = mode & FileAttributes.TYPE;
    boolean isDevice =
        type == FileAttributes.BLOCK_DEVICE || type == FileAttributes.CHARACTER_DEVICE;
    return new FileAttributes(
        0,
        number,
        mode,
        told[0],
        told[1],
        told[2],
        told[3],
        isDevice ? Optional.of(Device.ofLinux(bytes.u32(16))) : Optional.empty(),
        time,
        time,
        time,
        Optional.empty());
  }

  long size() {
    return attributes.size();
  }

  /** Where its extended attributes lie. */
  long attributesPlace() {
    return place + length;
  }

  /** Where what is behind its extended attributes lies. */
  long behind() {
    return attributesPlace() + attributesLength;
  }

  boolean isCompressed() {
    return layout == COMPRESSED_FULL || layout == COMPRESSED_COMPACT;
  }
}
