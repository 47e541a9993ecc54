package dev.platter.guest.files.ext;

import dev.platter.guest.files.Bytes;
import dev.platter.guest.files.FileAttributes;
import dev.platter.guest.files.FileAttributes.Device;
import dev.platter.guest.files.Node;
import dev.platter.image.CorruptImageException;
import java.time.Instant;
import java.util.Optional;

/**
 * An inode of ext2, ext3 or ext4 ("ext4 Data Structures and Algorithms", 4.3).
 *
 * @param size bytes
 * @param block the field that holds block numbers, an extent tree, a link's target or inline data
 * @param all the whole inode
 */
record ExtInode(int mode, long size, int flags, Bytes block, Bytes all) {
  static final int BLOCK_LENGTH = 60;

  private static final int CLASSIC_LENGTH = 128;
  private static final int FLAG_ENCRYPT = 0x800;
  private static final int FLAG_EXTENTS = 0x80000;
  private static final int FLAG_INLINE_DATA = 0x10000000;
  private static final int LINKS = 26;
  private static final int ACCESSED = 8;
  private static final int CHANGED = 12;
  private static final int MODIFIED = 16;
  private static final int EXTRA_LENGTH = 128;
  private static final int CHANGED_MORE = 132;
  private static final int MODIFIED_MORE = 136;
  private static final int ACCESSED_MORE = 140;
  private static final int CREATED = 144;
  private static final int CREATED_MORE = 148;

  static ExtInode parse(Bytes bytes) throws CorruptImageException {
    return new ExtInode(
        bytes.u16(0),
        bytes.u32(4) | (bytes.u32(108) & 0x7FFFFFFF) << 32,
        bytes.i32(32),
        bytes.slice(40, BLOCK_LENGTH),
        bytes);
  }

  boolean isEncrypted() {
    return (flags & FLAG_ENCRYPT) != 0;
  }

  boolean hasExtents() {
    return (flags & FLAG_EXTENTS) != 0;
  }

  boolean isInline() {
    return (flags & FLAG_INLINE_DATA) != 0;
  }

  /** Whether this is a link whose target is in {@link #block}. */
  boolean isFastLink() {
    return Node.Kind.ofMode(mode) == Node.Kind.LINK && !hasExtents() && size < BLOCK_LENGTH;
  }

  /** The block that holds more extended attributes; 0: none. */
  long attributeBlock() throws CorruptImageException {
    return all.u32(104) | (long) all.u16(118) << 32;
  }

  /** The extended attributes that lie in the inode: a sign, and entries; empty: none. */
  Bytes attributesInside() throws CorruptImageException {
    int start = CLASSIC_LENGTH + extraLength();
    return all.length() > CLASSIC_LENGTH && start + 4 <= all.length()
        ? all.from(start)
        : all.slice(0, 0);
  }

  /** How much of what follows the classic inode has fields. */
  private int extraLength() throws CorruptImageException {
    return all.length() >= EXTRA_LENGTH + 2 ? all.u16(EXTRA_LENGTH) : 0;
  }

  FileAttributes attributes(long number) throws CorruptImageException {
    Optional<Instant> created =
        hasExtra(CREATED_MORE) ? Optional.of(time(CREATED, CREATED_MORE)) : Optional.empty();
    return new FileAttributes(
        0,
        number,
        mode,
        all.u16(LINKS),
        all.u16(2) | (long) all.u16(120) << 16,
        all.u16(24) | (long) all.u16(122) << 16,
        size,
        device(),
        time(ACCESSED, ACCESSED_MORE),
        time(MODIFIED, MODIFIED_MORE),
        time(CHANGED, CHANGED_MORE),
        created);
  }

  private boolean hasExtra(int at) throws CorruptImageException {
    return at + 4 <= CLASSIC_LENGTH + extraLength() && at + 4 <= all.length();
  }

  /** Seconds since 1970; of 32 more bits the lower two are seconds, too, the others nanoseconds. */
  private Instant time(int at, int more) throws CorruptImageException {
    long seconds = all.i32(at);
    long extra = hasExtra(more) ? all.u32(more) : 0;
    return FileAttributes.time(seconds + ((extra & 3) << 32), extra >>> 2);
  }

  /** Its numbers are in the first field of 32 bits, or else, with more bits, in the second one. */
  private Optional<Device> device() throws CorruptImageException {
    int type = mode & FileAttributes.TYPE;
    if (type != FileAttributes.BLOCK_DEVICE && type != FileAttributes.CHARACTER_DEVICE) {
      return Optional.empty();
    }
    long old = block.u32(0);
    if (old != 0) {
      return Optional.of(new Device(old >> 8 & 0xFF, old & 0xFF));
    }
    long number = block.u32(4);
    return Optional.of(Device.ofLinux(number));
  }
}
