package dev.platter.guest.files.xfs;

import dev.platter.guest.files.ArraySource;
import dev.platter.guest.files.Bytes;
import dev.platter.guest.files.FileAttributes;
import dev.platter.guest.files.Node;
import dev.platter.guest.files.Source;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;

/**
 * Files of XFS. Directories of all forms (in the inode, one block, with leaf, with nodes) keep
 * their entries in data blocks of one layout, which are all that is read of them.
 */
final class XfsFileSystem {
  private static final int LINK_HEADER = 56;
  private static final int DATA_HEADER_V4 = 16;
  private static final int DATA_HEADER_V5 = 64;
  private static final int UNUSED = 0xFFFF;

  /** Where in a directory the hashes begin: no entries from there on. */
  private static final long LEAF_OFFSET = 32L << 30;

  private final Source volume;
  private final XfsSuperblock superblock;

  XfsFileSystem(Source volume, XfsSuperblock superblock) {
    this.volume = volume;
    this.superblock = superblock;
  }

  Node node(long number) throws IOException {
    Bytes bytes = volume.read(superblock.inodeOffset(number), superblock.inodeSize());
    return new Inode(number, XfsInode.parse(bytes));
  }

  private final class Inode extends Node {
    private final long number;
    private final XfsInode inode;
    private Map<String, Long> entries;

    private Inode(long number, XfsInode inode) {
      this.number = number;
      this.inode = inode;
    }

    @Override
    public Kind kind() {
      return Kind.ofMode(inode.mode());
    }

    private String name() {
      return volume.name() + " inode " + number;
    }

    @Override
    public FileAttributes attributes() throws IOException {
      return inode.attributes(number);
    }

    @Override
    public SortedMap<String, byte[]> extendedAttributes() throws IOException {
      return XfsAttributes.all(name(), inode, volume, superblock);
    }

    @Override
    public Source content() throws IOException {
      if (inode.format() == XfsInode.LOCAL) {
        return new ArraySource(name(), inode.fork().array(0, inode.size()), volume.budget());
      }
      XfsExtents blocks = new XfsExtents(name(), inode, volume, superblock);
      boolean hasHeaders = kind() == Kind.LINK && superblock.version() == 5;
      return hasHeaders ? new ArraySource(name(), withoutHeaders(blocks), volume.budget()) : blocks;
    }

    /** Each block of a link that does not fit in its inode begins with a header. */
    private byte[] withoutHeaders(XfsExtents blocks) throws IOException {
      ByteArrayOutputStream target = new ByteArrayOutputStream();
      int room = superblock.blockSize() - LINK_HEADER;
      long size = Math.min(inode.size(), Source.MAX_READ);
      // The blocks take more room than the size of the link tells.
      XfsInode all = inode.withSize((size / room + 1) * superblock.blockSize());
      Source stored = new XfsExtents(name(), all, volume, superblock);
      for (long at = 0; target.size() < size; at += superblock.blockSize()) {
        Bytes block = stored.read(at, superblock.blockSize());
        block.require(block.has(0, "XSLM"), "no block of a link in " + blocks.name());
        target.writeBytes(block.array(LINK_HEADER, Math.min(room, size - target.size())));
      }
      return target.toByteArray();
    }

    @Override
    public Optional<Node> child(String name) throws IOException {
      Long found = entries().get(name);
      return found == null ? Optional.empty() : Optional.of(node(found));
    }

    @Override
    public Set<String> names() throws IOException {
      return entries().keySet();
    }

    private Map<String, Long> entries() throws IOException {
      if (entries == null) {
        Map<String, Long> found = new LinkedHashMap<>();
        if (inode.format() == XfsInode.LOCAL) {
          addShort(inode.fork(), found);
        } else {
          Source content = content();
          int length = superblock.directoryBlockSize();
          for (long at = 0; at < Math.min(content.size(), LEAF_OFFSET); at += length) {
            addBlock(content.readUpTo(at, length).big(), found);
          }
        }
        entries = found;
      }
      return entries;
    }

    private void addShort(Bytes fork, Map<String, Long> found) throws IOException {
      int count = fork.u8(0);
      boolean wide = fork.u8(1) > 0;
      int at = wide ? 10 : 6;
      for (int i = 0; i < count; i++) {
        int length = fork.u8(at);
        int after = at + 3 + length + (superblock.withTypes() ? 1 : 0);
        found.put(fork.name(at + 3, length), wide ? fork.u63(after) : fork.u32(after));
        at = after + (wide ? 8 : 4);
      }
    }

    private void addBlock(Bytes block, Map<String, Long> found) throws IOException {
      boolean single = block.has(0, "XDB3") || block.has(0, "XD2B");
      boolean v5 = block.has(0, "XDB3") || block.has(0, "XDD3");
      if (block.length() < DATA_HEADER_V5 || block.i32(0) == 0) {
        return; // a hole
      }
      block.require(single || v5 || block.has(0, "XD2D"), "no directory block");
      int end = block.length();
      if (single) {
        long hashes = block.u32(end - 8);
        block.require(hashes <= end / 8, hashes + " hashes in a directory block");
        end -= 8 + (int) hashes * 8;
      }
      for (int at = v5 ? DATA_HEADER_V5 : DATA_HEADER_V4; at < end; ) {
        volume.step();
        if (block.u16(at) == UNUSED) {
          int length = block.u16(at + 2);
          block.require(length >= 8, "unused space of " + length + " bytes in a directory block");
          at += length;
        } else {
          int length = block.u8(at + 8);
          block.require(found.size() < MAX_NAMES, "a directory of more than " + MAX_NAMES);
          String name = block.name(at + 9, length);
          if (!Node.isOfEveryDirectory(name)) {
            found.put(name, block.u63(at));
          }
          at += (9 + length + (superblock.withTypes() ? 1 : 0) + 2 + 7) / 8 * 8;
        }
      }
    }
  }
}
