package dev.platter.image;

import dev.platter.cipher.Secret;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The creation options of one format, {@code key=value} parsed and checked against the format's
 * {@link OptionSpec}s in this one place. The order of the user is kept; a later value replaces an
 * earlier one.
 */
public final class FormatOptions {
  private final Map<String, String> values;

  private final Secrets secrets;

  private FormatOptions(Map<String, String> values, Secrets secrets) {
    this.values = Collections.unmodifiableMap(values);
    this.secrets = secrets;
  }

  /** No option set. */
  public static FormatOptions none() {
    return new FormatOptions(new LinkedHashMap<>(), Secrets.NONE);
  }

  /**
   * Parses option strings as qemu-img takes them: {@code key=value,key=value}, a comma inside a
   * value written twice, a bare {@code key} meaning {@code key=on} and {@code nokey} meaning {@code
   * key=off}.
   *
   * @param texts the strings, in the order given; they accumulate
   * @param specs what the format knows
   * @throws IllegalOptionException if a key is unknown or a value does not have the key's type
   */
  public static FormatOptions parse(List<String> texts, List<OptionSpec> specs)
      throws IllegalOptionException {
    Map<String, String> values = new LinkedHashMap<>();
    for (String text : texts) {
      for (String option : split(text)) {
        int equals = option.indexOf('=');
        String key = equals < 0 ? option : option.substring(0, equals);
        String value = equals < 0 ? "on" : option.substring(equals + 1);
        OptionSpec spec = find(specs, key);
        if (spec == null && equals < 0 && key.startsWith("no")) {
          key = key.substring(2);
          value = "off";
          spec = find(specs, key);
        }
        if (spec == null) {
          throw IllegalOptionException.unknown(equals < 0 ? option : option.substring(0, equals));
        }
        check(spec, value);
        values.put(key, value);
      }
    }
    return new FormatOptions(values, Secrets.NONE);
  }

  /** Splits at single commas; a doubled comma stands for one. */
  public static List<String> split(String text) {
    List<String> parts = new ArrayList<>();
    StringBuilder part = new StringBuilder();
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == ',' && i + 1 < text.length() && text.charAt(i + 1) == ',') {
        part.append(',');
        i++;
      } else if (c == ',') {
        parts.add(part.toString());
        part.setLength(0);
      } else {
        part.append(c);
      }
    }
    if (part.length() > 0) {
      parts.add(part.toString());
    }
    parts.removeIf(String::isEmpty);
    return parts;
  }

  /** These options with one more, which replaces an earlier value of the same key. */
  public FormatOptions with(String key, String value) {
    Map<String, String> copy = new LinkedHashMap<>(values);
    copy.put(key, value);
    return new FormatOptions(copy, secrets);
  }

  /** These options, and where the secrets are that they name. */
  public FormatOptions with(Secrets where) {
    return new FormatOptions(values, where);
  }

  /** Where the secrets are that the options name. */
  public Secrets secrets() {
    return secrets;
  }

  /**
   * The passphrase that an option names, or else what opens images without a name, for the caller
   * to close.
   *
   * @param key the option that holds the name
   * @param image the name of the image's storage
   * @throws IllegalOptionException if there is none
   */
  public Secret secret(String key, String image) throws IllegalOptionException {
    String id = values.get(key);
    if (id != null) {
      return secrets.named(id);
    }
    Optional<Secret> unnamed = secrets.unnamed(image);
    if (unnamed.isPresent()) {
      return unnamed.get();
    }
    throw new IllegalOptionException("Parameter '" + key + "' is required for cipher");
  }

  /** What the user set, in the order set. */
  public Map<String, String> asMap() {
    return values;
  }

  /** The text of an option, if set. */
  public Optional<String> string(String key) {
    return Optional.ofNullable(values.get(key));
  }

  /** An on/off option; {@code otherwise} if not set. */
  public boolean bool(String key, boolean otherwise) {
    String value = values.get(key);
    return value == null ? otherwise : isOn(value);
  }

  /** A whole number, if set. */
  public OptionalLong number(String key) {
    String value = values.get(key);
    return value == null ? OptionalLong.empty() : OptionalLong.of(Long.decode(value));
  }

  /** A size in bytes, if set. */
  public OptionalLong size(String key) {
    String value = values.get(key);
    return value == null ? OptionalLong.empty() : OptionalLong.of(Sizes.parse(value));
  }

  private static OptionSpec find(List<OptionSpec> specs, String key) {
    for (OptionSpec spec : specs) {
      if (spec.name().equals(key)) {
        return spec;
      }
    }
    return null;
  }

  private static boolean isOn(String value) {
    return value.equals("on") || value.equals("yes") || value.equals("true") || value.equals("y");
  }

  private static boolean isOff(String value) {
    return value.equals("off") || value.equals("no") || value.equals("false") || value.equals("n");
  }

  private static void check(OptionSpec spec, String value) throws IllegalOptionException {
    try {
      switch (spec.type()) {
        case STRING -> {}
        case BOOL -> {
          if (!isOn(value) && !isOff(value)) {
            throw new IllegalOptionException(
                "Parameter '" + spec.name() + "' expects 'on' or 'off'");
          }
        }
        case NUMBER -> Long.decode(value);
        case SIZE -> Sizes.parse(value);
      }
    } catch (NumberFormatException e) {
      if (spec.type() == OptionSpec.Type.NUMBER) {
        throw new IllegalOptionException("Parameter '" + spec.name() + "' expects a number");
      }
      throw new IllegalOptionException(
          IllegalOptionException.Kind.NO_SIZE,
          "Parameter '" + spec.name() + "' expects a non-negative number below 2^64");
    }
  }
}
