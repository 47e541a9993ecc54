package dev.platter.image.luks;

import dev.platter.image.Fault;
import dev.platter.image.IllegalOptionException;
import dev.platter.storage.WritableStorage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Other metadata for a header of version 2: all that it says and that is not changed stays. Both
 * copies are written, the one that was not read first, so that whenever that ends one of them is
 * sound, even if only one of them was.
 */
final class Luks2Change {
  private final WritableStorage storage;
  private final long start;
  private final Fault fault;
  private final Luks2Head head;
  private final Map<String, Object> json;

  Luks2Change(WritableStorage storage, long start, Fault fault, Luks2Head head) {
    this.storage = storage;
    this.start = start;
    this.fault = fault;
    this.head = head;
    this.json = copy(head.json());
  }

  private static Map<String, Object> copy(Map<?, ?> object) {
    Map<String, Object> copy = new LinkedHashMap<>();
    object.forEach((key, value) -> copy.put(key.toString(), copyOf(value)));
    return copy;
  }

  private static Object copyOf(Object value) {
    return switch (value) {
      case Map<?, ?> map -> copy(map);
      case List<?> list -> new ArrayList<Object>(list.stream().map(Luks2Change::copyOf).toList());
      default -> value;
    };
  }

  /** An object of the metadata, to be changed. */
  @SuppressWarnings("unchecked") // all maps here are copies of this type
  Map<String, Object> object(String key) throws IOException {
    if (json.computeIfAbsent(key, _ -> new LinkedHashMap<>()) instanceof Map<?, ?> map) {
      return (Map<String, Object>) map;
    }
    throw fault.corrupt("LUKS2 metadata: " + key + " is not an object");
  }

  /** Whether a range lies in the area for key slots. */
  boolean isInSlots(long offset, long length) throws IOException {
    long end = slotsEnd();
    return offset >= 2 * head.size() && length >= 0 && offset <= end && length <= end - offset;
  }

  /** Where the area for key slots ends; the disk begins there or behind it. */
  private long slotsEnd() throws IOException {
    JsonTree tree = new JsonTree(head.json(), "", fault);
    long length = tree.object("config").number("keyslots_size");
    long payload = tree.object("segments").object("0").number("offset");
    long most = payload == 0 ? storage.size() - start : payload;
    if (length > most - 2 * head.size()) {
      throw fault.corrupt("the key slots of the LUKS2 header have " + length + " bytes");
    }
    return 2 * head.size() + length;
  }

  /** A free place for a key slot. */
  long place(long length) throws IOException {
    List<long[]> used = new ArrayList<>();
    JsonTree slots = new JsonTree(json, "", fault).object("keyslots");
    for (String key : slots.keys()) {
      JsonTree area = slots.object(key).object("area");
      long offset = area.number("offset");
      if (!isInSlots(offset, area.number("size"))) {
        throw fault.corrupt("LUKS2 keyslot " + key + " lies outside of the area for key slots");
      }
      used.add(new long[] {offset, offset + area.number("size")});
    }
    used.sort((a, b) -> Long.compare(a[0], b[0]));
    long at = 2 * head.size();
    for (long[] area : used) {
      if (area[0] - at >= length) {
        return at;
      }
      at = Math.max(at, area[1]);
    }
    if (!isInSlots(at, length)) {
      throw new IllegalOptionException("Can't add a keyslot - there is no room for another one");
    }
    return at;
  }

  /** Adds a slot, or puts it in the place of another one. */
  void putSlot(int number, Map<String, Object> slot, String digest) throws IOException {
    removeSlot(number);
    object("keyslots").put(Integer.toString(number), slot);
    if (object("digests").get(digest) instanceof Map<?, ?> of) {
      slotsOf(of).add(Integer.toString(number));
    }
  }

  /** Takes a slot away, and what says that it is there. */
  void removeSlot(int number) throws IOException {
    object("keyslots").remove(Integer.toString(number));
    for (String key : List.of("digests", "tokens")) {
      for (Object named : object(key).values()) {
        if (named instanceof Map<?, ?> map) {
          slotsOf(map).remove(Integer.toString(number));
        }
      }
    }
  }

  @SuppressWarnings("unchecked")
  private static List<Object> slotsOf(Map<?, ?> of) {
    return of.get("keyslots") instanceof List<?> list ? (List<Object>) list : new ArrayList<>();
  }

  /** Writes both copies. */
  void write() throws IOException {
    String text = JsonWriter.text(json);
    long read = head.offset();
    long other = read == 0 ? head.size() : 0;
    for (long offset : new long[] {other, read}) {
      byte[] bytes = head.changed(offset, text, fault);
      storage.write(start + offset, MemorySegment.ofArray(bytes));
      storage.sync();
    }
  }
}
