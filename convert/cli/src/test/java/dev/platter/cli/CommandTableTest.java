package dev.platter.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.platter.cli.line.Command;
import dev.platter.cli.line.Option;
import dev.platter.cli.line.Profile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The table in the README tells of every command and option that qemu-img has, and of no other. */
class CommandTableTest {
  private static final String ALL = "all";
  private static final Pattern ROW = Pattern.compile("\\|([^|]*)\\|([^|]*)\\|(.*)\\|");
  private static final Pattern QUOTED = Pattern.compile("`([^`]+)`");
  private static final Pattern OPTION = Pattern.compile("(?<![\\w-])--?[A-Za-z][\\w-]*");

  /** The options that the table names for each command. */
  private static final Map<String, Set<String>> TABLE = new HashMap<>();

  @BeforeAll
  static void readTheTable() throws IOException {
    String text = Files.readString(Path.of("README.md"));
    String command = null;
    for (String line : text.substring(text.indexOf("| command | options |")).lines().toList()) {
      Matcher row = ROW.matcher(line);
      if (!row.matches()) {
        if (line.isEmpty()) {
          return;
        }
        continue;
      }
      String name = row.group(1).replace("`", "").strip();
      command = name.isEmpty() ? command : name;
      Matcher quoted = QUOTED.matcher(row.group(2));
      while (quoted.find()) {
        Matcher option = OPTION.matcher(quoted.group(1));
        while (option.find()) {
          TABLE.computeIfAbsent(command, key -> new HashSet<>()).add(option.group());
        }
      }
    }
  }

  @Test
  void namesEveryOption() {
    List<String> missing = new ArrayList<>();
    for (String name : Commands.NAMES) {
      Command command = Commands.named(name);
      for (Option option : command.options(Profile.QEMU_IMG)) {
        if (forms(option).stream().noneMatch(form -> isNamed(name, form))) {
          missing.add(name + " " + forms(option));
        }
      }
    }
    assertEquals(List.of(), missing);
  }

  @Test
  void namesNoOptionThatIsNone() {
    List<String> unknown = new ArrayList<>();
    TABLE.forEach((name, options) -> {
      Command command = Commands.named(name);
      for (String form : command == null ? Set.<String>of() : options) {
        if (command.options(Profile.QEMU_IMG).stream()
            .noneMatch(option -> forms(option).contains(form))) {
          unknown.add(name + " " + form);
        }
      }
    });
    assertEquals(List.of(), unknown);
  }

  @Test
  void namesEveryCommandAndNoOther() {
    Set<String> named = new HashSet<>(TABLE.keySet());
    named.removeAll(List.of(ALL, "command"));
    assertEquals(new HashSet<>(Commands.NAMES), named);
  }

  private static boolean isNamed(String command, String form) {
    return TABLE.getOrDefault(command, Set.of()).contains(form)
        || TABLE.getOrDefault(ALL, Set.of()).contains(form);
  }

  /** Each way in which an option may be written. */
  private static List<String> forms(Option option) {
    List<String> forms = new ArrayList<>();
    option.letters().chars().forEach(letter -> forms.add("-" + (char) letter));
    if (!option.name().isEmpty()) {
      forms.add("--" + option.name());
    }
    return forms;
  }
}
