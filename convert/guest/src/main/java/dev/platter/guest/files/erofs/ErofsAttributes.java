package dev.platter.guest.files.erofs;

import dev.platter.guest.files.Bytes;
import dev.platter.guest.files.Node;
import dev.platter.guest.files.PosixAcl;
import dev.platter.guest.files.Source;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/** Extended attributes: some in the inode, others shared with other inodes. */
final class ErofsAttributes {
  private static final int HEADER = 12;
  private static final int ENTRY = 4;
  private static final int LONG_PREFIX = 0x80;

  /** What names begin with, by the number that is stored for it; null: shown to nobody. */
  private static final String[] PREFIXES = {
    null, "user.", PosixAcl.ACCESS, PosixAcl.DEFAULT, "trusted.", "lustre.", "security."
  };

  private final Source volume;
  private final ErofsSuperblock superblock;
  private final List<String> longPrefixes = new ArrayList<>();
  private boolean hasPrefixes;

  ErofsAttributes(Source volume, ErofsSuperblock superblock) {
    this.volume = volume;
    this.superblock = superblock;
  }

  /**
   * All of an inode.
   *
   * @param packed opens what long prefixes lie in, where there are some
   */
  SortedMap<String, byte[]> all(ErofsInode inode, Opener packed) throws IOException {
    SortedMap<String, byte[]> all = new TreeMap<>();
    if (inode.attributesLength() == 0) {
      return all;
    }
    if (superblock.has(ErofsSuperblock.PREFIXES) && !hasPrefixes) {
      readPrefixes(packed.open());
    }
    Bytes own = volume.read(inode.attributesPlace(), inode.attributesLength());
    int shared = own.u8(4);
    for (int i = 0; i < shared; i++) {
      long at = superblock.sharedAttributes() + own.u32(HEADER + i * 4L) * 4;
      Bytes entry = volume.read(at, ENTRY);
      add(volume.read(at, ENTRY + entry.u8(0) + entry.u16(2)), all);
    }
    for (int at = HEADER + shared * 4; at + ENTRY <= own.length(); ) {
      volume.step();
      Bytes entry = own.from(at);
      int length = ENTRY + entry.u8(0) + entry.u16(2);
      add(entry.slice(0, length), all);
      at += (length + 3) / 4 * 4;
    }
    return all;
  }

  /** Opens something. */
  interface Opener {
    Source open() throws IOException;
  }

  private void add(Bytes entry, SortedMap<String, byte[]> all) throws IOException {
    int nameLength = entry.u8(0);
    int number = entry.u8(1);
    String prefix = null;
    if ((number & LONG_PREFIX) != 0) {
      int index = number - LONG_PREFIX;
      entry.require(index < longPrefixes.size(), "prefix " + index + " of " + longPrefixes.size());
      prefix = longPrefixes.get(index);
    } else if (number < PREFIXES.length) {
      prefix = PREFIXES[number];
    }
    if (prefix != null) {
      String name = prefix + entry.name(ENTRY, nameLength);
      int length = entry.u16(2);
      entry.require(length <= Node.MAX_ATTRIBUTE, "an attribute of " + length + " bytes");
      all.put(name, entry.array(ENTRY + nameLength, length));
    }
  }

  /** Each has its length in front; numbers of 16 bits, at multiples of four. */
  private void readPrefixes(Source source) throws IOException {
    longPrefixes.clear();
    long at = superblock.prefixesAt();
    for (int i = 0; i < superblock.prefixes(); i++) {
      int length = source.read(at, 2).u16(0);
      length = length == 0 ? 1 << 16 : length;
      Bytes bytes = source.read(at + 2, length);
      int base = bytes.u8(0);
      bytes.require(base < PREFIXES.length && PREFIXES[base] != null, "a prefix of number " + base);
      longPrefixes.add(PREFIXES[base] + bytes.name(1, length - 1));
      at = (at + 2 + length + 3) / 4 * 4;
    }
    hasPrefixes = true;
  }
}
