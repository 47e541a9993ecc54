package dev.platter.guest.files.f2fs;

import dev.platter.guest.files.Bytes;
import dev.platter.guest.files.FileSystemHead;
import dev.platter.guest.files.FileTree;
import dev.platter.guest.files.Source;
import dev.platter.image.ImageException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * The super block. Addresses and counts are in blocks of 4 KiB.
 *
 * @param segmentLog how many blocks a segment has, as a power of two
 * @param filesAt where blocks of files and nodes begin
 * @param payload how many blocks of a checkpoint its maps have behind its first one
 */
public record F2fsSuperblock(
    long blocks,
    int segmentLog,
    long checkpoint,
    long nodeTable,
    long nodeTableSegments,
    long filesAt,
    long root,
    long payload,
    int features) {
  static final int BLOCK_LOG = 12;
  static final int BLOCK = 1 << BLOCK_LOG;
  static final int MAGIC = 0xF2F52010;

  /** Fields of inodes beside those that all have. */
  static final int EXTRA_ATTRIBUTES = 0x8;

  /** Each inode says how much room it has for attributes. */
  static final int FLEXIBLE_ATTRIBUTES = 0x40;

  static final int CREATION_TIME = 0x100;

  private static final int PLACE = 1024;
  private static final int LENGTH = 3072;
  private static final int LARGEST_SEGMENT_LOG = 12;
  private static final int DEVICES = 2201;

  /** Up to the one that says that it is written once. */
  private static final int KNOWN = 0x7FFF;

  /** What a volume's first bytes tell, if it is one. */
  public static Optional<FileSystemHead> identify(Source volume, Bytes head) throws IOException {
    if (head.length() < PLACE + LENGTH || head.i32(PLACE) != MAGIC) {
      return Optional.empty();
    }
    Bytes bytes = head.slice(PLACE, LENGTH);
    long blocks = bytes.i64(36);
    long log = Math.min(bytes.u32(16), 30);
    return Optional.of(
        new FileSystemHead(
            "f2fs",
            bytes.text(124, 1024, StandardCharsets.UTF_16LE),
            bytes.uuid(108),
            blocks < 0 || blocks > Long.MAX_VALUE >> log ? 0 : blocks << log,
            () -> new FileTree(F2fsFileSystem.open(volume, parse(bytes)))));
  }

  private static F2fsSuperblock parse(Bytes bytes) throws ImageException {
    if (bytes.u32(16) != BLOCK_LOG) {
      throw bytes.unsupported("blocks of 2^" + bytes.u32(16) + " bytes");
    }
    int features = bytes.i32(2180);
    if ((features & ~KNOWN) != 0) {
      throw bytes.unsupported("features 0x" + Integer.toHexString(features & ~KNOWN));
    }
    if (bytes.u8(DEVICES) != 0) {
      throw bytes.unsupported("on several devices");
    }
    long segmentLog = bytes.u32(20);
    bytes.require(segmentLog <= LARGEST_SEGMENT_LOG, "segments of 2^" + segmentLog + " blocks");
    long blocks = bytes.u63(36);
    bytes.require(blocks <= 1L << 32, blocks + " blocks");
    return new F2fsSuperblock(
        blocks,
        (int) segmentLog,
        bytes.u32(76),
        bytes.u32(84),
        bytes.u32(60),
        bytes.u32(92),
        bytes.u32(96),
        bytes.u32(1664),
        features);
  }

  boolean has(int feature) {
    return (features & feature) != 0;
  }
}
