package dev.platter.guest.files.squashfs;

import dev.platter.guest.files.Bytes;
import dev.platter.guest.files.Node;
import dev.platter.guest.files.Source;
import java.io.IOException;
import java.util.SortedMap;
import java.util.TreeMap;

/** Extended attributes: a table tells where each list of them lies, among all names and values. */
final class SquashAttributes {
  private static final String[] PREFIXES = {"user.", "trusted.", "security."};
  private static final int ELSEWHERE = 0x100;
  private static final int LIST = 16;
  private static final int MAX_ENTRIES = 1 << 12;

  private SquashAttributes() {}

  /** All of one list. */
  static SortedMap<String, byte[]> read(Source volume, SquashBlocks blocks, long table, long index)
      throws IOException {
    Bytes head = volume.read(table, LIST);
    long start = head.u63(0);
    head.require(index < head.u32(8), "extended attributes " + index + " of " + head.u32(8));
    Bytes list = blocks.entry(table + LIST, index, LIST);
    long count = list.u32(8);
    list.require(count <= MAX_ENTRIES, count + " extended attributes");
    SquashBlocks.Reader reader = reader(blocks, start, list.u63(0));
    SortedMap<String, byte[]> all = new TreeMap<>();
    for (int i = 0; i < count; i++) {
      Bytes key = reader.read(4);
      int type = key.u16(0);
      Bytes name = reader.read(key.u16(2));
      Bytes value = value(reader);
      if ((type & ELSEWHERE) != 0) { // the same value as another one's
        value = value(reader(blocks, start, value.u63(0)));
      }
      int prefix = type & ELSEWHERE - 1;
      if (prefix < PREFIXES.length) {
        all.put(PREFIXES[prefix] + name.name(0, name.length()), value.array());
      }
    }
    return all;
  }

  private static SquashBlocks.Reader reader(SquashBlocks blocks, long start, long place) {
    return blocks.reader(start + (place >>> 16), (int) place & 0xFFFF);
  }

  private static Bytes value(SquashBlocks.Reader reader) throws IOException {
    Bytes length = reader.read(4);
    length.require(
        length.u32(0) <= Node.MAX_ATTRIBUTE, "an attribute of " + length.u32(0) + " bytes");
    return reader.read((int) length.u32(0));
  }
}
