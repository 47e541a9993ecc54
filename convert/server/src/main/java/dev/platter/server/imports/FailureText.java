package dev.platter.server.imports;

import dev.platter.service.ImportException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What callers are told about a failed import: the reason, and nothing about our own files. */
public final class FailureText {
  private final List<String> hidden = new ArrayList<>();

  /**
   * @param directories whose files are named without them
   */
  public FailureText(List<Path> directories) {
    for (Path directory : directories) {
      hidden.add(directory.toAbsolutePath().normalize().toString());
    }
  }

  String of(Throwable failure) {
    if (!(failure instanceof ImportException known)
        || known.reason() == ImportException.Reason.INTERNAL) {
      return "The import failed inside the service.";
    }
    String text = known.getMessage();
    if (known.reason() == ImportException.Reason.STORE_FAILED) {
      int detail = text.indexOf(':');
      text = detail < 0 ? text : text.substring(0, detail);
    }
    for (String directory : hidden) {
      text = text.replace(directory + "/", "").replace(directory, "...");
    }
    return text;
  }
}
