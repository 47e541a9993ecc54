package dev.platter.guest.files.f2fs;

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

/**
 * Files of F2FS. What was written since the last checkpoint is not there yet, as with file systems
 * whose journal waits.
 */
final class F2fsFileSystem {
  private static final int BLOCK = F2fsSuperblock.BLOCK;
  private static final int ENTRY = 11;
  private static final int SLOT = 8; // characters of a name that one entry has room for

  private final Source volume;
  private final F2fsSuperblock superblock;
  private final F2fsNodes nodes;

  private F2fsFileSystem(Source volume, F2fsSuperblock superblock, F2fsNodes nodes) {
    this.volume = volume;
    this.superblock = superblock;
    this.nodes = nodes;
  }

  /** The root directory. */
  static Node open(Source volume, F2fsSuperblock superblock) throws IOException {
    F2fsNodes nodes = F2fsNodes.open(volume, superblock);
    return new F2fsFileSystem(volume, superblock, nodes).node(superblock.root());
  }

  private Node node(long number) throws IOException {
    return new Inode(F2fsInode.parse(number, nodes.node(number), superblock));
  }

  private final class Inode extends Node {
    private final F2fsInode inode;
    private final Kind kind;
    private Map<String, Long> entries;

    private Inode(F2fsInode inode) throws IOException {
      this.inode = inode;
      this.kind = Kind.ofMode(inode.mode());
    }

    @Override
    public Kind kind() {
      return kind;
    }

    private String name() {
      return volume.name() + " inode " + inode.number();
    }

    @Override
    public FileAttributes attributes() throws IOException {
      return inode.fileAttributes();
    }

    @Override
    public SortedMap<String, byte[]> extendedAttributes() throws IOException {
      long more = inode.attributeNode();
      return F2fsAttributes.all(
          inode.attributes(), more == 0 ? Optional.empty() : Optional.of(nodes.node(more)));
    }

    private void requirePlain() throws IOException {
      if (inode.isEncrypted()) {
        throw Fault.on(name()).unsupported("encrypted");
      }
      Optional<String> compression = inode.compression();
      if (kind == Kind.FILE && compression.isPresent()) {
        throw Fault.on(name()).unsupported("compressed with " + compression.get());
      }
    }

    @Override
    public Source content() throws IOException {
      requirePlain();
      Optional<Bytes> inline = inode.inline();
      return inline.isPresent() && kind != Kind.DIRECTORY
          ? new ArraySource(name(), inline.get().array(0, inode.size()), volume.budget())
          : new F2fsFile(name(), inode.size(), volume, nodes, inode);
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
        requirePlain();
        Map<String, Long> found = new LinkedHashMap<>();
        Optional<Bytes> inline = inode.inline();
        if (inline.isPresent()) {
          addEntries(inline.get(), found);
        } else {
          addBlocks(content(), found);
        }
        entries = found;
      }
      return entries;
    }

    /** Directories have holes, where hashes of names would lead. */
    private void addBlocks(Source content, Map<String, Long> found) throws IOException {
      for (long at = 0; at < content.size(); ) {
        Source.Run run = content.runAt(at);
        long end = at + run.length();
        for (long block = at; block < end && !run.zeros(); block += BLOCK) {
          addEntries(content.readUpTo(block, BLOCK), found);
        }
        at = end;
      }
    }

    /**
     * Entries of a block, or of what an inode has room for: a map of those in use, the entries, and
     * places for their names, of which an entry may take several.
     */
    private void addEntries(Bytes block, Map<String, Long> found) throws IOException {
      int count = block.length() * 8 / ((ENTRY + SLOT) * 8 + 1);
      int names = block.length() - count * SLOT;
      int first = names - count * ENTRY;
      for (int i = 0; i < count; ) {
        volume.step();
        if ((block.u8(i / 8) >> i % 8 & 1) == 0) {
          i++;
          continue;
        }
        Bytes entry = block.slice(first + i * (long) ENTRY, ENTRY);
        int length = entry.u16(8);
        entry.require(
            length > 0 && length <= (count - i) * SLOT && found.size() < MAX_NAMES,
            "a name of " + length + " bytes, or too many of them");
        String name = block.name(names + i * (long) SLOT, length);
        if (!Node.isOfEveryDirectory(name)) {
          found.putIfAbsent(name, entry.u32(4));
        }
        i += (length + SLOT - 1) / SLOT;
      }
    }
  }
}
