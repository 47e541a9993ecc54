package dev.platter.server.keystone;

import com.fasterxml.jackson.databind.JsonNode;
import dev.platter.server.identity.AccessRules;
import dev.platter.server.identity.Credentials;
import dev.platter.server.identity.Roles;
import dev.platter.server.identity.Scope;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What Keystone says of a token.
 *
 * @param credentials what the token proves
 * @param expiresAt until when
 */
record TokenDocument(Credentials credentials, Instant expiresAt) {

  /**
   * Reads the answer to {@code GET /v3/auth/tokens}.
   *
   * @param serviceType what access rules call this service
   */
  static TokenDocument parse(JsonNode document, String serviceType) throws KeystoneException {
    JsonNode token = document.path("token");
    List<String> roles = new ArrayList<>();
    for (JsonNode role : token.path("roles")) {
      roles.add(required(role, "name"));
    }
    Credentials credentials =
        new Credentials(
            required(token.path("user"), "id"),
            token.path("user").path("domain").path("id").textValue(),
            scope(token),
            Roles.inLowerCase(roles),
            Optional.empty(),
            access(token.path("application_credential").path("access_rules"), serviceType));
    return new TokenDocument(credentials, expiry(token));
  }

  private static Scope scope(JsonNode token) throws KeystoneException {
    if (token.has("project")) {
      JsonNode project = token.path("project");
      return Scope.project(required(project, "id"), project.path("domain").path("id").textValue());
    }
    if (token.has("domain")) {
      return Scope.domain(required(token.path("domain"), "id"));
    }
    return token.path("system").path("all").asBoolean(false) ? Scope.SYSTEM : Scope.NONE;
  }

  private static AccessRules access(JsonNode given, String serviceType) throws KeystoneException {
    if (given.isMissingNode() || given.isNull()) {
      return AccessRules.NONE;
    }
    List<AccessRules.Rule> rules = new ArrayList<>();
    for (JsonNode rule : given) {
      if (required(rule, "service").equals(serviceType)) {
        rules.add(new AccessRules.Rule(required(rule, "method"), required(rule, "path")));
      }
    }
    return AccessRules.of(rules);
  }

  static Instant expiry(JsonNode token) throws KeystoneException {
    try {
      return OffsetDateTime.parse(required(token, "expires_at")).toInstant();
    } catch (DateTimeParseException e) {
      throw new KeystoneException("Keystone's answer has no time at which the token expires");
    }
  }

  private static String required(JsonNode node, String field) throws KeystoneException {
    String text = node.path(field).textValue();
    if (text == null || text.isBlank()) {
      throw new KeystoneException("Keystone's answer is no token: " + field + " is missing");
    }
    return text;
  }
}
