package dev.platter.cli.line;

import dev.platter.image.FormatOptions;
import dev.platter.image.IllegalOptionException;
import dev.platter.image.name.JsonParser;
import dev.platter.storage.FileNames;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What {@code --object} defines, as qemu-img takes it: {@code secret,id=NAME,data=TEXT} and the
 * like, or the same as JSON. It is checked, so that a mistake is told; what it says is kept nowhere
 * and shown nowhere.
 */
public final class Objects {
  private static final String SECRET = "secret";
  private static final Set<String> OF_A_SECRET =
      Set.of("id", "qom-type", "data", "file", "format", "keyid", "iv");

  /** Known to qemu-img and of no consequence for what an image holds. */
  private static final Set<String> HARMLESS =
      Set.of("throttle-group", "authz-simple", "authz-list", "authz-list-file", "authz-pam");

  /** What would protect a connection, which must not go without it. */
  private static final Set<String> PROTECTING =
      Set.of("tls-creds-x509", "tls-creds-psk", "tls-creds-anon", "secret_keyring");

  private Objects() {}

  /** Sees that all objects make sense. */
  public static void check(Invocation call) throws Failure {
    Set<String> secrets = new HashSet<>();
    Set<String> all = new HashSet<>();
    for (String text : call.arguments().all(Command.OBJECT)) {
      Map<String, String> object = parse(text);
      String type = object.get("qom-type");
      String id = id(object);
      boolean isSecret = type.equals(SECRET);
      if (PROTECTING.contains(type)) {
        throw new Failure("--object " + type + " is not supported");
      }
      if (!isSecret && !HARMLESS.contains(type)) {
        throw new Failure("Parameter 'qom-type' does not accept value '" + type + "'");
      }
      if (isSecret) {
        checkSecret(object, secrets);
        secrets.add(id);
      }
      if (!all.add(id)) {
        throw new Failure(
            "attempt to add duplicate property '" + id + "' to object (type 'container')");
      }
    }
  }

  private static Map<String, String> parse(String text) throws Failure {
    Map<String, String> object = new LinkedHashMap<>();
    if (text.startsWith("{")) {
      Map<?, ?> json;
      try {
        json = JsonParser.parseObject(text);
      } catch (IllegalOptionException e) {
        throw new Failure(e.getMessage());
      }
      json.forEach((key, value) -> object.put(key.toString(), value.toString()));
    } else {
      List<String> parts = text.isEmpty() ? List.of() : FormatOptions.split(text);
      for (String part : parts) {
        int equals = part.indexOf('=');
        if (equals >= 0) {
          object.put(part.substring(0, equals), part.substring(equals + 1));
        } else if (object.isEmpty()) {
          object.put("qom-type", part);
        } else {
          // Never the part itself, which may be a secret that was not written as data=.
          throw new Failure("Expected '=' after a parameter of --object");
        }
      }
    }
    if (!object.containsKey("qom-type")) {
      throw new Failure("Parameter 'qom-type' is missing");
    }
    return object;
  }

  private static String id(Map<String, String> object) throws Failure {
    String id = object.get("id");
    if (id == null) {
      throw new Failure("Parameter 'id' is missing");
    }
    boolean valid = !id.isEmpty() && isLetter(id.charAt(0));
    for (int i = 1; valid && i < id.length(); i++) {
      char c = id.charAt(i);
      valid = isLetter(c) || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
    }
    if (!valid) {
      throw new Failure("Parameter 'id' expects an identifier")
          .withSecondLine(
              "Identifiers consist of letters, digits, '-', '.', '_', starting with a letter.");
    }
    return id;
  }

  private static boolean isLetter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  }

  private static void checkSecret(Map<String, String> object, Set<String> before) throws Failure {
    List<String> unknown = new ArrayList<>(object.keySet());
    unknown.removeAll(OF_A_SECRET);
    if (!unknown.isEmpty()) {
      throw new Failure("Parameter '" + unknown.getFirst() + "' is unexpected");
    }
    String format = object.getOrDefault("format", "raw");
    if (!format.equals("raw") && !format.equals("base64")) {
      throw new Failure("Parameter 'format' does not accept value '" + format + "'");
    }
    String file = object.get("file");
    if (file != null && object.containsKey("data")) {
      throw new Failure("'file' and 'data' are mutually exclusive");
    }
    if (file == null && !object.containsKey("data")) {
      throw new Failure("Either 'file' or 'data' must be provided");
    }
    if (file != null) {
      checkFile(file);
    }
    String key = object.get("keyid");
    if (key != null && !before.contains(key)) {
      throw new Failure("No secret with id '" + key + "'");
    }
  }

  private static void checkFile(String file) throws Failure {
    Path path = FileNames.path(file);
    if (Files.isReadable(path)) {
      return;
    }
    String reason = Files.exists(path) ? "Permission denied" : "No such file or directory";
    throw new Failure(
        "Unable to read " + file + ": Failed to open file \u201c" + file + "\u201d: " + reason);
  }
}
