package dev.platter.guest.files;

import dev.platter.image.CorruptImageException;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * A hive of Windows' registry, read-only ("Windows registry file format specification", M.
 * Suhanov). Its transaction logs are not replayed.
 */
public final class RegistryHive {
  private static final int BASE_BLOCK = 4096;
  private static final int MAX_KEYS = 1 << 16;
  private static final int MAX_VALUES = 4096;
  private static final int MAX_VALUE_BYTES = 1 << 14;
  private static final int COMPACT_KEY_NAME = 0x20;
  private static final int COMPACT_VALUE_NAME = 0x1;
  private static final int KEY_NAME = 76;
  private static final int VALUE_NAME = 20;
  private static final int TYPE_STRING = 1;
  private static final int TYPE_EXPANDABLE = 2;
  private static final int TYPE_NUMBER = 4;

  private final Source file;
  private final long root;

  private RegistryHive(Source file, long root) {
    this.file = file;
    this.root = root;
  }

  public static RegistryHive open(Source file) throws IOException {
    Bytes base = file.read(0, BASE_BLOCK);
    base.require(base.has(0, "regf"), "no registry hive");
    return new RegistryHive(file, base.u32(36));
  }

  /**
   * The texts and numbers of a key, by name.
   *
   * @param path the names of keys below the root, separated by backslashes
   * @return empty: there is no such key
   */
  public Optional<Map<String, String>> values(String path) throws IOException {
    Bytes key = key(root);
    for (String name : path.split("\\\\", -1)) {
      Optional<Bytes> found = subkey(key, name);
      if (found.isEmpty()) {
        return Optional.empty();
      }
      key = found.get();
    }
    Map<String, String> values = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    long count = key.u32(36);
    key.require(count <= MAX_VALUES, count + " values, at most " + MAX_VALUES);
    Bytes list = count == 0 ? key : cell(key.u32(40));
    for (long i = 0; i < count; i++) {
      addValue(cell(list.u32(i * 4)), values);
    }
    return Optional.of(values);
  }

  private Optional<Bytes> subkey(Bytes parent, String name) throws IOException {
    return parent.u32(20) == 0 ? Optional.empty() : search(cell(parent.u32(28)), name, 0);
  }

  private Optional<Bytes> search(Bytes list, String name, int depth) throws IOException {
    boolean ofLists = list.has(0, "ri");
    boolean hashed = list.has(0, "lf") || list.has(0, "lh");
    list.require(hashed || list.has(0, "li") || ofLists && depth == 0, "no list of registry keys");
    int count = list.u16(2);
    list.require(count <= MAX_KEYS, count + " keys");
    for (int i = 0; i < count; i++) {
      long offset = list.u32(4 + (hashed ? 8L : 4L) * i);
      if (ofLists) {
        Optional<Bytes> found = search(cell(offset), name, depth + 1);
        if (found.isPresent()) {
          return found;
        }
      } else {
        Bytes key = key(offset);
        boolean compact = (key.u16(2) & COMPACT_KEY_NAME) != 0;
        if (name(key, KEY_NAME, key.u16(72), compact).equalsIgnoreCase(name)) {
          return Optional.of(key);
        }
      }
    }
    return Optional.empty();
  }

  private void addValue(Bytes value, Map<String, String> values) throws IOException {
    value.require(value.has(0, "vk"), "no registry value");
    boolean compact = (value.u16(16) & COMPACT_VALUE_NAME) != 0;
    String name = name(value, VALUE_NAME, value.u16(2), compact);
    long length = value.u32(4);
    boolean inside = length >= 1L << 31; // the field of the offset holds the bytes
    int type = value.i32(12);
    if (type == TYPE_NUMBER) {
      Bytes number = inside ? value.from(8) : cell(value.u32(8));
      values.put(name, Long.toString(number.u32(0)));
    } else if (type == TYPE_STRING || type == TYPE_EXPANDABLE) {
      Bytes text = inside ? value.from(8) : cell(value.u32(8));
      long bytes = inside ? Math.min(length - (1L << 31), 4) : length;
      if (bytes <= MAX_VALUE_BYTES) {
        values.put(name, text.text(0, bytes, StandardCharsets.UTF_16LE));
      }
    }
  }

  private static String name(Bytes bytes, int at, int length, boolean compact)
      throws CorruptImageException {
    Charset charset = compact ? StandardCharsets.ISO_8859_1 : StandardCharsets.UTF_16LE;
    return new String(bytes.array(at, length), charset);
  }

  private Bytes key(long offset) throws IOException {
    Bytes key = cell(offset);
    key.require(key.has(0, "nk"), "no registry key");
    return key;
  }

  /** What is in a cell that is in use; its size is stored in front of it, negative. */
  private Bytes cell(long offset) throws IOException {
    long at = BASE_BLOCK + offset;
    Bytes size = file.read(at, 4);
    int length = size.i32(0);
    size.require(length < -4 && length > -Source.MAX_READ, "registry cell of size " + length);
    return file.read(at + 4, -length - 4L);
  }
}
