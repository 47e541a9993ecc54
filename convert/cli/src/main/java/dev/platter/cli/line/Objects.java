package dev.platter.cli.line;

import dev.platter.cipher.Secret;
import dev.platter.image.FormatOptions;
import dev.platter.image.IllegalOptionException;
import dev.platter.image.Secrets;
import dev.platter.image.name.JsonParser;
import dev.platter.image.node.ThrottleGroup;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What {@code --object} defines, as qemu-img takes it: {@code secret,id=NAME,data=TEXT} and the
 * like, or the same as JSON. Secrets are read when they are defined, and shown nowhere.
 */
public final class Objects implements AutoCloseable {
  /** None is defined. */
  public static final Objects NONE = new Objects();

  private static final String SECRET = "secret";
  private static final String THROTTLE = "throttle-group";

  /** Known to qemu-img and of no consequence for what an image holds, with what they may have. */
  private static final Map<String, Set<String>> HARMLESS =
      Map.of(
          "authz-simple", Set.of("identity"),
          "authz-list", Set.of("policy", "rules"));

  /** What would protect a connection, which must not go without it. */
  private static final Set<String> PROTECTING =
      Set.of("tls-creds-x509", "tls-creds-psk", "tls-creds-anon", "secret_keyring");

  private final Map<String, Secret> secrets = new HashMap<>();
  private final Map<String, ThrottleGroup> throttles = new HashMap<>();

  private Objects() {}

  /**
   * The objects that a command line defines, in order.
   *
   * @throws Failure if one of them makes no sense, or its file cannot be read
   */
  public static Objects of(Arguments arguments) throws Failure {
    if (!arguments.has(Command.OBJECT)) {
      return NONE;
    }
    Objects objects = new Objects();
    Set<String> all = new HashSet<>();
    for (String text : arguments.all(Command.OBJECT)) {
      Map<String, String> object = parse(text);
      String type = object.remove("qom-type");
      if (PROTECTING.contains(type)) {
        throw new Failure("--object " + type + " is not supported");
      }
      if (!type.equals(SECRET) && !type.equals(THROTTLE) && !HARMLESS.containsKey(type)) {
        throw new Failure("Parameter 'qom-type' does not accept value '" + type + "'");
      }
      String id = id(object);
      if (type.equals(SECRET)) {
        objects.secrets.put(id, SecretObject.read(object, objects.secrets));
      } else if (type.equals(THROTTLE)) {
        objects.throttles.put(id, throttle(object));
      } else {
        refuseOthers(object, HARMLESS.get(type));
      }
      if (!all.add(id)) {
        throw new Failure(
            "attempt to add duplicate property '" + id + "' to object (type 'container')");
      }
    }
    return objects;
  }

  /** The files that secrets of a command line are read from. */
  public static List<String> files(Arguments arguments) throws Failure {
    List<String> files = new ArrayList<>();
    for (String text : arguments.all(Command.OBJECT)) {
      String file = parse(text).get("file");
      if (file != null) {
        files.add(file);
      }
    }
    return files;
  }

  /** The passphrases of encrypted images; qemu-img takes none but those that are defined. */
  public Secrets passphrases(Profile profile) {
    return new Passphrases(this, !profile.asQemuImg());
  }

  /** A secret, which stays ours; empty where none has that name. */
  public Optional<Secret> secret(String id) {
    return Optional.ofNullable(secrets.get(id));
  }

  /** Overwrites the secrets: the call is over. */
  @Override
  public void close() {
    secrets.values().forEach(Secret::close);
    secrets.clear();
  }

  /** The groups whose members share limits, by name. */
  public Map<String, ThrottleGroup> throttles() {
    return Map.copyOf(throttles);
  }

  private static ThrottleGroup throttle(Map<String, String> object) throws Failure {
    try {
      return ThrottleGroup.of(object);
    } catch (IllegalOptionException e) {
      throw new Failure(e.getMessage());
    }
  }

  /** Sees that an object has nothing but what such objects have. */
  static void refuseOthers(Map<String, String> object, Set<String> known) throws Failure {
    for (String key : object.keySet()) {
      if (!known.contains(key)) {
        throw new Failure("Parameter '" + key + "' is unexpected");
      }
    }
  }

  private static Map<String, String> parse(String text) throws Failure {
    Map<String, String> object = new LinkedHashMap<>();
    if (text.startsWith("{")) {
      try {
        addTexts("", JsonParser.parseObject(text), object);
      } catch (IllegalOptionException e) {
        throw new Failure(e.getMessage());
      }
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

  /** The values of JSON as they would be written without it, those of maps by keys with dots. */
  private static void addTexts(String prefix, Map<?, ?> json, Map<String, String> to)
      throws Failure {
    for (Map.Entry<?, ?> entry : json.entrySet()) {
      String key = prefix + entry.getKey();
      if (entry.getValue() instanceof Map<?, ?> inner) {
        addTexts(key + ".", inner, to);
      } else if (prefix.isEmpty() && !(entry.getValue() instanceof String)) {
        throw new Failure("Invalid parameter type for '" + key + "', expected: string");
      } else {
        to.put(key, entry.getValue().toString());
      }
    }
  }

  private static String id(Map<String, String> object) throws Failure {
    String id = object.remove("id");
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
}
