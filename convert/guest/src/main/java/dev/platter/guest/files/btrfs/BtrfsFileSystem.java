package dev.platter.guest.files.btrfs;

import dev.platter.guest.files.Node;
import dev.platter.guest.files.Source;
import dev.platter.image.Fault;
import java.io.IOException;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Files of btrfs, beginning at the default subvolume; the others are directories where they are
 * linked. The log tree is not replayed: what it holds was not yet there when the disk was saved.
 */
final class BtrfsFileSystem {
  private static final int INODE_ITEM = 1;
  private static final int DIR_ITEM = 84;
  private static final int DIR_INDEX = 96;
  private static final int EXTENT_DATA = 108;
  private static final int ROOT_ITEM = 132;
  private static final long FS_TREE = 5;
  private static final long ROOT_TREE_DIR = 6;
  private static final long CHUNK_TREE_OBJECT = 256;
  private static final long ROOT_DIRECTORY = 256;
  private static final int MAX_EXTENTS = 1 << 16;

  private final Source volume;
  private final BtrfsSuperblock superblock;
  private final BtrfsChunks chunks;
  private final BtrfsTree roots;
  private final Map<Long, BtrfsTree> subvolumes = new HashMap<>();

  private BtrfsFileSystem(Source volume, BtrfsSuperblock superblock) throws IOException {
    this.volume = volume;
    this.superblock = superblock;
    this.chunks = new BtrfsChunks(volume, superblock);
    this.roots = tree(superblock.root(), superblock.rootLevel());
  }

  static BtrfsFileSystem open(Source volume, BtrfsSuperblock superblock) throws IOException {
    BtrfsFileSystem files = new BtrfsFileSystem(volume, superblock);
    files
        .tree(superblock.chunkRoot(), superblock.chunkRootLevel())
        .scan(
            new BtrfsKey(CHUNK_TREE_OBJECT, BtrfsChunks.CHUNK_ITEM, 0),
            (key, item) -> {
              boolean isChunk = key.isOf(CHUNK_TREE_OBJECT, BtrfsChunks.CHUNK_ITEM);
              if (isChunk) {
                files.chunks.add(key, item);
              }
              return isChunk;
            });
    return files;
  }

  private BtrfsTree tree(long logical, int level) {
    return new BtrfsTree(chunks, superblock.nodeSize(), logical, level);
  }

  /** The root directory of the default subvolume. */
  Node root() throws IOException {
    Map<String, BtrfsKey> names = names(roots, ROOT_TREE_DIR, DIR_ITEM);
    BtrfsKey chosen = names.getOrDefault("default", new BtrfsKey(FS_TREE, ROOT_ITEM, -1));
    return node(FS_TREE, chosen);
  }

  /** What a directory entry leads to: an inode of the same subvolume, or the root of another. */
  private Node node(long subvolume, BtrfsKey location) throws IOException {
    if (location.type() == ROOT_ITEM) {
      return inode(location.objectId(), ROOT_DIRECTORY);
    }
    return inode(subvolume, location.objectId());
  }

  private BtrfsTree subvolume(long number) throws IOException {
    BtrfsTree known = subvolumes.get(number);
    if (known != null) {
      return known;
    }
    BtrfsTree[] found = new BtrfsTree[1];
    roots.scan(
        new BtrfsKey(number, ROOT_ITEM, 0),
        (key, item) -> {
          boolean isRoot = key.isOf(number, ROOT_ITEM);
          if (isRoot) {
            found[0] = tree(item.i64(176), item.u8(238));
          }
          return isRoot;
        });
    if (found[0] == null) {
      throw Fault.on(volume.name()).corrupt("no tree of subvolume " + number);
    }
    subvolumes.put(number, found[0]);
    return found[0];
  }

  private Inode inode(long subvolume, long number) throws IOException {
    Inode[] found = new Inode[1];
    subvolume(subvolume)
        .scan(
            new BtrfsKey(number, INODE_ITEM, 0),
            (key, item) -> {
              if (key.isOf(number, INODE_ITEM)) {
                found[0] = new Inode(subvolume, number, item.i32(52), item.u63(16));
              }
              return false;
            });
    if (found[0] == null) {
      throw Fault.on(volume.name()).corrupt("no inode " + number + " in subvolume " + subvolume);
    }
    return found[0];
  }

  /** The entries of a directory, and where each leads. */
  private Map<String, BtrfsKey> names(BtrfsTree tree, long directory, int type) throws IOException {
    Map<String, BtrfsKey> names = new LinkedHashMap<>();
    tree.scan(
        new BtrfsKey(directory, type, 0),
        (key, item) -> {
          if (!key.isOf(directory, type)) {
            return false;
          }
          for (int at = 0; at < item.length(); ) { // names with one hash share an item
            int data = item.u16(at + 25);
            int name = item.u16(at + 27);
            item.require(names.size() < Node.MAX_NAMES, "a directory of too many names");
            names.put(item.name(at + 30, name), BtrfsKey.parse(item, at));
            at += 30 + name + data;
          }
          return true;
        });
    return names;
  }

  private final class Inode extends Node {
    private final long subvolume;
    private final long number;
    private final int mode;
    private final long size;
    private Map<String, BtrfsKey> entries;

    private Inode(long subvolume, long number, int mode, long size) {
      this.subvolume = subvolume;
      this.number = number;
      this.mode = mode;
      this.size = size;
    }

    @Override
    public Kind kind() {
      return Kind.ofMode(mode);
    }

    @Override
    public Optional<Node> child(String name) throws IOException {
      BtrfsKey location = entries().get(name);
      return location == null ? Optional.empty() : Optional.of(node(subvolume, location));
    }

    @Override
    public Set<String> names() throws IOException {
      return entries().keySet();
    }

    private Map<String, BtrfsKey> entries() throws IOException {
      if (entries == null) {
        entries = BtrfsFileSystem.this.names(subvolume(subvolume), number, DIR_INDEX);
      }
      return entries;
    }

    @Override
    public Source content() throws IOException {
      String name = volume.name() + " inode " + number + " of subvolume " + subvolume;
      BtrfsFile file = new BtrfsFile(name, size, chunks, superblock.sectorSize());
      subvolume(subvolume)
          .scan(
              new BtrfsKey(number, EXTENT_DATA, 0),
              (key, item) -> {
                boolean isExtent = key.isOf(number, EXTENT_DATA);
                if (isExtent) {
                  item.require(file.extents() < MAX_EXTENTS, "a file of too many extents");
                  file.add(key.offset(), item);
                }
                return isExtent;
              });
      return file;
    }
  }
}
