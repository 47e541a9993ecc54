package dev.platter.server.swift;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.platter.server.client.HttpRequests.Answer;
import dev.platter.server.http.Json;
import dev.platter.service.store.StoreException;
import java.io.IOException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Takes images out of a container, and what is left of uploads. An image goes after its segments,
 * so that one that was broken off can be repeated.
 *
 * @param ownContainer whether the container is one image's alone, and goes when it is empty
 */
record SwiftRemoval(SwiftConnection connection, String container, boolean ownContainer) {
  private static final System.Logger LOG = System.getLogger(SwiftRemoval.class.getName());
  private static final int PAGE = 1000;

  /** No container is believed to have more objects of one image. */
  private static final int MOST = 1_000_000;

  /**
   * Removes an image.
   *
   * @return whether it was there
   */
  boolean image(String imageId) throws StoreException {
    Answer head = head(imageId);
    boolean isThere = head.status() != 404;
    if (isThere) {
      for (String segment : segments(imageId, head)) {
        remove(segment);
      }
      remove(imageId);
    }
    removeContainer();
    return isThere;
  }

  /** Removes an upload that did not become an image; segments only once no manifest names them. */
  void upload(String imageId, String upload, int segments) throws StoreException {
    if (SwiftNames.uploadOf(head(imageId)).equals(upload)) {
      remove(imageId);
    }
    for (int number = 1; number <= segments; number++) {
      remove(SwiftNames.segment(imageId, upload, number));
    }
    removeContainer();
  }

  /** Removes the segments of all uploads but that which became the image, if one did. */
  void unfinished(String imageId) throws StoreException {
    String kept = SwiftNames.prefix(imageId, SwiftNames.uploadOf(head(imageId)));
    for (String segment : list(imageId + "/")) {
      if (!segment.startsWith(kept)) {
        remove(segment);
      }
    }
    removeContainer();
  }

  /** Swift keeps a container that has anything in it, and answers so. */
  private void removeContainer() throws StoreException {
    if (ownContainer) {
      Answer answer = connection.ask("DELETE", SwiftConnection.path(container, ""));
      if (answer.status() / 100 != 2 && answer.status() != 404 && answer.status() != 409) {
        throw connection.refusal(answer.status());
      }
    }
  }

  private Answer head(String object) throws StoreException {
    Answer head = connection.ask("HEAD", SwiftConnection.path(container, object));
    if (head.status() != 200 && head.status() != 404) {
      throw connection.refusal(head.status());
    }
    return head;
  }

  private void remove(String object) throws StoreException {
    Answer answer = connection.ask("DELETE", SwiftConnection.path(container, object));
    if (answer.status() / 100 != 2 && answer.status() != 404) {
      throw connection.refusal(answer.status());
    }
  }

  /** The segments of an image; those that may belong to something else are left alone. */
  private List<String> segments(String imageId, Answer head) throws StoreException {
    Optional<String> dynamic = head.header("X-Object-Manifest");
    List<String> all = new ArrayList<>();
    if (head.header("X-Static-Large-Object").filter("true"::equalsIgnoreCase).isPresent()) {
      all.addAll(listed(imageId));
    } else if (dynamic.isPresent()) {
      String prefix = within(dynamic.get(), imageId);
      if (!prefix.isEmpty()) {
        all.addAll(list(prefix));
      }
    }
    return all;
  }

  private List<String> listed(String imageId) throws StoreException {
    String path = SwiftConnection.path(container, imageId) + "?multipart-manifest=get";
    List<String> names = new ArrayList<>();
    for (JsonNode segment : json(connection.ask("GET", path))) {
      String name = within(segment.path("name").asText(), imageId);
      if (!name.isEmpty()) {
        names.add(name);
      }
    }
    return names;
  }

  /** The object's name in {@code container/object}; empty if it is no segment of the image. */
  private String within(String path, String imageId) {
    String start = container + "/";
    String decoded = path.startsWith("/") ? path.substring(1) : decoded(path);
    if (decoded.startsWith(start)
        && SwiftNames.isSegment(decoded.substring(start.length()), imageId)) {
      return decoded.substring(start.length());
    }
    LOG.log(
        System.Logger.Level.WARNING,
        "image {0} refers to {1}, which stays: it may be more than a part of this image",
        imageId,
        decoded);
    return "";
  }

  private static String decoded(String text) {
    try {
      return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      return text;
    }
  }

  /** The names of all objects that begin so. */
  private List<String> list(String prefix) throws StoreException {
    List<String> names = new ArrayList<>();
    String marker = "";
    while (true) {
      Answer answer =
          connection.ask(
              "GET",
              SwiftConnection.path(container, "")
                  + "?format=json&limit="
                  + PAGE
                  + "&prefix="
                  + SwiftConnection.encoded(prefix)
                  + "&marker="
                  + SwiftConnection.encoded(marker));
      if (answer.status() == 404) {
        return names; // there is no such container
      }
      int before = names.size();
      for (JsonNode object : json(answer)) {
        String name = object.path("name").asText();
        if (name.startsWith(prefix)) {
          names.add(name);
        }
      }
      if (names.size() == before) {
        return names;
      }
      if (names.size() > MOST) {
        throw connection.unavailable(new IOException("the list of objects does not end"));
      }
      marker = names.getLast();
    }
  }

  private JsonNode json(Answer answer) throws StoreException {
    if (answer.status() == 204) {
      return Json.array();
    }
    if (answer.status() != 200) {
      throw connection.refusal(answer.status());
    }
    try {
      return Json.parse(answer.text());
    } catch (JsonProcessingException e) {
      throw connection.unavailable(new IOException("Swift answers what is no JSON"));
    }
  }
}
