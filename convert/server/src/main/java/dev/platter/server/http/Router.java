package dev.platter.server.http;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.Stream;

/** The routes of the service, and which of them a request means. Filled once, then only read. */
public final class Router {
  private final List<Route> routes = new ArrayList<>();

  /**
   * @param route the route that was found
   * @param variables the values of its template's variables
   */
  record Match(Route route, Map<String, String> variables) {}

  public Router add(String method, String template, Endpoint endpoint) {
    routes.add(new Route(method, template, endpoint));
    return this;
  }

  public Router get(String template, Endpoint endpoint) {
    return add("GET", template, endpoint);
  }

  public Router post(String template, Endpoint endpoint) {
    return add("POST", template, endpoint);
  }

  public Router put(String template, Endpoint endpoint) {
    return add("PUT", template, endpoint);
  }

  public Router patch(String template, Endpoint endpoint) {
    return add("PATCH", template, endpoint);
  }

  public Router delete(String template, Endpoint endpoint) {
    return add("DELETE", template, endpoint);
  }

  /** All routes, in the order in which they were added. */
  public List<Route> routes() {
    return List.copyOf(routes);
  }

  /**
   * Finds the route; HEAD means what GET means.
   *
   * @param path the decoded segments of the path
   */
  Optional<Match> find(String method, List<String> path) {
    String wanted = method.equals("HEAD") ? "GET" : method;
    return matches(routes.stream().filter(route -> route.method().equals(wanted)), path)
        .findFirst();
  }

  /** The methods that the path knows, comma-separated; empty when nobody knows the path. */
  String allowed(List<String> path) {
    TreeSet<String> methods = new TreeSet<>();
    matches(routes.stream(), path).forEach(match -> methods.add(match.route().method()));
    return String.join(", ", methods);
  }

  private static Stream<Match> matches(Stream<Route> routes, List<String> path) {
    return routes
        .flatMap(route -> route.match(path).map(values -> new Match(route, values)).stream())
        .sorted(Comparator.comparingLong((Match match) -> match.route().precision()).reversed());
  }

  /** The segments between slashes; a slash at the end is an empty segment, but for the root's. */
  static List<String> segments(String path) {
    List<String> segments = new ArrayList<>(List.of(path.split("/", -1)));
    segments.removeFirst();
    if (segments.equals(List.of("")) || segments.equals(List.of("v2", ""))) {
      segments.removeLast();
    }
    return segments;
  }
}
