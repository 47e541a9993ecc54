package dev.platter.guest.files.btrfs;

import dev.platter.guest.files.Bytes;
import dev.platter.guest.files.FileSystemHead;
import dev.platter.guest.files.FileTree;
import dev.platter.guest.files.Source;
import dev.platter.image.CorruptImageException;
import dev.platter.image.Fault;
import java.io.IOException;
import java.util.Optional;

/**
 * The super block of btrfs (btrfs documentation, "On-disk format").
 *
 * @param root the logical address of the tree of tree roots
 * @param chunkRoot that of the tree that tells where logical addresses lie
 * @param deviceId which of the file system's devices this is
 * @param systemChunks the chunks that hold the chunk tree: keys and items
 */
public record BtrfsSuperblock(
    String uuid,
    String label,
    long size,
    long root,
    int rootLevel,
    long chunkRoot,
    int chunkRootLevel,
    long devices,
    long deviceId,
    int sectorSize,
    int nodeSize,
    long incompatible,
    Bytes systemChunks) {
  static final int OFFSET = 1 << 16;
  static final int LENGTH = 4096;

  private static final String MAGIC = "_BHRfS_M";
  private static final int LABEL = 299;
  private static final int SYSTEM_CHUNKS = 811;
  private static final int SYSTEM_CHUNKS_LENGTH = 2048;

  /** Up to SIMPLE_QUOTA, without EXTENT_TREE_V2 (bit 13) and RAID_STRIPE_TREE (bit 14). */
  private static final long INCOMPAT_KNOWN = 0x11FFF;

  static BtrfsSuperblock parse(Bytes bytes) throws CorruptImageException {
    long nodeSize = bytes.u32(148);
    long sectorSize = bytes.u32(144);
    bytes.require(
        nodeSize >= 4096 && nodeSize <= 1 << 16 && Long.bitCount(nodeSize) == 1,
        "nodes of " + nodeSize + " bytes");
    bytes.require(
        sectorSize >= 512 && sectorSize <= 1 << 16 && Long.bitCount(sectorSize) == 1,
        "sectors of " + sectorSize + " bytes");
    long chunkBytes = bytes.u32(160);
    bytes.require(chunkBytes <= SYSTEM_CHUNKS_LENGTH, chunkBytes + " bytes of system chunks");
    return new BtrfsSuperblock(
        bytes.uuid(32),
        bytes.text(LABEL, 256),
        bytes.u63(112),
        bytes.i64(80),
        bytes.u8(198),
        bytes.i64(88),
        bytes.u8(199),
        bytes.i64(136),
        bytes.i64(201),
        (int) sectorSize,
        (int) nodeSize,
        bytes.i64(188),
        bytes.slice(SYSTEM_CHUNKS, chunkBytes));
  }

  /** Refuses what its trees could not be read with. */
  void requireReadable(Source volume) throws IOException {
    long unknown = incompatible & ~INCOMPAT_KNOWN;
    if (unknown != 0) {
      throw Fault.on(volume.name())
          .unsupported("incompatible features 0x" + Long.toHexString(unknown) + " of btrfs");
    }
  }

  /** What a volume tells, if it is one of these. */
  public static Optional<FileSystemHead> identify(Source volume) throws IOException {
    Bytes bytes = volume.readUpTo(OFFSET, LENGTH);
    if (!bytes.has(64, MAGIC)) {
      return Optional.empty();
    }
    BtrfsSuperblock superblock = parse(bytes);
    FileSystemHead.Opener opener =
        () -> {
          superblock.requireReadable(volume);
          return new FileTree(BtrfsFileSystem.open(volume, superblock).root());
        };
    return Optional.of(
        new FileSystemHead("btrfs", superblock.label, superblock.uuid, superblock.size, opener));
  }
}
