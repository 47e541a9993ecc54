package dev.platter.server.config;

import dev.platter.server.live.Live;
import dev.platter.server.policy.Policy;
import dev.platter.server.policy.PolicyFiles;
import dev.platter.server.policy.PolicyMode;
import dev.platter.server.policy.PropertyProtections;
import dev.platter.server.policy.Rules;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * Which files say who may do what. Rules of {@code [oslo_policy] policy_file} and {@code
 * policy_dirs} replace built-in ones; without these settings, policy.yaml and policy.d beside the
 * file of settings are meant.
 *
 * @param policy the file of rules; nothing: there is neither one that is named nor a place for one
 * @param policyNamed whether it was named, and must be there
 * @param directories those whose files have rules, too
 * @param directoriesNamed whether they were named, and must be there
 * @param properties the file that protects properties
 * @param format what that file is made of
 * @param mode how rules are taken
 */
public record RuleSettings(
    Optional<Path> policy,
    boolean policyNamed,
    List<Path> directories,
    boolean directoriesNamed,
    Optional<Path> properties,
    PropertyProtections.Format format,
    PolicyMode mode)
    implements Live.Source<Rules> {
  private static final String MAIN = "DEFAULT";
  private static final String POLICY = "oslo_policy";

  /** Reads the settings, and once the files, to see what is wrong with them. */
  public static RuleSettings read(IniFile ini) throws IOException {
    Optional<Path> named = ini.file(POLICY, "policy_file");
    List<String> directories = ini.repeated(POLICY, "policy_dirs");
    String fallback = ini.text(POLICY, "policy_default_rule", "default");
    if (!fallback.equals("default")) {
      throw ini.wrong(POLICY, "policy_default_rule", "is always default");
    }
    RuleSettings settings =
        new RuleSettings(
            named.or(() -> ini.directory().map(beside -> beside.resolve("policy.yaml"))),
            named.isPresent(),
            directories.isEmpty()
                ? ini.directory().map(beside -> beside.resolve("policy.d")).stream().toList()
                : directories.stream().map(ini.directory().orElse(Path.of(""))::resolve).toList(),
            !directories.isEmpty(),
            ini.file(MAIN, "property_protection_file"),
            format(ini),
            new PolicyMode(
                ini.flag(POLICY, "enforce_scope", true),
                ini.flag(POLICY, "enforce_new_defaults", true)));
    settings.read();
    return settings;
  }

  private static PropertyProtections.Format format(IniFile ini) {
    String format =
        ini.text(MAIN, "property_protection_rule_format", "roles").toLowerCase(Locale.ROOT);
    if (!Set.of("roles", "policies").contains(format)) {
      throw ini.wrong(MAIN, "property_protection_rule_format", "roles or policies is expected");
    }
    return format.equals("roles")
        ? PropertyProtections.Format.ROLES
        : PropertyProtections.Format.POLICIES;
  }

  @Override
  public Rules read() throws IOException {
    PolicyFiles rules = new PolicyFiles();
    if (policy.isPresent() && (policyNamed || Files.exists(policy.get()))) {
      rules.add(policy.get());
    }
    for (Path directory : directories) {
      if (directoriesNamed || Files.isDirectory(directory)) {
        rules.addDirectory(directory);
      }
    }
    Policy made = new Policy(rules, mode);
    PropertyProtections protections =
        properties.isEmpty()
            ? PropertyProtections.NONE
            : PropertyProtections.read(properties.get(), format, made);
    made.refuseUnused(protections.rules());
    return new Rules(made, protections);
  }

  /** Those that may make a difference, whether they are there or not. */
  @Override
  public List<Path> files() {
    List<Path> files = new ArrayList<>(directories);
    policy.ifPresent(files::add);
    properties.ifPresent(files::add);
    return files;
  }
}
