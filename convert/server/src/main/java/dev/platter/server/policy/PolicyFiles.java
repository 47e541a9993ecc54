package dev.platter.server.policy;

import dev.platter.server.yaml.YamlFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Rules in files, as oslo.policy reads them: names with rules, in YAML or JSON. */
public final class PolicyFiles {
  private final Map<String, PolicyRule> rules = new LinkedHashMap<>();

  /**
   * Adds the rules of a file; they replace those of the same name.
   *
   * @throws IOException if it cannot be read or understood: says where, and what
   */
  public PolicyFiles add(Path file) throws IOException {
    for (Map.Entry<String, YamlFile.Value> entry : YamlFile.read(file).mapping().entrySet()) {
      rules.put(entry.getKey(), read(entry.getKey(), entry.getValue()));
    }
    return this;
  }

  /** Adds all files of a directory in the order of their names, but for hidden ones. */
  public PolicyFiles addDirectory(Path directory) throws IOException {
    List<Path> files;
    try (var entries = Files.list(directory)) {
      files =
          entries
              .filter(Files::isRegularFile)
              .filter(file -> !file.getFileName().toString().startsWith("."))
              .sorted()
              .toList();
    }
    for (Path file : files) {
      add(file);
    }
    return this;
  }

  private static PolicyRule read(String name, YamlFile.Value value) throws IOException {
    try {
      Check check =
          value.isList() ? RuleParser.parseList(lists(value)) : RuleParser.parse(value.text());
      return new PolicyRule(check, value.where());
    } catch (IllegalArgumentException e) {
      throw value.wrong("rule " + name + ": " + e.getMessage());
    }
  }

  private static List<List<String>> lists(YamlFile.Value value) throws IOException {
    List<List<String>> alternatives = new ArrayList<>();
    for (YamlFile.Value alternative : value.list()) {
      List<String> checks = new ArrayList<>();
      for (YamlFile.Value check :
          alternative.isList() ? alternative.list() : List.of(alternative)) {
        checks.add(check.text());
      }
      alternatives.add(checks);
    }
    return alternatives;
  }

  Map<String, PolicyRule> rules() {
    return rules;
  }
}
