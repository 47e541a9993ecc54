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
  private static final int MAX_VALUES = 4096;
  private static final int MAX_VALUE_BYTES = 1 << 14;
  private static final int MAX_LIST_BYTES = 1 << 20;

  /** What a key or a value has besides its name, and the longest names. */
  private static final int MAX_NAMED = 1 << 15;

  private static final int COMPACT_KEY_NAME = 0x20;
  private static final int COMPACT_VALUE_NAME = 0x1;
  private static final int KEY_NAME = 76;
  private static final int VALUE_NAME = 20;
  private static final int TYPE_STRING = 1;
  private static final int TYPE_EXPANDABLE = 2;
  private static final int TYPE_NUMBER = 4;

  private final Source file;
  private final long root;
  private final boolean complete;

  private RegistryHive(Source file, long root, boolean complete) {
    this.file = file;
    this.root = root;
    this.complete = complete;
  }

  public static RegistryHive open(Source file) throws IOException {
    Bytes base = file.read(0, BASE_BLOCK);
    base.require(base.has(0, "regf"), "no registry hive");
    return new RegistryHive(file, base.u32(36), base.u32(4) == base.u32(8));
  }

  /** Whether all that was written to it has reached it; else some is in its transaction logs. */
  public boolean isComplete() {
    return complete;
  }

  /**
   * The texts and numbers of a key, by name.
   *
   * @param path the names of keys below the root, separated by backslashes
   * @return empty: there is no such key
   */
  public Optional<Map<String, String>> values(String path) throws IOException {
    Optional<Bytes> key = keyAt(path);
    return key.isPresent() ? Optional.of(values(key.get())) : Optional.empty();
  }

  /** Takes keys. */
  public interface KeyTaker {
    /** The next key: its name, its texts and numbers. */
    void take(String name, Map<String, String> values) throws IOException;
  }

  /**
   * Hands out the keys right below a key, in the hive's order.
   *
   * @param path as for {@link #values}; where there is no such key, there is nothing below it
   */
  public void below(String path, KeyTaker taker) throws IOException {
    Optional<Bytes> parent = keyAt(path);
    if (parent.isPresent() && parent.get().u32(20) > 0) {
      each(list(parent.get().u32(28)), 0, taker);
    }
  }

  private void each(Bytes list, int depth, KeyTaker taker) throws IOException {
    boolean ofLists = isOfLists(list, depth);
    int count = list.u16(2);
    for (int i = 0; i < count; i++) {
      long offset = entry(list, i);
      if (ofLists) {
        each(list(offset), depth + 1, taker);
      } else {
        Bytes key = key(offset);
        taker.take(keyName(key), values(key));
      }
    }
  }

  private Optional<Bytes> keyAt(String path) throws IOException {
    Bytes key = key(root);
    for (String name : path.split("\\\\", -1)) {
      Optional<Bytes> found = subkey(key, name);
      if (found.isEmpty()) {
        return Optional.empty();
      }
      key = found.get();
    }
    return Optional.of(key);
  }

  private Map<String, String> values(Bytes key) throws IOException {
    Map<String, String> values = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    long count = key.u32(36);
    key.require(count <= MAX_VALUES, count + " values, at most " + MAX_VALUES);
    Bytes list = count == 0 ? key : list(key.u32(40));
    for (long i = 0; i < count; i++) {
      addValue(cell(list.u32(i * 4), MAX_NAMED), values);
    }
    return values;
  }

  private Optional<Bytes> subkey(Bytes parent, String name) throws IOException {
    return parent.u32(20) == 0 ? Optional.empty() : search(list(parent.u32(28)), name, 0);
  }

  private Optional<Bytes> search(Bytes list, String name, int depth) throws IOException {
    boolean ofLists = isOfLists(list, depth);
    int count = list.u16(2);
    for (int i = 0; i < count; i++) {
      long offset = entry(list, i);
      if (ofLists) {
        Optional<Bytes> found = search(list(offset), name, depth + 1);
        if (found.isPresent()) {
          return found;
        }
      } else {
        Bytes key = key(offset);
        if (keyName(key).equalsIgnoreCase(name)) {
          return Optional.of(key);
        }
      }
    }
    return Optional.empty();
  }

  /** Whether a list of keys is one of such lists; those are not nested. */
  private static boolean isOfLists(Bytes list, int depth) throws CorruptImageException {
    boolean ofLists = list.has(0, "ri");
    boolean ofKeys = list.has(0, "li") || isHashed(list);
    list.require(ofKeys || ofLists && depth == 0, "no list of registry keys");
    return ofLists;
  }

  private static boolean isHashed(Bytes list) throws CorruptImageException {
    return list.has(0, "lf") || list.has(0, "lh");
  }

  /** Where the entry of a list lies; behind that of a key there may be a hash of its name. */
  private static long entry(Bytes list, int i) throws CorruptImageException {
    return list.u32(4 + (isHashed(list) ? 8L : 4L) * i);
  }

  private static String keyName(Bytes key) throws CorruptImageException {
    boolean compact = (key.u16(2) & COMPACT_KEY_NAME) != 0;
    return name(key, KEY_NAME, key.u16(72), compact);
  }

  private void addValue(Bytes value, Map<String, String> values) throws IOException {
    value.require(value.has(0, "vk"), "no registry value");
    boolean compact = (value.u16(16) & COMPACT_VALUE_NAME) != 0;
    String name = name(value, VALUE_NAME, value.u16(2), compact);
    long length = value.u32(4);
    boolean inside = length >= 1L << 31; // the field of the offset holds the bytes
    int type = value.i32(12);
    if (type == TYPE_NUMBER) {
      Bytes number = inside ? value.from(8) : cell(value.u32(8), 4);
      values.put(name, Long.toString(number.u32(0)));
    } else if (type == TYPE_STRING || type == TYPE_EXPANDABLE) {
      long bytes = inside ? Math.min(length - (1L << 31), 4) : length;
      if (bytes <= MAX_VALUE_BYTES) {
        Bytes text = inside ? value.from(8) : cell(value.u32(8), MAX_VALUE_BYTES);
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
    Bytes key = cell(offset, MAX_NAMED);
    key.require(key.has(0, "nk"), "no registry key");
    return key;
  }

  private Bytes list(long offset) throws IOException {
    return cell(offset, MAX_LIST_BYTES);
  }

  /**
   * What is in a cell that is in use, at most {@code limit} bytes of it; its size is stored in
   * front of it, negative.
   */
  private Bytes cell(long offset, int limit) throws IOException {
    long at = BASE_BLOCK + offset;
    Bytes size = file.read(at, 4);
    int length = size.i32(0);
    size.require(length < -4 && length > -Source.MAX_READ, "registry cell of size " + length);
    return file.read(at + 4, Math.min(-length - 4, limit));
  }
}
