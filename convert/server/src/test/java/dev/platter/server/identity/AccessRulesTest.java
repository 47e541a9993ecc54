package dev.platter.server.identity;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AccessRulesTest {
  private static boolean allows(String rule, String path) {
    return AccessRules.of(List.of(new AccessRules.Rule("GET", rule))).allow("GET", path);
  }

  @ParameterizedTest
  @CsvSource({
    "/v2/images, /v2/images, true",
    "/v2/images, /v2/images/, false",
    "/v2/images, /v2/image, false",
    "/v2/images/*, /v2/images/x, true",
    "/v2/images/*, /v2/images/, false",
    "/v2/images/*, /v2/images/x/file, false",
    "/v2/images/*/file, /v2/images/x/file, true",
    "/v2/images/{id}/file, /v2/images/x/file, true",
    "/v2/images/{id}/file, /v2/images//file, false",
    "/v2/**, /v2/images/x/file, true",
    "/v2/**, /v2/, true",
    "/v2/**, /v3/images, false",
    "/v2/**/file, /v2/images/x/file, true",
    "/v2/**/file, /v2/images/x/stage, false",
    "/v2/im.ges, /v2/images, false",
    "**, /anything/at/all, true",
  })
  void pathsHaveTwoWildcards(String rule, String path, boolean allowed) {
    assertEquals(allowed, allows(rule, path));
  }

  @Test
  void theMethodCountsAndNoRulesAllowNothing() {
    AccessRules reads = AccessRules.of(List.of(new AccessRules.Rule("GET", "**")));
    assertFalse(reads.allow("HEAD", "/v2/images"));
    assertFalse(AccessRules.of(List.of()).allow("GET", "/v2/images"));
    assertTrue(AccessRules.NONE.allow("GET", "/v2/images"));
  }

  @Test
  void noRuleTakesLong() {
    assertTimeoutPreemptively(
        Duration.ofSeconds(20),
        () -> assertFalse(allows("**a".repeat(300) + "b", "a".repeat(8000))));
  }
}
