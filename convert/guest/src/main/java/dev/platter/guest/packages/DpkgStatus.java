package dev.platter.guest.packages;

import dev.platter.guest.files.FileTree;
import dev.platter.guest.files.Node;
import dev.platter.guest.files.Source;
import dev.platter.guest.packages.InstalledPackage.Origin;
import java.io.IOException;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * dpkg's list: paragraphs of fields, as of mails (deb822(5)). What was changed last may wait in
 * numbered files in {@code updates}, which count more; images without dpkg have a file for each
 * package in {@code status.d}.
 */
final class DpkgStatus {
  private static final String STATUS = "status";
  private static final String UPDATES = "updates";
  private static final String SINGLE = "status.d";

  /** The last word of the field of that name: nothing of such a package is there any more. */
  private static final Set<String> GONE = Set.of("not-installed", "config-files");

  private static final Set<String> WANTED =
      Set.of("package", "status", "version", "architecture", "source", "maintainer");

  /** What makes an entry another one: packages of several architectures have the same name. */
  private record Key(String name, String architecture) {}

  private final PackageList found;
  private final Map<String, String> fields = new HashMap<>();
  private boolean needsStatus = true;

  private DpkgStatus(PackageList found) {
    this.found = found;
  }

  /** Whether dpkg's list is in that directory. */
  static boolean isIn(FileTree files, String directory) throws IOException {
    return files.open(directory + "/" + STATUS).isPresent()
        || files.directory(directory + "/" + SINGLE).isPresent();
  }

  static void read(FileTree files, String directory, PackageList found) throws IOException {
    new DpkgStatus(found).read(files, directory);
  }

  private void read(FileTree files, String directory) throws IOException {
    Optional<Source> status = files.open(directory + "/" + STATUS);
    if (status.isPresent()) {
      readParagraphs(status.get());
    }
    readAll(files.directory(directory + "/" + UPDATES), "[0-9]+");
    needsStatus = false;
    readAll(files.directory(directory + "/" + SINGLE), "(?!.*\\.md5sums$).+");
  }

  private void readAll(Optional<Node> directory, String names) throws IOException {
    if (directory.isEmpty()) {
      return;
    }
    for (String name : new TreeSet<>(directory.get().names())) {
      Optional<Node> file = name.matches(names) ? directory.get().child(name) : Optional.empty();
      if (file.isPresent() && file.get().kind() == Node.Kind.FILE) {
        readParagraphs(file.get().content());
      }
    }
  }

  private void readParagraphs(Source file) throws IOException {
    fields.clear();
    Lines.each(file, this::take);
    endParagraph();
  }

  private void take(String line) throws IOException {
    if (line.isBlank()) {
      endParagraph();
      return;
    }
    int colon = line.indexOf(':');
    // A line that begins with a space goes on with the field before it.
    if (colon > 0 && !Character.isWhitespace(line.charAt(0))) {
      String name = line.substring(0, colon).toLowerCase(Locale.ROOT);
      if (WANTED.contains(name)) {
        fields.put(name, line.substring(colon + 1).strip());
      }
    }
  }

  private void endParagraph() throws IOException {
    String name = fields.getOrDefault("package", "");
    if (!name.isEmpty()) {
      String architecture = fields.getOrDefault("architecture", "");
      Key key = new Key(name, architecture);
      String status = fields.getOrDefault("status", needsStatus ? "not-installed" : "installed");
      if (GONE.contains(status.substring(status.lastIndexOf(' ') + 1))) {
        found.remove(key);
      } else {
        put(key);
      }
    }
    fields.clear();
  }

  private void put(Key key) throws IOException {
    Origin origin =
        new Origin(fields.getOrDefault("source", ""), fields.getOrDefault("maintainer", ""), "");
    found.put(
        key,
        new InstalledPackage(
            PackageManager.DPKG,
            key.name(),
            fields.getOrDefault("version", ""),
            key.architecture(),
            origin));
  }
}
