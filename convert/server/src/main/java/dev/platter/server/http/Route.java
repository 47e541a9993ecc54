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
 */
public record Route(String method, String template, Endpoint endpoint) {
  private static final String VARIABLE = "{";

  List<String> segments() {
    return Router.segments(template);
  }

  /** The values of the template's variables, or nothing when the path is another one. */
  Optional<Map<String, String>> match(List<String> path) {
    List<String> own = segments();
    if (own.size() != path.size()) {
      return Optional.empty();
    }
    Map<String, String> values = new TreeMap<>();
    for (int i = 0; i < own.size(); i++) {
      String segment = own.get(i);
      if (segment.startsWith(VARIABLE)) {
        if (path.get(i).isEmpty()) {
          return Optional.empty();
        }
        values.put(segment.substring(1, segment.length() - 1), path.get(i));
      } else if (!segment.equals(path.get(i))) {
        return Optional.empty();
      }
    }
    return Optional.of(values);
  }

  /** How many segments are fixed: of two routes that match, the one with more is meant. */
  long precision() {
    return segments().stream().filter(segment -> !segment.startsWith(VARIABLE)).count();
  }
}
