package dev.platter.guest.packages;

import dev.platter.guest.files.FileTree;
import dev.platter.guest.files.Source;
import dev.platter.guest.packages.InstalledPackage.Origin;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Alpine's list: paragraphs of lines, each a letter, a colon and a value; files stand there, too.
 */
final class ApkDatabase {
  private static final String FILE = "installed";
  private static final String WANTED = "PVALom";

  private final PackageList found;
  private final Map<Character, String> fields = new HashMap<>();

  private ApkDatabase(PackageList found) {
    this.found = found;
  }

  /** Whether Alpine's list is in that directory. */
  static boolean isIn(FileTree files, String directory) throws IOException {
    return files.open(directory + "/" + FILE).isPresent();
  }

  static void read(FileTree files, String directory, PackageList found) throws IOException {
    Optional<Source> file = files.open(directory + "/" + FILE);
    if (file.isPresent()) {
      ApkDatabase database = new ApkDatabase(found);
      Lines.each(file.get(), database::take);
      database.endParagraph();
    }
  }

  private void take(String line) throws IOException {
    if (line.isBlank()) {
      endParagraph();
    } else if (line.length() > 2 && line.charAt(1) == ':' && WANTED.indexOf(line.charAt(0)) >= 0) {
      fields.putIfAbsent(line.charAt(0), line.substring(2));
    }
  }

  private void endParagraph() throws IOException {
    String name = field('P');
    if (!name.isEmpty()) {
      String source = field('o').equals(name) ? "" : field('o');
      found.add(
          new InstalledPackage(
              PackageManager.APK,
              name,
              field('V'),
              field('A'),
              new Origin(source, field('m'), field('L'))));
    }
    fields.clear();
  }

  private String field(char letter) {
    return fields.getOrDefault(letter, "");
  }
}
