package dev.platter.server.http;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * One method on one path. In the path's template, {@code {name}} stands for any one segment.
 *
 * @param method an HTTP method
 * @param template a path such as {@code /v2/images/{image_id}/file}
 * @param endpoint what answers
 * @param segments those of the template: every request is held against them
 */
public record Route(String method, String template, Endpoint endpoint, List<String> segments) {
  private static final String VARIABLE = "{";

  Route(String method, String template, Endpoint endpoint) {
    this(method, template, endpoint, List.copyOf(Router.segments(template)));
  }

  /** The values of the template's variables, or nothing when the path is another one. */
  Optional<Map<String, String>> match(List<String> path) {
    if (segments.size() != path.size()) {
      return Optional.empty();
    }
    for (int i = 0; i < segments.size(); i++) {
      String segment = segments.get(i);
      String given = path.get(i);
      if (segment.startsWith(VARIABLE) ? given.isEmpty() : !segment.equals(given)) {
        return Optional.empty();
      }
    }
    Map<String, String> values = new TreeMap<>();
    for (int i = 0; i < segments.size(); i++) {
      String segment = segments.get(i);
      if (segment.startsWith(VARIABLE)) {
        values.put(segment.substring(1, segment.length() - 1), path.get(i));
      }
    }
    return Optional.of(values);
  }

  /** How many segments are fixed: of two routes that match, the one with more is meant. */
  long precision() {
    return segments.stream().filter(segment -> !segment.startsWith(VARIABLE)).count();
  }
}
