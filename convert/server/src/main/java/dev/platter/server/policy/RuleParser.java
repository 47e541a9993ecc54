package dev.platter.server.policy;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * The language of oslo.policy's rules: checks, {@code not}, {@code and}, {@code or} in this order
 * of strength, and parentheses. What that library takes for "nobody" because it does not understand
 * it is an error here.
 */
final class RuleParser {
  /** What is known of callers, by the names that rules have for it. */
  static final Set<String> FACTS =
      Set.of(
          "user_id",
          "user_domain_id",
          "project_id",
          "project_domain_id",
          "domain_id",
          "system_scope",
          "is_admin",
          "roles",
          "service_user_id",
          "service_user_domain_id",
          "service_project_id",
          "service_roles");

  private static final int LONGEST = 8192;
  private static final int DEEPEST = 100;
  private static final Set<String> WORDS = Set.of("and", "or", "not", "(", ")");

  private final Deque<String> tokens;
  private int depth;

  private RuleParser(String rule) {
    tokens = new ArrayDeque<>(tokens(rule));
  }

  /**
   * @throws IllegalArgumentException if it is not understood; the message says what
   */
  static Check parse(String rule) {
    if (rule.length() > LONGEST) {
      throw new IllegalArgumentException("is longer than " + LONGEST + " characters");
    }
    if (rule.isBlank()) {
      return Check.TRUE;
    }
    RuleParser parser = new RuleParser(rule);
    Check check = parser.alternatives();
    if (!parser.tokens.isEmpty()) {
      throw new IllegalArgumentException("\"" + parser.tokens.peek() + "\" is not expected");
    }
    return check;
  }

  /** Reads the older notation: a list of alternatives, each a list of checks or a single one. */
  static Check parseList(List<List<String>> alternatives) {
    if (alternatives.isEmpty()) {
      return Check.TRUE;
    }
    return new Check.Any(
        alternatives.stream()
            .filter(alternative -> !alternative.isEmpty())
            .<Check>map(
                alternative -> new Check.All(alternative.stream().map(RuleParser::check).toList()))
            .toList());
  }

  /** Parentheses are tokens at the beginning and the end of words: inside, they are values'. */
  private static List<String> tokens(String rule) {
    List<String> tokens = new ArrayList<>();
    for (String word : rule.strip().split("\\s+")) {
      int begin = 0;
      while (begin < word.length() && word.charAt(begin) == '(') {
        tokens.add("(");
        begin++;
      }
      int end = word.length();
      while (end > begin && word.charAt(end - 1) == ')') {
        end--;
      }
      String clean = word.substring(begin, end);
      if (!clean.isEmpty()) {
        String lower = clean.toLowerCase(Locale.ROOT);
        tokens.add(WORDS.contains(lower) ? lower : clean);
      }
      for (int i = end; i < word.length(); i++) {
        tokens.add(")");
      }
    }
    return tokens;
  }

  private boolean take(String token) {
    if (token.equals(tokens.peek())) {
      tokens.poll();
      return true;
    }
    return false;
  }

  private Check alternatives() {
    List<Check> parts = new ArrayList<>();
    do {
      parts.add(conditions());
    } while (take("or"));
    return parts.size() == 1 ? parts.getFirst() : new Check.Any(parts);
  }

  private Check conditions() {
    List<Check> parts = new ArrayList<>();
    do {
      parts.add(condition());
    } while (take("and"));
    return parts.size() == 1 ? parts.getFirst() : new Check.All(parts);
  }

  private Check condition() {
    if (++depth > DEEPEST) {
      throw new IllegalArgumentException("is nested more than " + DEEPEST + " times");
    }
    Check check;
    if (take("not")) {
      check = new Check.Not(condition());
    } else if (take("(")) {
      check = alternatives();
      if (!take(")")) {
        throw new IllegalArgumentException("a closing parenthesis is missing");
      }
    } else {
      String token = tokens.poll();
      if (token == null || WORDS.contains(token)) {
        throw new IllegalArgumentException(
            "a condition is missing "
                + (token == null ? "at the end" : "before \"" + token + "\""));
      }
      check = check(token);
    }
    depth--;
    return check;
  }

  /** Reads one check. */
  private static Check check(String text) {
    if (text.equals("@")) {
      return Check.TRUE;
    }
    if (text.equals("!")) {
      return Check.FALSE;
    }
    int colon = text.indexOf(':');
    if (colon < 1) {
      throw new IllegalArgumentException("\"" + text + "\" is not understood");
    }
    String kind = text.substring(0, colon);
    String value = text.substring(colon + 1);
    return switch (kind) {
      case "rule" -> new Check.Rule(value);
      case "role" -> new Check.Role(Template.parse(value));
      case "http", "https" ->
          throw new IllegalArgumentException(
              "\"" + text + "\": rules are never asked of another server");
      case "user" -> new Check.Fact("user_id", Template.parse(value));
      case "tenant" -> new Check.Fact("project_id", Template.parse(value));
      case "system" -> new Check.Fact("system_scope", Template.parse(value));
      default ->
          FACTS.contains(kind)
              ? new Check.Fact(kind, Template.parse(value))
              : new Check.Literal(literal(kind, text), Template.parse(value));
    };
  }

  private static String literal(String kind, String text) {
    if (kind.matches("'[^'\\\\]*'|\"[^\"\\\\]*\"")) {
      return kind.substring(1, kind.length() - 1);
    }
    if (kind.matches("True|False|-?(0|[1-9][0-9]{0,17})")) {
      return kind;
    }
    throw new IllegalArgumentException("\"" + text + "\": " + kind + " is nothing that is known");
  }
}
