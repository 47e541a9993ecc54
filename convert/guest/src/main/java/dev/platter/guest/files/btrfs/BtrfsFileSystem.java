package dev.platter.guest.files.btrfs;

import dev.platter.guest.files.Bytes;
import dev.platter.guest.files.FileAttributes;
import dev.platter.guest.files.Node;
import dev.platter.guest.files.Source;
import dev.platter.image.Fault;
import java.io.IOException;
import java.time.Instant;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Files of btrfs, beginning at the default subvolume; the others are directories where they are
 * linked. The log tree is not replayed: what it holds was not yet there when the disk was saved.
 */
final class BtrfsFileSystem {
  private static final int INODE_ITEM = 1;
  private static final int XATTR_ITEM = 24;
  private static final int DIR_ITEM = 84;
  private static final int DIR_INDEX = 96;
  private static final int EXTENT_DATA = 108;
  private static final int ROOT_ITEM = 132;
  private static final long FS_TREE = 5;
  private static final long ROOT_TREE_DIR = 6;
  private static final long CHUNK_TREE_OBJECT = 256;
  private static final long ROOT_DIRECTORY = 256;
  private static final int MAX_EXTENTS = 1 << 20;
  private static final int MAX_ATTRIBUTES = 1 << 12;
  private static final int ACCESSED = 112;
  private static final int CHANGED = 124;
  private static final int MODIFIED = 136;
  private static final int CREATED = 148;

  /** How Linux packs the numbers of a device. */
  private static final int MINOR_BITS = 20;

  private static final long MINOR = (1L << MINOR_BITS) - 1;

  /** What btrfs keeps for itself, such as which compression a file wants. */
  private static final String INTERNAL = "btrfs.";

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
        .chunkTree()
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
    return new BtrfsTree(chunks, superblock.nodeSize(), logical, level, false);
  }

  /** The tree that tells where logical addresses lie. */
  BtrfsTree chunkTree() {
    return tree(superblock.chunkRoot(), superblock.chunkRootLevel());
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

  /** The tree of that number: a subvolume, or one of the file system's own. */
  BtrfsTree subvolume(long number) throws IOException {
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
                found[0] = new Inode(subvolume, number, item);
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
    private final Bytes item;
    private Map<String, BtrfsKey> entries;

    private Inode(long subvolume, long number, Bytes item) throws IOException {
      this.subvolume = subvolume;
      this.number = number;
      this.mode = item.i32(52);
      this.size = item.u63(16);
      this.item = item;
    }

    @Override
    public FileAttributes attributes() throws IOException {
      int type = mode & FileAttributes.TYPE;
      boolean isDevice =
          type == FileAttributes.BLOCK_DEVICE || type == FileAttributes.CHARACTER_DEVICE;
      long device = item.i64(56);
      return new FileAttributes(
          subvolume,
          number,
          mode & 0xFFFF,
          item.u32(40),
          item.u32(44),
          item.u32(48),
          size,
          isDevice
              ? Optional.of(new FileAttributes.Device(device >>> MINOR_BITS, device & MINOR))
              : Optional.empty(),
          time(ACCESSED),
          time(MODIFIED),
          time(CHANGED),
          Optional.of(time(CREATED)));
    }

    private Instant time(int at) throws IOException {
      return FileAttributes.time(item.i64(at), item.u32(at + 8));
    }

    @Override
    public SortedMap<String, byte[]> extendedAttributes() throws IOException {
      SortedMap<String, byte[]> all = new TreeMap<>();
      subvolume(subvolume)
          .scan(
              new BtrfsKey(number, XATTR_ITEM, 0),
              (key, found) -> {
                if (!key.isOf(number, XATTR_ITEM)) {
                  return false;
                }
                for (int at = 0; at < found.length(); ) { // names with one hash share an item
                  int data = found.u16(at + 25);
                  int name = found.u16(at + 27);
                  found.require(all.size() < MAX_ATTRIBUTES, "too many extended attributes");
                  String text = found.name(at + 30, name);
                  if (!text.startsWith(INTERNAL)) {
                    all.put(text, found.array(at + 30L + name, data));
                  }
                  at += 30 + name + data;
                }
                return true;
              });
      return all;
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
