package dev.platter.remote.oci;

import dev.platter.remote.http.HttpException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What a manifest says of content (Image Format Specification, "Descriptors").
 *
 * @param mediaType what it is
 * @param size bytes
 * @param annotations more words about it
 * @param platform {@code OS/ARCHITECTURE[/VARIANT]}; empty: of none
 */
record Descriptor(
    String mediaType,
    Digest digest,
    long size,
    Map<String, String> annotations,
    Optional<String> platform) {
  /** The annotation that has the name of a file. */
  static final String TITLE = "org.opencontainers.image.title";

  /** Of something new, without more words. */
  static Descriptor of(String mediaType, Digest digest, long size) {
    return new Descriptor(mediaType, digest, size, Map.of(), Optional.empty());
  }

  /**
   * Understands one.
   *
   * @param where it is, for messages
   */
  static Descriptor parse(Object json, String where) throws HttpException {
    if (!(json instanceof Map<?, ?> map)
        || !(map.get("mediaType") instanceof String mediaType)
        || !(map.get("digest") instanceof String digest)
        || !(map.get("size") instanceof Long size)
        || size < 0) {
      throw new HttpException(where + ": a descriptor without media type, digest and size");
    }
    Map<String, String> annotations = new LinkedHashMap<>();
    if (map.get("annotations") instanceof Map<?, ?> all) {
      all.forEach((key, value) -> annotations.put(key.toString(), value.toString()));
    }
    return new Descriptor(
        mediaType,
        Digest.parse(digest),
        size,
        Map.copyOf(annotations),
        platform(map.get("platform")));
  }

  private static Optional<String> platform(Object json) {
    if (!(json instanceof Map<?, ?> map) || map.get("architecture") == null) {
      return Optional.empty();
    }
    String platform = map.get("os") + "/" + map.get("architecture");
    return Optional.of(
        map.get("variant") instanceof String variant ? platform + "/" + variant : platform);
  }

  /** The file's name, where it has one. */
  Optional<String> title() {
    return Optional.ofNullable(annotations.get(TITLE));
  }

  /** Its JSON. */
  String json() {
    String head = "{\"mediaType\":\"%s\",\"digest\":\"%s\",\"size\":%d";
    String text = head.formatted(mediaType, digest, size);
    return title()
            .map(name -> text + ",\"annotations\":{\"" + TITLE + "\":\"" + name + "\"}")
            .orElse(text)
        + "}";
  }
}
