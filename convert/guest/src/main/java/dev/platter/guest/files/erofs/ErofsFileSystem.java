package dev.platter.guest.files.erofs;

import dev.platter.guest.files.ArraySource;
import dev.platter.guest.files.Bytes;
import dev.platter.guest.files.FileAttributes;
import dev.platter.guest.files.Node;
import dev.platter.guest.files.Source;
import dev.platter.image.Fault;
import java.io.IOException;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;

/** Files of EROFS. */
final class ErofsFileSystem {
  private static final int ENTRY = 12;

  private final Source volume;
  private final ErofsSuperblock superblock;
  private final ErofsAttributes extended;
  private Source packed;

  ErofsFileSystem(Source volume, ErofsSuperblock superblock) {
    this.volume = volume;
    this.superblock = superblock;
    this.extended = new ErofsAttributes(volume, superblock);
  }

  Node root() throws IOException {
    return node(superblock.root());
  }

  private Inode node(long number) throws IOException {
    return new Inode(ErofsInode.read(volume, superblock, number));
  }

  /** Where the ends of files lie that have none of their own. */
  private Source packed() throws IOException {
    if (packed == null) {
      if (superblock.packed() <= 0) {
        throw Fault.on(volume.name()).corrupt("no inode has the ends of files");
      }
      packed = node(superblock.packed()).content();
    }
    return packed;
  }

  private Source packedInItself() throws IOException {
    throw Fault.on(volume.name()).corrupt("what has the ends of files has its own among them");
  }

  private Source prefixes() throws IOException {
    return superblock.has(ErofsSuperblock.FRAGMENTS) && superblock.packed() > 0 ? packed() : volume;
  }

  private final class Inode extends Node {
    private final ErofsInode inode;
    private Map<String, Long> entries;

    private Inode(ErofsInode inode) {
      this.inode = inode;
    }

    @Override
    public Kind kind() {
      return Kind.ofMode(inode.attributes().mode());
    }

    private String name() {
      return volume.name() + " inode " + inode.number();
    }

    @Override
    public FileAttributes attributes() {
      return inode.attributes();
    }

    @Override
    public SortedMap<String, byte[]> extendedAttributes() throws IOException {
      return extended.all(inode, ErofsFileSystem.this::prefixes);
    }

    @Override
    public Source content() throws IOException {
      if (inode.size() == 0) {
        return new ArraySource(name(), new byte[0], volume.budget());
      }
      if (!inode.isCompressed()) {
        return new ErofsPlain(name(), volume, superblock, inode);
      }
      boolean isPacked = inode.number() == superblock.packed();
      return new ErofsCompressed(
          name(),
          volume,
          superblock,
          inode,
          isPacked ? ErofsFileSystem.this::packedInItself : ErofsFileSystem.this::packed);
    }

    @Override
    public Optional<Node> child(String name) throws IOException {
      Long found = entries().get(name);
      return found == null ? Optional.empty() : Optional.of(node(found));
    }

    @Override
    public Set<String> names() throws IOException {
      return Collections.unmodifiableSet(entries().keySet());
    }

    private Map<String, Long> entries() throws IOException {
      if (entries == null) {
        Map<String, Long> found = new LinkedHashMap<>();
        Source content = content();
        int block = superblock.blockSize();
        for (long at = 0; at < content.size(); at += block) {
          addEntries(content.readUpTo(at, block), found);
        }
        entries = found;
      }
      return entries;
    }

    /** Entries of one block, and behind them their names, each up to the next one. */
    private void addEntries(Bytes block, Map<String, Long> found) throws IOException {
      int first = block.u16(8);
      block.require(
          first >= ENTRY && first % ENTRY == 0 && first <= block.length(),
          "names of a directory at " + first);
      for (int at = 0; at < first; at += ENTRY) {
        volume.step();
        int start = block.u16(at + 8L);
        boolean isLast = at + ENTRY == first;
        int end = isLast ? block.length() : block.u16(at + ENTRY + 8L);
        block.require(
            start >= first && start < end && end <= block.length(),
            "a name from " + start + " to " + end);
        byte[] stored = block.array(start, end - start);
        int length = 0;
        while (length < stored.length && stored[length] != 0) {
          length++;
        }
        String name = block.name(start, length);
        block.require(
            length > 0 && found.size() < MAX_NAMES,
            "a directory of too many names, or an empty one");
        if (!Node.isOfEveryDirectory(name)) {
          found.putIfAbsent(name, block.i64(at));
        }
      }
    }
  }
}
