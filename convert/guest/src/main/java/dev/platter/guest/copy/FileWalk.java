package dev.platter.guest.copy;

import dev.platter.guest.files.Budget;
import dev.platter.guest.files.FileAttributes;
import dev.platter.guest.files.Node;
import dev.platter.image.Fault;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Iterator;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Goes through all that lies below a directory, each directory before what is in it, names in
 * order. Links are met, not followed. What cannot be the tree of a file system ends it: a directory
 * that is met twice, a name with a slash.
 */
public final class FileWalk {
  private static final int MAX_DEPTH = 1024;
  private static final int MAX_DIRECTORIES = 1 << 21;

  private final Budget budget;
  private final Visitor visitor;
  private final Set<FileAttributes.Identity> directories = new HashSet<>();

  private FileWalk(Budget budget, Visitor visitor) {
    this.budget = budget;
    this.visitor = visitor;
  }

  /** Takes what is met. */
  public interface Visitor {
    /**
     * A file, directory or link.
     *
     * @param path from where the walk began, without a slash in front; empty: there
     */
    void visit(String path, Node node, FileAttributes attributes) throws IOException;

    /** What cannot be told of; the walk goes on with what lies beside it. */
    void skip(String path, IOException reason) throws IOException;
  }

  private record Level(String path, Node directory, Iterator<String> names) {}

  /**
   * Meets {@code start}, and where it is a directory all that lies below.
   *
   * @param budget of its volume, begun anew for each file
   */
  public static void walk(Node start, Budget budget, Visitor visitor) throws IOException {
    new FileWalk(budget, visitor).run(start);
  }

  private void run(Node start) throws IOException {
    Deque<Level> levels = new ArrayDeque<>();
    enter("", start, levels);
    while (!levels.isEmpty()) {
      Level level = levels.peek();
      if (!level.names().hasNext()) {
        levels.pop();
        continue;
      }
      String name = level.names().next();
      String path = level.path().isEmpty() ? name : level.path() + "/" + name;
      requireName(level.path(), name);
      Node child;
      try {
        Optional<Node> found = level.directory().child(name);
        if (found.isEmpty()) {
          throw Fault.on(path).corrupt("listed in its directory, and not to be found there");
        }
        child = found.get();
      } catch (IOException e) {
        visitor.skip(path, e);
        continue;
      }
      enter(path, child, levels);
    }
  }

  private void enter(String path, Node node, Deque<Level> levels) throws IOException {
    budget.renew();
    FileAttributes attributes;
    Set<String> names = Set.of();
    try {
      attributes = node.attributes();
      if (node.kind() == Node.Kind.DIRECTORY) {
        names = new TreeSet<>(node.names());
      }
    } catch (IOException e) {
      visitor.skip(path, e);
      return;
    }
    boolean isDirectory = node.kind() == Node.Kind.DIRECTORY;
    if (isDirectory && !directories.add(attributes.identity())) {
      throw Fault.on(shown(path)).corrupt("a directory that was met before, elsewhere: a loop");
    }
    if (levels.size() >= MAX_DEPTH || directories.size() > MAX_DIRECTORIES) {
      throw Fault.on(shown(path))
          .corrupt(
              "more than " + MAX_DEPTH + " directories deep, or " + MAX_DIRECTORIES + " of them");
    }
    visitor.visit(path, node, attributes);
    if (isDirectory) {
      levels.push(new Level(path, node, names.iterator()));
    }
  }

  private static String shown(String path) {
    return path.isEmpty() ? "/" : path;
  }

  /** A name that leads elsewhere is none that a system gave. */
  private static void requireName(String directory, String name) throws IOException {
    boolean leads = name.isEmpty() || Node.isOfEveryDirectory(name);
    if (leads || name.indexOf('/') >= 0 || name.indexOf('\0') >= 0) {
      throw Fault.on(shown(directory)).corrupt("a directory with the name '" + name + "' in it");
    }
  }
}
