package dev.platter.server.policy;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import dev.platter.server.identity.Caller;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * Who may create, read, update and delete which properties of images, as Glance's file of property
 * protections says it: sections whose names are regular expressions, of which the first that is
 * found in a property's name counts. Properties that none is found in are nobody's. Expressions are
 * those of RE2, so that no name, however long, takes long. Does not change once it is made.
 */
public final class PropertyProtections {
  /** Everybody may do everything: there is no such file. */
  public static final PropertyProtections NONE = new PropertyProtections(null, null);

  /** What the service says itself, and everybody may read. */
  private static final String OWN_PREFIX = "os_glance";

  private static final long LARGEST = 1 << 20;

  private final List<Section> sections;
  private final Policy policy;

  /** What is done with a property. */
  public enum Action {
    CREATE,
    READ,
    UPDATE,
    DELETE
  }

  /** What the values of the file are. */
  public enum Format {
    /** Roles, with commas between them. */
    ROLES,
    /** The name of one rule. */
    POLICIES
  }

  private record Section(Pattern name, Map<Action, Set<String>> permitted) {}

  private PropertyProtections(List<Section> sections, Policy policy) {
    this.sections = sections;
    this.policy = policy;
  }

  /**
   * @param policy the rules that the file's values name, for {@link Format#POLICIES}
   * @throws IOException if it cannot be read or understood: says where, and what
   */
  public static PropertyProtections read(Path file, Format format, Policy policy)
      throws IOException {
    if (Files.size(file) > LARGEST) {
      throw new IOException(file + ": is larger than 1 MiB");
    }
    Reader reader = new Reader(format, policy);
    List<String> lines = Files.readAllLines(file, StandardCharsets.UTF_8);
    for (int i = 0; i < lines.size(); i++) {
      try {
        reader.line(lines.get(i));
      } catch (IllegalArgumentException e) {
        throw new IOException(file + ", line " + (i + 1) + ": " + e.getMessage(), e);
      }
    }
    try {
      reader.end();
    } catch (IllegalArgumentException e) {
      throw new IOException(file + ", line " + lines.size() + ": " + e.getMessage(), e);
    }
    return new PropertyProtections(
        List.copyOf(reader.sections), format == Format.POLICIES ? policy : null);
  }

  /** Whether the caller may do this with a property of this name. */
  public boolean allows(Action action, String property, Caller caller) {
    if (sections == null || property.startsWith(OWN_PREFIX)) {
      return true;
    }
    for (Section section : sections) {
      if (section.name().matcher(property).find()) {
        return allows(section.permitted().get(action), caller);
      }
    }
    return false;
  }

  /** The rules that are asked for. */
  public Set<String> rules() {
    Set<String> rules = new HashSet<>();
    if (policy != null) {
      sections.forEach(section -> section.permitted().values().forEach(rules::addAll));
    }
    return rules;
  }

  private boolean allows(Set<String> permitted, Caller caller) {
    if (permitted.contains("!")) {
      return false;
    }
    if (permitted.contains("@")) {
      return true;
    }
    if (policy != null) {
      return permitted.stream().anyMatch(rule -> policy.allows(rule, caller, Target.NONE));
    }
    Set<String> roles = new HashSet<>(caller.roles());
    roles.addAll(caller.credentials().serviceRoles());
    return permitted.stream().anyMatch(roles::contains);
  }

  private static final class Reader {
    private final Format format;
    private final Policy policy;
    private final List<Section> sections = new ArrayList<>();
    private final Set<String> names = new HashSet<>();
    private String current;
    private Pattern expression;
    private Map<Action, Set<String>> permitted;

    Reader(Format format, Policy policy) {
      this.format = format;
      this.policy = policy;
    }

    void line(String line) {
      String text = line.strip();
      if (text.isEmpty() || text.startsWith("#") || text.startsWith(";")) {
        return;
      }
      if (text.startsWith("[") && text.endsWith("]")) {
        end();
        begin(text.substring(1, text.length() - 1));
        return;
      }
      int at = text.indexOf('=');
      int colon = text.indexOf(':');
      at = at < 0 || colon >= 0 && colon < at ? colon : at;
      if (at < 1 || current == null || !line.equals(line.stripLeading())) {
        throw new IllegalArgumentException("neither [expression] nor action = who: " + text);
      }
      Action action = action(text.substring(0, at).strip());
      if (permitted.put(action, values(text.substring(at + 1).strip())) != null) {
        throw new IllegalArgumentException(text.substring(0, at).strip() + " is there twice");
      }
    }

    private void begin(String name) {
      if (!names.add(name)) {
        throw new IllegalArgumentException("[" + name + "] is there twice");
      }
      try {
        expression = Pattern.compile(name);
      } catch (PatternSyntaxException e) {
        throw new IllegalArgumentException(
            "[" + name + "] is no regular expression of RE2: " + e.getDescription(), e);
      }
      current = name;
      permitted = new EnumMap<>(Action.class);
    }

    void end() {
      if (current != null) {
        for (Action action : Action.values()) {
          if (!permitted.containsKey(action)) {
            throw new IllegalArgumentException(
                "[%s]: %s is missing".formatted(current, action.name().toLowerCase(Locale.ROOT)));
          }
        }
        sections.add(new Section(expression, permitted));
      }
    }

    private static Action action(String name) {
      for (Action action : Action.values()) {
        if (action.name().equals(name.toUpperCase(Locale.ROOT))) {
          return action;
        }
      }
      throw new IllegalArgumentException(name + " is none of create, read, update, delete");
    }

    private Set<String> values(String text) {
      Set<String> values = new HashSet<>();
      for (String value : text.split(",")) {
        if (!value.isBlank()) {
          values.add(
              format == Format.ROLES ? value.strip().toLowerCase(Locale.ROOT) : value.strip());
        }
      }
      if (values.contains("@") && values.contains("!")) {
        throw new IllegalArgumentException("everybody (@) and nobody (!) cannot both be meant");
      }
      if (format == Format.POLICIES) {
        if (values.size() > 1) {
          throw new IllegalArgumentException("one rule is expected: rules are combined in rules");
        }
        for (String rule : values) {
          if (!rule.matches("[@!]") && !policy.knows(rule)) {
            throw new IllegalArgumentException("there is no rule " + rule);
          }
        }
      }
      return values;
    }
  }
}
