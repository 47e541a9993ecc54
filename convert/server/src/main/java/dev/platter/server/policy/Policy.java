package dev.platter.server.policy;

import dev.platter.server.http.ApiException;
import dev.platter.server.identity.Caller;
import dev.platter.server.identity.Credentials;
import dev.platter.server.identity.Scope;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * Who may do what, as rules by name in the language of oslo.policy. Rules of a deployer's files
 * replace the built-in ones. Does not change once it is made; any thread may ask.
 */
public final class Policy {
  private static final String ADMIN_RULE = "context_is_admin";
  private static final int MOST = 2000;
  private static final int DEEPEST = 100;

  private final Map<String, PolicyRule> rules = new TreeMap<>();
  private final Map<String, Check> checks = new HashMap<>();
  private final Set<String> projectOnly = new HashSet<>();
  private final Set<String> sound = new HashSet<>();
  private final Map<String, PolicyRule> unused = new TreeMap<>();
  private final PolicyMode mode;

  /** The built-in rules alone. */
  public Policy() {
    this(new PolicyFiles(), PolicyMode.DEFAULT);
  }

  /**
   * @param files the deployer's rules
   * @throws IllegalArgumentException if rules refer to themselves or to none: it says where
   */
  public Policy(PolicyFiles files, PolicyMode mode) {
    this.mode = mode;
    if (files.rules().size() > MOST) {
      throw new IllegalArgumentException("there are more than " + MOST + " policy rules");
    }
    Map<String, PolicyDefaults.Default> defaults = PolicyDefaults.all();
    defaults.forEach((name, rule) -> {
      rules.put(name, effective(name, rule, files.rules()));
      if (rule.projectOnly()) {
        projectOnly.add(name);
      }
    });
    rules.putAll(files.rules());
    Set<String> used = new HashSet<>(defaults.keySet());
    rules.forEach((name, rule) -> {
      checks.put(name, rule.check());
      check(name, rule, 0, used);
    });
    unused.putAll(files.rules());
    unused.keySet().removeAll(used);
  }

  /**
   * Refuses rules that nothing asks for: mistyped ones, mostly.
   *
   * @param asked rules that others than actions and rules ask for
   * @throws IllegalArgumentException if there is one: it says where
   */
  public void refuseUnused(Set<String> asked) {
    unused.forEach((name, rule) -> {
      if (!asked.contains(name)) {
        throw new IllegalArgumentException(
            "%s: no action and no other rule asks for rule %s".formatted(rule.where(), name));
      }
    });
  }

  private PolicyRule effective(
      String name, PolicyDefaults.Default rule, Map<String, PolicyRule> fromFiles) {
    PolicyRule builtIn = PolicyRule.builtIn(rule.text());
    if (rule.old() == null) {
      return builtIn;
    }
    // A rule that has got another name since: what the deployer says under the old one still holds.
    PolicyRule renamed = fromFiles.get(rule.oldName());
    if (renamed != null && !rule.oldName().equals(name)) {
      return renamed;
    }
    if (mode.newDefaults()) {
      return builtIn;
    }
    return new PolicyRule(
        new Check.Any(List.of(builtIn.check(), RuleParser.parse(rule.old()))), builtIn.where());
  }

  /** Finds what cannot be answered when the service starts, not when somebody asks. */
  private void check(String name, PolicyRule rule, int depth, Set<String> used) {
    if (sound.contains(name)) {
      return;
    }
    if (depth > DEEPEST) {
      throw new IllegalArgumentException(
          "%s: rule %s refers to itself, or through more than %d others"
              .formatted(rule.where(), name, DEEPEST));
    }
    check(rule.check(), name, rule, depth, used);
    sound.add(name);
  }

  private void check(Check check, String name, PolicyRule rule, int depth, Set<String> used) {
    if (check instanceof Check.Rule(String other)) {
      used.add(other);
      PolicyRule next = rules.get(other);
      if (next == null) {
        throw new IllegalArgumentException(
            "%s: rule %s refers to rule %s, which is not there"
                .formatted(rule.where(), name, other));
      }
      check(other, next, depth + 1, used);
    }
    check.parts().forEach(part -> check(part, name, rule, depth, used));
  }

  /** Whether there is a rule of this name. */
  boolean knows(String rule) {
    return checks.containsKey(rule);
  }

  /** Whether owners alone change what is theirs, whatever other rules say. */
  public boolean protectsOwners() {
    return !mode.newDefaults();
  }

  /** Whether somebody counts as an administrator. */
  public boolean isAdmin(Credentials credentials) {
    return allows(ADMIN_RULE, new Caller(credentials, false, ""), Target.NONE);
  }

  /** Refuses with 403 when the caller may not. */
  public void require(String rule, Caller caller) {
    require(rule, caller, Target.NONE);
  }

  /** Refuses with 403 when the caller may not do that with the target. */
  public void require(String rule, Caller caller, Target target) {
    if (!allows(rule, caller, target)) {
      throw ApiException.forbidden("You are not authorized to complete " + rule + " action.");
    }
  }

  /** Whether the caller may do what the rule is about. */
  public boolean allows(String rule, Caller caller, Target target) {
    Check check = checks.get(rule);
    if (check == null) {
      throw new IllegalArgumentException("there is no policy rule " + rule);
    }
    Scope.Kind scope = caller.credentials().scope().kind();
    boolean whole = scope == Scope.Kind.SYSTEM || scope == Scope.Kind.DOMAIN;
    if (mode.scopes() && whole && projectOnly.contains(rule)) {
      return false;
    }
    return check.holds(
        new Check.Question(facts(caller), caller.credentials().roles(), target, checks));
  }

  private static Map<String, Set<String>> facts(Caller caller) {
    Credentials user = caller.credentials();
    Map<String, Set<String>> facts = new HashMap<>();
    put(facts, "user_id", user.userId());
    put(facts, "user_domain_id", user.userDomainId());
    put(facts, "is_admin", caller.isAdmin() ? "True" : "False");
    facts.put("roles", user.roles());
    facts.put("service_roles", user.serviceRoles());
    switch (user.scope().kind()) {
      case PROJECT -> {
        put(facts, "project_id", user.scope().id());
        put(facts, "project_domain_id", user.scope().domainId());
      }
      case DOMAIN -> put(facts, "domain_id", user.scope().id());
      case SYSTEM -> put(facts, "system_scope", user.scope().id());
      case NONE -> {
        // Nothing is known.
      }
    }
    Optional<Credentials> service = user.service();
    service.ifPresent(credentials -> {
      put(facts, "service_user_id", credentials.userId());
      put(facts, "service_user_domain_id", credentials.userDomainId());
      put(facts, "service_project_id", credentials.projectId());
    });
    return facts;
  }

  private static void put(Map<String, Set<String>> facts, String name, String value) {
    if (value != null) {
      facts.put(name, Set.of(value));
    }
  }
}
