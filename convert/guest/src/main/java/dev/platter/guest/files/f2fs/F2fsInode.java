package dev.platter.guest.files.f2fs;

import dev.platter.guest.files.Bytes;
import dev.platter.guest.files.FileAttributes;
import dev.platter.guest.files.FileAttributes.Device;
import dev.platter.image.CorruptImageException;
import java.time.Instant;
import java.util.Optional;

/**
 * An inode: a node of its own block.
 *
 * @param bytes the block
 * @param fields bytes of fields that not all inodes have, in front of its addresses
 * @param attributeRoom bytes for extended attributes, behind its addresses
 */
record F2fsInode(
    long number, Bytes bytes, F2fsSuperblock superblock, int fields, int attributeRoom) {
  /** Where addresses begin, and where those of other nodes do. */
  static final int ADDRESSES = 360;

  static final int NODES = 4052;

  private static final int MAX_FIELDS = 64;
  private static final int HAS_ATTRIBUTES = 0x01;
  private static final int HAS_DATA = 0x02;
  private static final int HAS_ENTRIES = 0x04;
  private static final int HAS_FIELDS = 0x20;
  private static final int DEFAULT_ATTRIBUTES = 200;
  private static final int ENCRYPTED = 0x04;
  private static final int COMPRESSED = 0x04;
  private static final int CREATED = 372;
  private static final int CREATED_END = 384;
  private static final int ALGORITHM = 392;
  private static final String[] ALGORITHMS = {"lzo", "lz4", "zstd", "lzo-rle"};

  static F2fsInode parse(long number, Bytes bytes, F2fsSuperblock superblock)
      throws CorruptImageException {
    int inline = bytes.u8(3);
    int fields = 0;
    if ((inline & HAS_FIELDS) != 0 && superblock.has(F2fsSuperblock.EXTRA_ATTRIBUTES)) {
      fields = bytes.u16(ADDRESSES);
      bytes.require(fields <= MAX_FIELDS && fields % 4 == 0, fields + " bytes of more fields");
    }
    int room = (inline & (HAS_ATTRIBUTES | HAS_ENTRIES)) != 0 ? DEFAULT_ATTRIBUTES : 0;
    if (fields > 0 && superblock.has(F2fsSuperblock.FLEXIBLE_ATTRIBUTES)) {
      room = bytes.u16(ADDRESSES + 2) * 4;
    }
    bytes.require(room < NODES - ADDRESSES - fields, room + " bytes for attributes");
    return new F2fsInode(number, bytes, superblock, fields, room);
  }

  int mode() throws CorruptImageException {
    return bytes.u16(0);
  }

  long size() throws CorruptImageException {
    return bytes.u63(16);
  }

  boolean isEncrypted() throws CorruptImageException {
    return (bytes.u8(2) & ENCRYPTED) != 0;
  }

  /** How it is compressed; empty: it is not. */
  Optional<String> compression() throws CorruptImageException {
    if ((bytes.i32(80) & COMPRESSED) == 0) {
      return Optional.empty();
    }
    int number = fields > ALGORITHM - ADDRESSES ? bytes.u8(ALGORITHM) : -1;
    return Optional.of(number >= 0 && number < ALGORITHMS.length ? ALGORITHMS[number] : "?");
  }

  /** What of a file or of entries lies in the inode itself; empty: it has blocks. */
  Optional<Bytes> inline() throws CorruptImageException {
    boolean isInline = (bytes.u8(3) & (HAS_DATA | HAS_ENTRIES)) != 0;
    int start = ADDRESSES + fields + 4; // the first address is kept free
    return isInline
        ? Optional.of(bytes.slice(start, NODES - attributeRoom - start))
        : Optional.empty();
  }

  /** How many addresses of blocks it has. */
  int addresses() {
    return (NODES - attributeRoom - ADDRESSES - fields) / 4;
  }

  /** One of these. */
  long address(int index) throws CorruptImageException {
    return bytes.u32(ADDRESSES + fields + index * 4L);
  }

  /** The attributes that lie in it; empty: none. */
  Bytes attributes() throws CorruptImageException {
    boolean hasSome = (bytes.u8(3) & HAS_ATTRIBUTES) != 0;
    return bytes.slice(NODES - attributeRoom, hasSome ? attributeRoom : 0);
  }

  /** The node that has more of them; 0: none. */
  long attributeNode() throws CorruptImageException {
    return bytes.u32(76);
  }

  FileAttributes fileAttributes() throws CorruptImageException {
    int type = mode() & FileAttributes.TYPE;
    boolean isDevice =
        type == FileAttributes.BLOCK_DEVICE || type == FileAttributes.CHARACTER_DEVICE;
    return new FileAttributes(
        0,
        number,
        mode(),
        bytes.u32(12),
        bytes.u32(4),
        bytes.u32(8),
        size(),
        isDevice ? Optional.of(device()) : Optional.empty(),
        time(32, 56),
        time(48, 64),
        time(40, 60),
        created());
  }

  /** As of ext: old numbers in the first address, others in the second one. */
  private Device device() throws CorruptImageException {
    long old = address(0);
    return old != 0 ? new Device(old >> 8 & 0xFF, old & 0xFF) : Device.ofLinux(address(1));
  }

  private Instant time(int seconds, int nanos) throws CorruptImageException {
    return FileAttributes.time(bytes.i64(seconds), bytes.u32(nanos));
  }

  private Optional<Instant> created() throws CorruptImageException {
    return superblock.has(F2fsSuperblock.CREATION_TIME) && fields >= CREATED_END - ADDRESSES
        ? Optional.of(time(CREATED, CREATED + 8))
        : Optional.empty();
  }
}
