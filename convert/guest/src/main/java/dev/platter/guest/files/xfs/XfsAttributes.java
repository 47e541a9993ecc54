package dev.platter.guest.files.xfs;

import dev.platter.guest.files.Bytes;
import dev.platter.guest.files.Node;
import dev.platter.guest.files.PosixAcl;
import dev.platter.guest.files.Source;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The extended attributes of one inode ("XFS Algorithms and Data Structures", chapter 19): in the
 * inode, or in blocks, of which the leaves are all that is read, in no order of hashes.
 */
final class XfsAttributes {
  private static final int LEAF_V4 = 0xFBEE;
  private static final int LEAF_V5 = 0x3BEE;
  private static final int MAGIC = 8;
  private static final int HEADER_V4 = 32;
  private static final int HEADER_V5 = 80;
  private static final int INFO_V4 = 12;
  private static final int INFO_V5 = 56;
  private static final int ENTRY = 8;
  private static final int REMOTE_HEADER = 56;
  private static final int LOCAL = 1;
  private static final int ROOT = 2;
  private static final int SECURE = 4;

  /** The parents of an inode, which are kept as attributes, and what is not whole yet. */
  private static final int NOT_SHOWN = 0x88;

  private static final String ACCESS = "SGI_ACL_FILE";
  private static final String DEFAULT = "SGI_ACL_DEFAULT";

  /** Far more than all attributes of an inode may be. */
  private static final long ROOM = 1L << 28;

  private final XfsSuperblock superblock;
  private final SortedMap<String, byte[]> all = new TreeMap<>();

  private XfsAttributes(XfsSuperblock superblock) {
    this.superblock = superblock;
  }

  static SortedMap<String, byte[]> all(
      String name, XfsInode inode, Source volume, XfsSuperblock superblock) throws IOException {
    XfsAttributes attributes = new XfsAttributes(superblock);
    Optional<XfsInode> fork = inode.attributeFork(ROOM);
    if (fork.isPresent()) {
      if (fork.get().format() == XfsInode.LOCAL) {
        attributes.addShort(fork.get().fork());
      } else {
        attributes.addLeaves(new XfsExtents(name, fork.get(), volume, superblock));
      }
    }
    return attributes.all;
  }

  private void addShort(Bytes fork) throws IOException {
    int count = fork.u8(2);
    int at = 4;
    for (int i = 0; i < count; i++) {
      int nameLength = fork.u8(at);
      int valueLength = fork.u8(at + 1);
      String name = fork.name(at + 3, nameLength);
      add(fork.u8(at + 2), name, fork.array(at + 3L + nameLength, valueLength));
      at += 3 + nameLength + valueLength;
    }
  }

  private void addLeaves(Source blocks) throws IOException {
    int size = superblock.blockSize();
    for (long at = 0; at < blocks.size(); ) {
      Source.Run run = blocks.runAt(at);
      if (run.zeros()) {
        at += Math.max(run.length() / size, 1) * size;
        continue;
      }
      Bytes block = blocks.read(at, size).big();
      int magic = block.u16(MAGIC);
      if (magic == LEAF_V4 || magic == LEAF_V5) {
        addLeaf(block, magic == LEAF_V5, blocks);
      }
      at += size;
    }
  }

  private void addLeaf(Bytes block, boolean v5, Source blocks) throws IOException {
    int count = block.u16(v5 ? INFO_V5 : INFO_V4);
    int header = v5 ? HEADER_V5 : HEADER_V4;
    for (int i = 0; i < count; i++) {
      blocks.step();
      int entry = header + i * ENTRY;
      int at = block.u16(entry + 4);
      int flags = block.u8(entry + 6);
      if ((flags & NOT_SHOWN) != 0) {
        continue;
      }
      if ((flags & LOCAL) != 0) {
        int nameLength = block.u8(at + 2);
        byte[] value = block.array(at + 3L + nameLength, block.u16(at));
        add(flags, block.name(at + 3, nameLength), value);
      } else {
        long length = block.u32(at + 4);
        block.require(
            length <= Node.MAX_ATTRIBUTE, "an extended attribute of " + length + " bytes");
        add(
            flags,
            block.name(at + 9, block.u8(at + 8)),
            remote(blocks, block.u32(at), (int) length, v5));
      }
    }
  }

  /** Version 5 puts a header into each block. */
  private byte[] remote(Source blocks, long first, int length, boolean v5) throws IOException {
    int header = v5 ? REMOTE_HEADER : 0;
    ByteArrayOutputStream value = new ByteArrayOutputStream();
    for (long at = first * superblock.blockSize();
        value.size() < length;
        at += superblock.blockSize()) {
      Bytes block = blocks.read(at, superblock.blockSize());
      block.require(!v5 || block.has(0, "XARM"), "no block of an extended attribute");
      int left = length - value.size();
      value.writeBytes(block.array(header, Math.min(left, superblock.blockSize() - header)));
    }
    return value.toByteArray();
  }

  private void add(int flags, String name, byte[] value) throws IOException {
    if ((flags & NOT_SHOWN) != 0) {
      return;
    }
    boolean ofRoot = (flags & ROOT) != 0;
    if (ofRoot && (name.equals(ACCESS) || name.equals(DEFAULT))) {
      all.put(name.equals(ACCESS) ? PosixAcl.ACCESS : PosixAcl.DEFAULT, PosixAcl.ofXfs(value));
    } else {
      String prefix = ofRoot ? "trusted." : (flags & SECURE) != 0 ? "security." : "user.";
      all.put(prefix + name, value);
    }
  }
}
