package dev.platter.image.luks;

import dev.platter.image.Fault;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * An object of a header's JSON, asked for what it must hold.
 *
 * @param path where it is, for messages
 */
record JsonTree(Map<?, ?> members, String path, Fault fault) {
  /** An object within. */
  JsonTree object(String key) throws IOException {
    return optionalObject(key).orElseThrow(() -> wrong(key, "an object"));
  }

  Optional<JsonTree> optionalObject(String key) throws IOException {
    Object value = members.get(key);
    if (value == null) {
      return Optional.empty();
    }
    if (value instanceof Map<?, ?> map) {
      return Optional.of(new JsonTree(map, path + key + ".", fault));
    }
    throw wrong(key, "an object");
  }

  /** The keys, as many as any header has. */
  List<String> keys() throws IOException {
    if (members.size() > 64) {
      throw fault.corrupt("LUKS2 metadata: " + path + " has " + members.size() + " members");
    }
    List<String> keys = new ArrayList<>();
    for (Object key : members.keySet()) {
      keys.add(key.toString());
    }
    return keys;
  }

  String text(String key) throws IOException {
    if (members.get(key) instanceof String text) {
      return text;
    }
    throw wrong(key, "a text");
  }

  /** A number from 0 on; those that may need 64 bits are texts. */
  long number(String key) throws IOException {
    Object value = members.get(key);
    try {
      long number =
          value instanceof Long plain
              ? plain
              : value instanceof String text ? Long.parseLong(text) : -1;
      if (number >= 0) {
        return number;
      }
    } catch (NumberFormatException e) {
      throw wrong(key, "a number");
    }
    throw wrong(key, "a number");
  }

  byte[] base64(String key) throws IOException {
    try {
      return Base64.getDecoder().decode(text(key));
    } catch (IllegalArgumentException e) {
      throw wrong(key, "bytes in base64");
    }
  }

  List<String> texts(String key) throws IOException {
    if (!(members.get(key) instanceof List<?> list)) {
      throw wrong(key, "a list");
    }
    List<String> texts = new ArrayList<>();
    for (Object value : list) {
      if (!(value instanceof String text)) {
        throw wrong(key, "a list of texts");
      }
      texts.add(text);
    }
    return texts;
  }

  private IOException wrong(String key, String expected) {
    return fault.corrupt("LUKS2 metadata: " + path + key + " is missing or not " + expected);
  }
}
