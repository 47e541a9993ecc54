package dev.platter.server.policy;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** One condition of a rule, or several combined. */
sealed interface Check {
  /** Everybody. */
  Check TRUE = new All(List.of());

  /** Nobody. */
  Check FALSE = new Any(List.of());

  /**
   * What a rule is held against.
   *
   * @param facts what is known of the caller: several values for roles
   * @param roles the caller's roles, in lower case
   * @param target what the request is about
   * @param rules all rules by name
   */
  record Question(
      Map<String, Set<String>> facts, Set<String> roles, Target target, Map<String, Check> rules) {}

  boolean holds(Question question);

  /** The checks that this one is made of. */
  default List<Check> parts() {
    return List.of();
  }

  /** {@code and}. */
  record All(List<Check> parts) implements Check {
    @Override
    public boolean holds(Question question) {
      return parts.stream().allMatch(part -> part.holds(question));
    }
  }

  /** {@code or}. */
  record Any(List<Check> parts) implements Check {
    @Override
    public boolean holds(Question question) {
      return parts.stream().anyMatch(part -> part.holds(question));
    }
  }

  /** {@code not}. */
  record Not(Check part) implements Check {
    @Override
    public boolean holds(Question question) {
      return !part.holds(question);
    }

    @Override
    public List<Check> parts() {
      return List.of(part);
    }
  }

  /** {@code rule:NAME}: another rule. */
  record Rule(String name) implements Check {
    @Override
    public boolean holds(Question question) {
      return question.rules().get(name).holds(question);
    }
  }

  /** {@code role:NAME}: the caller has the role. */
  record Role(Template name) implements Check {
    @Override
    public boolean holds(Question question) {
      Optional<String> wanted = name.fill(question.target());
      return wanted.isPresent() && question.roles().contains(wanted.get().toLowerCase(Locale.ROOT));
    }
  }

  /** {@code FACT:VALUE}: something that is known of the caller has this value. */
  record Fact(String name, Template value) implements Check {
    @Override
    public boolean holds(Question question) {
      Optional<String> wanted = value.fill(question.target());
      return wanted.isPresent()
          && question.facts().getOrDefault(name, Set.of()).contains(wanted.get());
    }
  }

  /** {@code 'TEXT':VALUE}: the value, mostly one of the target's, is this text. */
  record Literal(String text, Template value) implements Check {
    @Override
    public boolean holds(Question question) {
      return value.fill(question.target()).filter(text::equals).isPresent();
    }
  }
}
