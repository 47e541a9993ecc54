package dev.platter.server.image;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What the text of a property must be, as its JSON schema says. Whatever the text, it is looked at
 * in a time that grows as its length does: expressions are those of RE2, without backtracking.
 *
 * @param listed the texts that it may be; nothing: any
 * @param least the least length in characters
 * @param most the largest length
 * @param pattern what is found in it
 */
record TextRule(Optional<Set<String>> listed, int least, int most, Optional<Pattern> pattern) {
  private static final Set<String> TOLD = Set.of("description", "type", "is_base", "default");
  private static final TextRule ANY =
      new TextRule(Optional.empty(), 0, Integer.MAX_VALUE, Optional.empty());

  /**
   * @throws IllegalArgumentException if the schema says what would not be obeyed: says what
   */
  static TextRule of(JsonNode schema) {
    if (!mayBeText(schema)) {
      throw new IllegalArgumentException("the type is expected to be string");
    }
    TextRule rule = ANY;
    for (Map.Entry<String, JsonNode> member : schema.properties()) {
      String name = member.getKey();
      JsonNode value = member.getValue();
      rule =
          switch (name) {
            case "enum" -> rule.withListed(value);
            case "minLength" ->
                new TextRule(rule.listed, length(name, value), rule.most, rule.pattern);
            case "maxLength" ->
                new TextRule(rule.listed, rule.least, length(name, value), rule.pattern);
            case "pattern" ->
                new TextRule(rule.listed, rule.least, rule.most, Optional.of(expression(value)));
            default -> {
              if (!TOLD.contains(name)) {
                throw new IllegalArgumentException(name + " is not understood");
              }
              yield rule;
            }
          };
    }
    return rule;
  }

  private static boolean mayBeText(JsonNode schema) {
    JsonNode type = schema.path("type");
    boolean text = type.asText().equals("string");
    for (JsonNode each : type) {
      text |= each.asText().equals("string");
    }
    return schema.isObject() && text;
  }

  private TextRule withListed(JsonNode values) {
    if (!values.isArray()) {
      throw new IllegalArgumentException("enum is expected to be a list");
    }
    Set<String> texts = new HashSet<>();
    for (JsonNode value : values) {
      if (value.isTextual()) {
        texts.add(value.textValue());
      } else if (!value.isNull()) {
        throw new IllegalArgumentException("enum is expected to hold texts, not " + value);
      }
    }
    return new TextRule(Optional.of(texts), least, most, pattern);
  }

  private static int length(String name, JsonNode value) {
    if (!value.isIntegralNumber() || !value.canConvertToInt() || value.intValue() < 0) {
      throw new IllegalArgumentException(name + " is expected to be a length, not " + value);
    }
    return value.intValue();
  }

  private static Pattern expression(JsonNode value) {
    if (!value.isTextual()) {
      throw new IllegalArgumentException("pattern is expected to be a text");
    }
    try {
      return Pattern.compile(value.textValue());
    } catch (PatternSyntaxException e) {
      throw new IllegalArgumentException(
          "pattern is no regular expression of RE2: " + e.getMessage(), e);
    }
  }

  /** What is wrong with a text; nothing when it is as it must be. */
  Optional<String> problem(String text) {
    if (listed.isPresent() && !listed.get().contains(text)) {
      return Optional.of("is not one of what is allowed");
    }
    int length = text.codePointCount(0, text.length());
    if (length < least || length > most) {
      return Optional.of("is too long or too short");
    }
    if (pattern.isPresent() && !pattern.get().matcher(text).find()) {
      return Optional.of("does not match " + pattern.get().pattern());
    }
    return Optional.empty();
  }
}
