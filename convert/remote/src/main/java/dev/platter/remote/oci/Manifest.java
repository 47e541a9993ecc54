package dev.platter.remote.oci;

import dev.platter.image.IllegalOptionException;
import dev.platter.image.name.JsonParser;
import dev.platter.remote.http.Answer;
import dev.platter.remote.http.Attempts;
import dev.platter.remote.http.HttpException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.StringJoiner;

/**
 * One image: what it is and which layers it has (Image Format Specification, "Image Manifest").
 *
 * @param config what the image is made for, or empty content
 * @param layers the lowest first
 */
record Manifest(Descriptor config, List<Descriptor> layers) {
  static final String TYPE = "application/vnd.oci.image.manifest.v1+json";

  /** Distribution Specification, "Pushing manifests": what every registry takes. */
  private static final int MOST = 4 << 20;

  private static final int MOST_LAYERS = 1000;
  private static final int MOST_SHOWN = 10;
  private static final String DOCKER = "application/vnd.docker.distribution.manifest.v2+json";
  private static final String ACCEPTED =
      String.join(
          ", ",
          TYPE,
          "application/vnd.oci.image.index.v1+json",
          DOCKER,
          "application/vnd.docker.distribution.manifest.list.v2+json");

  /**
   * Asks for what a name means; of an index, for the image of the platform that the name says, or
   * for the only one.
   */
  static Manifest fetch(Registry registry, OciName name) throws IOException {
    Map<?, ?> json = json(registry, name.reference(), name.digest(), -1);
    if (json.get("manifests") instanceof List<?> entries) {
      Descriptor chosen = choose(entries, name);
      json =
          json(registry, chosen.digest().toString(), Optional.of(chosen.digest()), chosen.size());
      if (json.containsKey("manifests")) {
        throw new HttpException("an index within an index");
      }
    }
    if (!(json.get("layers") instanceof List<?> entries)) {
      throw new HttpException(
          json.containsKey("fsLayers")
              ? "a manifest of schema 1, which is no longer read"
              : "no manifest of an image: it has no layers");
    }
    return new Manifest(
        Descriptor.parse(json.get("config"), "the manifest's config"),
        descriptors(entries, "a layer of the manifest"));
  }

  private static Map<?, ?> json(
      Registry registry, String reference, Optional<Digest> digest, long size) throws IOException {
    byte[] bytes =
        Attempts.repeated(
            registry.patience(),
            () -> {
              Answer answer =
                  registry.follow(
                      "GET", registry.uri("/manifests/" + reference), Map.of("Accept", ACCEPTED));
              if (answer.status() != 200) {
                throw registry.refused("manifest " + reference, answer);
              }
              byte[] body = registry.bytes(answer, MOST, "the manifest");
              for (String told : answer.headers("Docker-Content-Digest")) {
                check(Digest.parse(told), body);
              }
              return body;
            });
    if (digest.isPresent()) {
      check(digest.get(), bytes);
    }
    if (size >= 0 && bytes.length != size) {
      throw new HttpException(
          "the manifest %s has %d bytes, the index says %d"
              .formatted(reference, bytes.length, size));
    }
    Map<?, ?> json;
    try {
      json = JsonParser.parseObject(new String(bytes, StandardCharsets.UTF_8));
    } catch (IllegalOptionException e) {
      throw new HttpException("manifest " + reference + ": " + Registry.shown(e.getMessage()), e);
    }
    if (json.containsKey("manifests") && json.containsKey("layers")) {
      throw new HttpException("a manifest that is one of an image and an index"); // a trap
    }
    return json;
  }

  private static void check(Digest digest, byte[] bytes) throws HttpException {
    MessageDigest hash = digest.hash();
    hash.update(bytes);
    digest.check("the manifest", hash);
  }

  private static List<Descriptor> descriptors(List<?> entries, String where) throws HttpException {
    if (entries.size() > MOST_LAYERS) {
      throw new HttpException("a manifest of more than " + MOST_LAYERS + " entries");
    }
    List<Descriptor> descriptors = new ArrayList<>();
    for (Object entry : entries) {
      descriptors.add(Descriptor.parse(entry, where));
    }
    return List.copyOf(descriptors);
  }

  private static Descriptor choose(List<?> entries, OciName name) throws HttpException {
    List<Descriptor> images = new ArrayList<>();
    for (Descriptor entry : descriptors(entries, "the index")) {
      boolean isImage = entry.mediaType().equals(TYPE) || entry.mediaType().equals(DOCKER);
      // What builders say about an image stands in the index as an image of no platform.
      if (isImage && !entry.platform().equals(Optional.of("unknown/unknown"))) {
        images.add(entry);
      }
    }
    List<Descriptor> fitting = new ArrayList<>(images);
    name.platform().ifPresent(wanted -> fitting.removeIf(entry -> !isFor(entry, wanted)));
    if (fitting.size() == 1) {
      return fitting.getFirst();
    }
    StringJoiner list = new StringJoiner(", ");
    for (Descriptor entry : images.subList(0, Math.min(MOST_SHOWN, images.size()))) {
      list.add(Registry.shown(entry.platform().orElse("no platform")) + " @" + entry.digest());
    }
    String has = images.isEmpty() ? "; it has none" : "; it has " + list;
    throw new HttpException(
        fitting.isEmpty()
            ? "the index has no image" + name.platform().map(" for "::concat).orElse("") + has
            : "the index has several images: say which by ?platform=OS/ARCHITECTURE or @DIGEST"
                + has);
  }

  private static boolean isFor(Descriptor entry, String wanted) {
    return entry
        .platform()
        .filter(own -> own.equals(wanted) || own.startsWith(wanted + "/"))
        .isPresent();
  }
}
