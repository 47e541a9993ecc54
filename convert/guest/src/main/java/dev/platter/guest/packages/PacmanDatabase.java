package dev.platter.guest.packages;

import dev.platter.guest.files.FileTree;
import dev.platter.guest.files.Node;
import dev.platter.guest.packages.InstalledPackage.Origin;
import dev.platter.image.Fault;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;

/** Pacman's list: a directory for each package, in which {@code desc} has fields of lines. */
final class PacmanDatabase {
  private static final String DESC = "desc";
  private static final long MAX_DESC = 1L << 20;

  private final Map<String, String> fields = new HashMap<>();
  private String field = "";

  static void read(FileTree files, String directory, PackageList found) throws IOException {
    Node local = files.directory(directory).orElseThrow();
    for (String name : new TreeSet<>(local.names())) {
      Optional<Node> entry = local.child(name);
      if (entry.isPresent() && entry.get().kind() == Node.Kind.DIRECTORY) {
        String place = directory + "/" + name;
        Optional<Node> desc = entry.get().child(DESC);
        if (desc.isEmpty() || desc.get().kind() != Node.Kind.FILE) {
          throw Fault.on(place).corrupt("no file " + DESC);
        }
        found.add(new PacmanDatabase().readOne(desc.get(), place));
      }
    }
  }

  private InstalledPackage readOne(Node desc, String place) throws IOException {
    if (desc.content().size() > MAX_DESC) {
      throw Fault.on(place).corrupt(desc.content().size() + " bytes, at most " + MAX_DESC);
    }
    Lines.each(desc.content(), this::take);
    String name = value("NAME");
    if (name.isEmpty()) {
      throw Fault.on(place).corrupt("a package without a name");
    }
    String base = value("BASE").equals(name) ? "" : value("BASE");
    return new InstalledPackage(
        PackageManager.PACMAN,
        name,
        value("VERSION"),
        value("ARCH"),
        new Origin(base, value("PACKAGER"), value("LICENSE")));
  }

  /** {@code %NAME%}, then lines until an empty one. */
  private void take(String line) {
    if (field.isEmpty()) {
      boolean isName = line.length() > 2 && line.startsWith("%") && line.endsWith("%");
      field = isName ? line.substring(1, line.length() - 1) : "";
    } else if (line.isEmpty()) {
      field = "";
    } else {
      fields.merge(field, line, (before, more) -> before + ", " + more);
    }
  }

  private String value(String name) {
    return fields.getOrDefault(name, "");
  }
}
