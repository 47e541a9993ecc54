package dev.platter.service;

import dev.platter.guest.picture.DiskSketch;
import dev.platter.image.Danger;
import dev.platter.service.inspect.Inspection;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/**
 * What a process in a sandbox says of its work: lines of words, each as in a URL, so that none
 * holds a space. The one that reads it expects anything.
 *
 * @param lines each with at least one word, which says what the others are
 */
record WorkAnswer(List<List<String>> lines) {
  /** More than any answer has, bytes. */
  static final int MOST_BYTES = 1 << 20;

  private static final int MOST_LETTERS = 4096;

  private static final String ERROR = "error";
  private static final String SIZE = "size";
  private static final String PROPERTY = "property";
  private static final String STORED = "stored";
  private static final String PART = "part";

  WorkAnswer() {
    this(new ArrayList<>());
  }

  private void add(String... words) {
    lines.add(List.of(words));
  }

  /** That it failed, and how. */
  static WorkAnswer failure(String kind, String message) {
    WorkAnswer answer = new WorkAnswer();
    answer.add(ERROR, kind, String.valueOf(message));
    return answer;
  }

  static WorkAnswer ofSize(long size) {
    WorkAnswer answer = new WorkAnswer();
    answer.add(SIZE, Long.toString(size));
    return answer;
  }

  static WorkAnswer of(Map<String, String> properties) {
    WorkAnswer answer = new WorkAnswer();
    properties.forEach((name, value) -> answer.add(PROPERTY, name, value));
    return answer;
  }

  static WorkAnswer of(Inspection inspection) {
    WorkAnswer answer = of(inspection.properties());
    answer.add("disk", inspection.diskFormat());
    answer.add("container", inspection.containerFormat());
    inspection.formats().forEach(format -> answer.add("format", format));
    inspection.claims().forEach(claim -> answer.add("claim", claim));
    inspection.subformat().ifPresent(subformat -> answer.add("subformat", subformat));
    inspection.virtualSize().ifPresent(size -> answer.add(SIZE, Long.toString(size)));
    inspection.dangers().forEach(danger -> answer.add("danger", danger.check(), danger.reason()));
    return answer;
  }

  static WorkAnswer of(DiskSketch sketch) {
    WorkAnswer answer = ofSize(sketch.size());
    answer.add("exact", Boolean.toString(sketch.exact()));
    for (DiskSketch.Stored stored : sketch.stored()) {
      List<String> line = new ArrayList<>(List.of(STORED, Long.toString(stored.bytes())));
      stored.shares().forEach(share -> line.add(Integer.toString(share)));
      answer.lines.add(line);
    }
    for (DiskSketch.Part part : sketch.parts()) {
      answer.add(PART, Long.toString(part.offset()), Long.toString(part.length()), part.label());
    }
    return answer;
  }

  /** The bytes of an answer. */
  byte[] toBytes() {
    StringBuilder text = new StringBuilder();
    for (List<String> line : lines) {
      List<String> words = new ArrayList<>();
      for (String word : line) {
        words.add(URLEncoder.encode(clean(word), StandardCharsets.UTF_8));
      }
      text.append(String.join(" ", words)).append('\n');
    }
    return text.toString().getBytes(StandardCharsets.US_ASCII);
  }

  /**
   * @throws IllegalArgumentException if that is no answer
   */
  static WorkAnswer parse(byte[] bytes) {
    WorkAnswer answer = new WorkAnswer();
    for (String line : new String(bytes, StandardCharsets.US_ASCII).lines().toList()) {
      List<String> words = new ArrayList<>();
      for (String word : line.split(" ", -1)) {
        words.add(clean(URLDecoder.decode(word, StandardCharsets.UTF_8)));
      }
      answer.lines.add(words);
    }
    return answer;
  }

  /** A text for one line, of bounded length. */
  static String clean(String text) {
    String line = text.replaceAll("\\p{Cntrl}", " ");
    return line.length() > MOST_LETTERS ? line.substring(0, MOST_LETTERS) : line;
  }

  /** Why it failed: a kind and a message; empty: it did not. */
  Optional<List<String>> failure() {
    return lines.stream()
        .filter(line -> line.getFirst().equals(ERROR) && line.size() == 3)
        .findFirst()
        .map(line -> line.subList(1, 3));
  }

  /** The size that it tells. */
  OptionalLong size() {
    List<String> sizes = all(SIZE);
    return sizes.isEmpty() ? OptionalLong.empty() : OptionalLong.of(sizeOf(sizes.getFirst()));
  }

  private static long sizeOf(String text) {
    long size = Long.parseLong(text);
    if (size < 0) {
      throw new IllegalArgumentException("a size below zero");
    }
    return size;
  }

  Map<String, String> properties() {
    return pairs(PROPERTY);
  }

  /**
   * The inspection of an image of that size.
   *
   * @throws IllegalArgumentException if it is none
   */
  Inspection inspection(long imageSize) {
    List<Danger> dangers = new ArrayList<>();
    for (List<String> line : lines) {
      if (line.getFirst().equals("danger") && line.size() == 3) {
        dangers.add(new Danger(line.get(1), line.get(2)));
      }
    }
    Set<String> claims = new HashSet<>(all("claim"));
    return new Inspection(
        imageSize,
        only("disk"),
        all("format"),
        claims,
        only("container"),
        all("subformat").stream().findFirst(),
        size(),
        dangers,
        properties());
  }

  /**
   * The sketch of a disk.
   *
   * @throws IllegalArgumentException if it is none
   */
  DiskSketch sketch() {
    List<DiskSketch.Stored> stored = new ArrayList<>();
    List<DiskSketch.Part> parts = new ArrayList<>();
    for (List<String> line : lines) {
      if (line.getFirst().equals(STORED) && line.size() > 1) {
        stored.add(
            new DiskSketch.Stored(
                sizeOf(line.get(1)),
                line.subList(2, line.size()).stream().map(Integer::valueOf).toList()));
      } else if (line.getFirst().equals(PART) && line.size() == 4) {
        parts.add(new DiskSketch.Part(sizeOf(line.get(1)), sizeOf(line.get(2)), line.get(3)));
      }
    }
    long size = size().orElseThrow(IllegalArgumentException::new);
    return new DiskSketch(size, stored, parts, Boolean.parseBoolean(only("exact")));
  }

  private String only(String what) {
    List<String> found = all(what);
    if (found.size() != 1) {
      throw new IllegalArgumentException("an answer without its " + what);
    }
    return found.getFirst();
  }

  private List<String> all(String what) {
    List<String> found = new ArrayList<>();
    for (List<String> line : lines) {
      if (line.getFirst().equals(what) && line.size() == 2) {
        found.add(line.get(1));
      }
    }
    return found;
  }

  private Map<String, String> pairs(String what) {
    Map<String, String> found = new LinkedHashMap<>();
    for (List<String> line : lines) {
      if (line.getFirst().equals(what) && line.size() == 3) {
        found.put(line.get(1), line.get(2));
      }
    }
    return found;
  }
}
