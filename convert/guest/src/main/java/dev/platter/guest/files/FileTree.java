package dev.platter.guest.files;

import dev.platter.image.Fault;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;

/**
 * Files below a root, found by path. Links are followed as the running system would follow them:
 * absolute ones begin at this root, and nothing leads out of it.
 *
 * @param root a directory
 */
public record FileTree(Node root) {
  private static final int MAX_LINKS = 40;
  private static final int MAX_NAMES = 256;

  /** What lies at the path, with all links followed; empty: nothing, or a link to nothing. */
  public Optional<Node> find(String path) throws IOException {
    return find(path, true);
  }

  /** The same; where the path ends in a link, that itself. */
  public Optional<Node> findItself(String path) throws IOException {
    return find(path, false);
  }

  private Optional<Node> find(String path, boolean toTheEnd) throws IOException {
    Deque<String> ahead = new ArrayDeque<>(List.of(path.split("/", -1)));
    List<Node> way = new ArrayList<>(List.of(root));
    int links = 0;
    int names = 0;
    while (!ahead.isEmpty()) {
      String name = ahead.pop();
      if (name.isEmpty() || name.equals(".")) {
        continue;
      }
      if (name.equals("..")) {
        if (way.size() > 1) {
          way.removeLast();
        }
        continue;
      }
      if (way.getLast().kind() != Node.Kind.DIRECTORY || ++names > MAX_NAMES) {
        return Optional.empty();
      }
      Optional<Node> found = way.getLast().child(name);
      if (found.isEmpty()) {
        return Optional.empty();
      }
      boolean follow = toTheEnd || !ahead.isEmpty();
      if (found.get().kind() == Node.Kind.LINK && follow) {
        if (++links > MAX_LINKS) {
          throw Fault.on(path).corrupt("more than " + MAX_LINKS + " links to follow");
        }
        String target = found.get().target();
        String[] parts = target.split("/", MAX_NAMES);
        for (int i = parts.length - 1; i >= 0; i--) {
          ahead.push(parts[i]);
        }
        if (target.startsWith("/")) {
          way.subList(1, way.size()).clear();
        }
      } else {
        way.add(found.get());
      }
    }
    return Optional.of(way.getLast());
  }

  /** The directory at the path. */
  public Optional<Node> directory(String path) throws IOException {
    return find(path).filter(node -> node.kind() == Node.Kind.DIRECTORY);
  }

  /** The bytes of the file at the path. */
  public Optional<Source> open(String path) throws IOException {
    Optional<Node> node = find(path).filter(found -> found.kind() == Node.Kind.FILE);
    return node.isPresent() ? Optional.of(node.get().content()) : Optional.empty();
  }

  /** The first bytes of the file at the path, at most {@code limit} of them. */
  public Optional<Bytes> head(String path, int limit) throws IOException {
    Optional<Source> file = open(path);
    return file.isPresent() ? Optional.of(file.get().readUpTo(0, limit)) : Optional.empty();
  }
}
