package dev.platter.server.migrate;

import dev.platter.server.image.Members.Member;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/** An image as Glance's tables have it: what is not deleted of its rows. Used by one thread. */
final class GlanceImage {
  /** A place of data, as a row says it. */
  record Place(String url, String metadata) {}

  final String id;
  final Map<String, Value> row = new LinkedHashMap<>();
  final SortedMap<String, String> properties = new TreeMap<>();
  final SortedSet<String> tags = new TreeSet<>();
  final SortedMap<String, Member> members = new TreeMap<>();
  final List<Place> places = new ArrayList<>();

  /** What is wrong with rows that belong to it; the first such thing. */
  private BadValueException problem;

  GlanceImage(String id) {
    this.id = id;
  }

  void note(BadValueException wrong) {
    if (problem == null) {
      problem = wrong;
    }
  }

  /** Refuses an image of which rows are wrong. */
  void check() throws BadValueException {
    if (problem != null) {
      throw problem;
    }
  }

  Value at(String column) {
    return row.get(column);
  }
}
