package dev.platter.guest.files.squashfs;

import dev.platter.codec.Packing;
import dev.platter.guest.files.Bytes;
import dev.platter.guest.files.FileSystemHead;
import dev.platter.guest.files.FileTree;
import dev.platter.guest.files.Source;
import dev.platter.image.ImageException;
import java.io.IOException;
import java.util.Optional;

/**
 * The super block. Tables are told by their offsets in the volume.
 *
 * @param packing how blocks are compressed, those that are
 * @param ids where the list of the blocks of owners lies
 * @param attributes where the table of extended attributes lies; negative: there is none
 */
public record SquashSuperblock(
    int blockSize,
    Packing packing,
    long fragmentCount,
    int idCount,
    long root,
    long ids,
    long attributes,
    long inodes,
    long directories,
    long fragments) {
  private static final int LENGTH = 96;
  private static final int VERSION = 4;
  private static final int SMALLEST_BLOCK_LOG = 12;
  private static final int LARGEST_BLOCK_LOG = 20;

  /** What a volume's first bytes tell, if it is one. */
  public static Optional<FileSystemHead> identify(Source volume, Bytes head) throws IOException {
    if (!head.has(0, "hsqs")) {
      return Optional.empty();
    }
    if (head.u16(28) < VERSION) {
      return Optional.of(FileSystemHead.unread("squashfs3", "", "", 0));
    }
    return Optional.of(
        new FileSystemHead(
            "squashfs",
            "",
            "",
            Math.max(head.i64(40), 0),
            () -> {
              SquashSuperblock superblock = parse(head.slice(0, LENGTH));
              return new FileTree(new SquashFileSystem(volume, superblock).root());
            }));
  }

  private static SquashSuperblock parse(Bytes bytes) throws ImageException {
    int version = bytes.u16(28);
    if (version != VERSION || bytes.u16(30) != 0) {
      throw bytes.unsupported("squashfs " + version + "." + bytes.u16(30));
    }
    long blockSize = bytes.u32(12);
    int log = bytes.u16(22);
    bytes.require(
        log >= SMALLEST_BLOCK_LOG && log <= LARGEST_BLOCK_LOG && blockSize == 1L << log,
        "blocks of " + blockSize + " bytes, 2^" + log);
    return new SquashSuperblock(
        1 << log,
        packing(bytes),
        bytes.u32(16),
        bytes.u16(26),
        bytes.u63(32),
        bytes.u63(48),
        bytes.i64(56),
        bytes.u63(64),
        bytes.u63(72),
        bytes.i64(80));
  }

  private static Packing packing(Bytes bytes) throws ImageException {
    int number = bytes.u16(20);
    return switch (number) {
      case 1 -> Packing.ZLIB;
      case 2 -> Packing.LZMA;
      case 3 -> Packing.LZO;
      case 4 -> Packing.XZ;
      case 5 -> Packing.LZ4;
      case 6 -> Packing.ZSTD;
      default -> throw bytes.unsupported("compression " + number);
    };
  }
}
