package dev.platter.dmg;

import dev.platter.image.ImageException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * Finds the resources {@code blkx} of a resource fork as the Mac OS of before X had them: where the
 * data and the map are; the map with a list of types, lists of resources for each, and names.
 */
final class ResourceFork {
  private static final int BLKX = 0x626c6b78;
  private static final int TYPE_LENGTH = 8;
  private static final int ENTRY_LENGTH = 12;

  private final String file;
  private final ByteBuffer bytes;

  private ResourceFork(String file, ByteBuffer bytes) {
    this.file = file;
    this.bytes = bytes;
  }

  static List<Resource> read(String file, byte[] fork) throws ImageException {
    try {
      return new ResourceFork(file, ByteBuffer.wrap(fork)).resources();
    } catch (IndexOutOfBoundsException e) {
      throw Trailer.corrupt(file, "the resource fork points past its end");
    }
  }

  private List<Resource> resources() throws ImageException {
    int data = bytes.getInt(0);
    int map = bytes.getInt(4);
    int types = map + shortAt(map, 24);
    int names = map + shortAt(map, 26);
    List<Resource> resources = new ArrayList<>();
    int count = shortAt(types, 0) + 1 & 0xffff;
    for (int i = 0; i < count; i++) {
      int type = types + 2 + i * TYPE_LENGTH;
      if (bytes.getInt(type) == BLKX) {
        int first = types + shortAt(type, 6);
        int entries = shortAt(type, 4) + 1;
        long together = 0;
        for (int j = 0; j < entries; j++) {
          int entry = first + j * ENTRY_LENGTH;
          byte[] table = data(data + (bytes.getInt(entry + 4) & 0xff_ffff));
          together += ENTRY_LENGTH + table.length;
          if (together > bytes.capacity()) {
            throw Trailer.corrupt(file, "resources 'blkx' of the resource fork overlap");
          }
          resources.add(new Resource(name(names, shortAt(entry, 2)), table));
        }
      }
    }
    return resources;
  }

  private int shortAt(int at, int offset) {
    return Short.toUnsignedInt(bytes.getShort(at + offset));
  }

  private byte[] data(int at) {
    int length = bytes.getInt(at);
    byte[] table = new byte[Objects.checkIndex(length, bytes.capacity())];
    bytes.get(at + Integer.BYTES, table);
    return table;
  }

  private String name(int names, int offset) {
    if (offset == 0xffff) {
      return "";
    }
    byte[] name = new byte[bytes.get(names + offset) & 0xff];
    bytes.get(names + offset + 1, name);
    return new String(name, StandardCharsets.ISO_8859_1);
  }
}
