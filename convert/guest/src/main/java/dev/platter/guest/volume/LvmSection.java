package dev.platter.guest.volume;

import dev.platter.guest.files.Text;
import dev.platter.image.CorruptImageException;
import dev.platter.image.Fault;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A section of LVM's text: of a group, a volume, a segment.
 *
 * @param place what messages call where it was read
 * @param name of the section
 * @param values texts, lists of texts, and maps for the sections in it
 */
record LvmSection(String place, String name, Map<?, ?> values) {
  private static final int SECTOR = 512;

  /** So bounded, no sum of products of them wraps. */
  static final long MAX_EXTENTS = 1 << 28;

  private static final long MAX_EXTENT_SECTORS = 1 << 23;
  private static final long MAX_START_SECTORS = 1L << 50;

  /** The group in a text. */
  static LvmSection group(String place, Map<String, Object> text) throws CorruptImageException {
    for (Map.Entry<String, Object> entry : text.entrySet()) {
      if (entry.getValue() instanceof Map<?, ?> group && group.containsKey("extent_size")) {
        return new LvmSection(place, entry.getKey(), group);
      }
    }
    throw Fault.on(place).corrupt("no volume group in the metadata of lvm");
  }

  boolean has(String key) {
    return values.containsKey(key);
  }

  /** Empty: there is no such text. */
  String text(String key) {
    return values.get(key) instanceof String text ? text : "";
  }

  /** Empty: there is no such list. */
  List<String> list(String key) {
    List<String> texts = new ArrayList<>();
    if (values.get(key) instanceof List<?> list) {
      list.forEach(value -> texts.add(String.valueOf(value)));
    }
    return texts;
  }

  /** Empty: there is no such section. */
  Map<?, ?> map(String key) {
    return values.get(key) instanceof Map<?, ?> map ? map : Map.of();
  }

  /** The sections in a section. */
  List<LvmSection> sections(String key) {
    List<LvmSection> sections = new ArrayList<>();
    for (Map.Entry<?, ?> entry : map(key).entrySet()) {
      if (entry.getValue() instanceof Map<?, ?> inside) {
        sections.add(new LvmSection(place, entry.getKey().toString(), inside));
      }
    }
    return sections;
  }

  long number(String key, long most) throws CorruptImageException {
    return number(key, values.get(key), most);
  }

  /** The same of a value that stands in a list. */
  long number(String key, Object value, long most) throws CorruptImageException {
    if (value instanceof String text && text.matches("[0-9]{1,18}")) {
      long number = Long.parseLong(text);
      if (number <= most) {
        return number;
      }
    }
    throw Fault.on(place).corrupt("lvm: " + key + " is " + Text.clean(value + ""));
  }

  /** A number of sectors, in bytes, that is not zero. */
  long sectors(String key, long most) throws CorruptImageException {
    long sectors = number(key, most);
    if (sectors == 0) {
      throw Fault.on(place).corrupt("lvm: " + key + " is 0");
    }
    return sectors * SECTOR;
  }

  /** Of a group: bytes. */
  long extentSize() throws CorruptImageException {
    return sectors("extent_size", MAX_EXTENT_SECTORS);
  }

  /** Of a group: a larger number is of a later change. */
  long sequence() {
    String text = text("seqno");
    return text.matches("[0-9]{1,18}") ? Long.parseLong(text) : -1;
  }

  /** Of a physical volume: where its extents begin, bytes. */
  long dataStart() throws CorruptImageException {
    return number("pe_start", MAX_START_SECTORS) * SECTOR;
  }

  /** Of a physical volume. */
  long extents() throws CorruptImageException {
    return number("pe_count", MAX_EXTENTS);
  }

  /** Of a logical volume: whether a system shows it; parts of others are hidden. */
  boolean isShown() {
    return !has("status") || list("status").contains("VISIBLE");
  }
}
