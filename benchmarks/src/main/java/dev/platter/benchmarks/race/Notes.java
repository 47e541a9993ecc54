package dev.platter.benchmarks.race;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Why rows fall short, in the words of a person: lines of {@code ROW: text}, where a row's name may
 * be cut short to stand for all that begin so; the longest counts. Lines that begin with # say
 * nothing.
 */
record Notes(Map<String, String> byPrefix) {
  /** The name at which stands what is to be said of the whole race. */
  static final String ALL = "race";

  static Notes read(Path file) throws IOException {
    Map<String, String> notes = new LinkedHashMap<>();
    if (Files.exists(file)) {
      for (String line : Files.readAllLines(file)) {
        int colon = line.indexOf(": ");
        if (!line.startsWith("#") && colon > 0) {
          notes.put(line.substring(0, colon), line.substring(colon + 2).strip());
        }
      }
    }
    return new Notes(notes);
  }

  Optional<String> of(String row) {
    return byPrefix.keySet().stream()
        .filter(row::startsWith)
        .max((a, b) -> Integer.compare(a.length(), b.length()))
        .map(byPrefix::get);
  }
}
