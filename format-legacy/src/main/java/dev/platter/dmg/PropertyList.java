package dev.platter.dmg;

import dev.platter.image.ImageException;
import dev.platter.image.support.XmlWalk;
import dev.platter.storage.MemoryStorage;
import dev.platter.storage.Storage;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Deque;
import java.util.List;
import java.util.Map;

/** Finds the resources {@code blkx} of a property list: {@code resource-fork}, {@code blkx}. */
final class PropertyList extends XmlWalk {
  private static final int DEPTH = 16;
  private static final List<String> PLACE = List.of("", "resource-fork", "blkx", "");

  private final String file;
  private final List<Resource> resources = new ArrayList<>();

  /** Under which keys the containers around lie. */
  private final Deque<String> keys = new ArrayDeque<>();

  private String key = "";
  private String name = "";
  private byte[] table;

  private PropertyList(String file) {
    super("the property list", DEPTH, true);
    this.file = file;
  }

  /**
   * @param length of the list, bytes; not too large
   */
  static List<Resource> read(Storage storage, byte[] bytes) throws IOException {
    PropertyList list = new PropertyList(storage.name());
    list.walk(MemoryStorage.of(storage.name(), bytes), bytes.length);
    return list.resources;
  }

  @Override
  protected ImageException corrupt(String fault) {
    return Trailer.corrupt(file, fault);
  }

  @Override
  protected void start(String element, Map<String, String> attributes) {
    if (isContainer(element)) {
      keys.addLast(key);
      key = "";
      if (isInResource()) {
        name = "";
        table = null;
      }
    }
  }

  private static boolean isContainer(String element) {
    return element.equals("dict") || element.equals("array");
  }

  private boolean isInResource() {
    return keys.size() == PLACE.size() && List.copyOf(keys).equals(PLACE);
  }

  @Override
  protected void end(String element, String text) throws ImageException {
    switch (element) {
      case "key" -> key = text;
      case "dict", "array" -> {
        if (isInResource()) {
          add();
        }
        key = keys.isEmpty() ? "" : keys.removeLast();
      }
      case "string" -> {
        if (isInResource() && (key.equals("CFName") || key.equals("Name") && name.isEmpty())) {
          name = text;
        }
      }
      case "data" -> {
        if (isInResource() && key.equals("Data")) {
          table = decode(text);
        }
      }
      default -> {}
    }
  }

  private void add() throws ImageException {
    if (table == null) {
      throw corrupt("a resource 'blkx' without data");
    }
    resources.add(new Resource(name, table));
  }

  private byte[] decode(String text) throws ImageException {
    try {
      return Base64.getDecoder().decode(text.replaceAll("\\s", ""));
    } catch (IllegalArgumentException e) {
      throw corrupt("the data of a resource 'blkx' are not base64");
    }
  }
}
