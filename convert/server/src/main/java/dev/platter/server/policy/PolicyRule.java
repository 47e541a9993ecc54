package dev.platter.server.policy;

/**
 * A rule, and where it is written.
 *
 * @param where the file and the line; or that it is built in
 */
record PolicyRule(Check check, String where) {
  static PolicyRule builtIn(String text) {
    return new PolicyRule(RuleParser.parse(text), "built in");
  }
}
