package dev.platter.guest.files.erofs;

import dev.platter.guest.files.Bytes;
import dev.platter.guest.files.FileAttributes;
import dev.platter.guest.files.FileSystemHead;
import dev.platter.guest.files.FileTree;
import dev.platter.guest.files.Source;
import dev.platter.image.ImageException;
import java.io.IOException;
import java.time.Instant;
import java.util.Optional;

/**
 * The super block.
 *
 * @param blockLog how large blocks are, as a power of two
 * @param built when it was made: of all files that do not say when
 * @param features those that must be known, {@link #FRAGMENTS} and others
 * @param inodes where inode 0 lies, bytes
 * @param sharedAttributes where the attributes that inodes share lie, bytes
 * @param packed the inode that holds ends of files; 0: there is none
 */
public record ErofsSuperblock(
    int blockLog,
    long root,
    Instant built,
    int features,
    long inodes,
    long sharedAttributes,
    int prefixes,
    long prefixesAt,
    long packed) {
  /** Compressed data lies at the end of its blocks, behind zeros. */
  static final int ZERO_PADDING = 0x01;

  /** Both: ends of files in one place, and blocks that several files share. */
  static final int FRAGMENTS = 0x20;

  static final int PREFIXES = 0x40;

  static final int PLACE = 1024;
  private static final int LENGTH = 128;
  private static final int MAGIC = 0xE0F5E1E2;

  /** All up to long prefixes of names; 48-bit addresses and metadata boxes are newer. */
  private static final int KNOWN = 0x7F;

  static final int SLOT = 32;
  private static final int SMALLEST_BLOCK_LOG = 9;
  private static final int LARGEST_BLOCK_LOG = 16;

  /** What a volume's first bytes tell, if it is one. */
  public static Optional<FileSystemHead> identify(Source volume, Bytes head) throws IOException {
    if (head.length() < PLACE + LENGTH || head.i32(PLACE) != MAGIC) {
      return Optional.empty();
    }
    Bytes bytes = head.slice(PLACE, LENGTH);
    int blockLog = bytes.u8(12);
    bytes.require(
        blockLog >= SMALLEST_BLOCK_LOG && blockLog <= LARGEST_BLOCK_LOG,
        "blocks of 2^" + blockLog + " bytes");
    return Optional.of(
        new FileSystemHead(
            "erofs",
            bytes.text(64, 16),
            bytes.uuid(48),
            bytes.u32(36) << blockLog,
            () -> {
              ErofsSuperblock superblock = parse(bytes, blockLog);
              ErofsFileSystem files = new ErofsFileSystem(volume, superblock);
              return new FileTree(files.root());
            }));
  }

  private static ErofsSuperblock parse(Bytes bytes, int blockLog) throws ImageException {
    int features = bytes.i32(80);
    if ((features & ~KNOWN) != 0) {
      throw bytes.unsupported("features 0x" + Integer.toHexString(features & ~KNOWN));
    }
    if (bytes.u8(90) != 0) {
      throw bytes.unsupported("blocks of directories of another size");
    }
    return new ErofsSuperblock(
        blockLog,
        bytes.u16(14),
        FileAttributes.time(bytes.i64(24), bytes.u32(32)),
        features,
        bytes.u32(40) << blockLog,
        bytes.u32(44) << blockLog,
        bytes.u8(91),
        bytes.u32(92) * Integer.BYTES,
        bytes.i64(96));
  }

  int blockSize() {
    return 1 << blockLog;
  }

  boolean has(int feature) {
    return (features & feature) != 0;
  }
}
