package dev.platter.server.policy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.server.http.ApiException;
import dev.platter.server.identity.Caller;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class PolicyTest {
  private static Caller caller(String... roles) {
    return new Caller("u", "p", Set.of(roles), "r");
  }

  @Test
  void onlyAdministratorsPublishAndRuleTheCache() {
    Policy policy = new Policy(Map.of());
    for (String rule : new String[] {"publicize_image", "cache_list", "add_metadef_namespace"}) {
      assertTrue(policy.allows(rule, caller("admin")), rule);
      assertFalse(policy.allows(rule, caller("member")), rule);
    }
    assertTrue(policy.allows("get_metadef_tags", caller()));
    ApiException refused =
        assertThrows(ApiException.class, () -> policy.require("publicize_image", caller("member")));
    assertEquals(403, refused.status());
    assertEquals(
        "You are not authorized to complete publicize_image action.", refused.getMessage());
  }

  @Test
  void aFileReplacesRulesByName() {
    Policy policy =
        new Policy(
            Map.of(
                "publicize_image", "role:Editor or rule:context_is_admin",
                "add_metadef_object", "rule:metadef_default",
                "download_image", "!"));
    assertTrue(policy.allows("publicize_image", caller("editor")));
    assertTrue(policy.allows("publicize_image", caller("admin")));
    assertFalse(policy.allows("publicize_image", caller("member")));
    assertTrue(policy.allows("add_metadef_object", caller()));
    assertFalse(policy.allows("download_image", caller("admin")));
  }

  @Test
  void whatIsNotUnderstoodIsRefusedAtTheStart() {
    for (String rule : new String[] {"role:a and role:b", "is_admin:True", "rule:nothing"}) {
      assertThrows(
          IllegalArgumentException.class, () -> new Policy(Map.of("publicize_image", rule)), rule);
    }
    Map<String, String> meaningless = Map.of("get_imagez", "role:reader");
    assertThrows(IllegalArgumentException.class, () -> new Policy(meaningless));
    Map<String, String> circle = Map.of("download_image", "rule:b", "b", "rule:download_image");
    assertThrows(IllegalArgumentException.class, () -> new Policy(circle));
  }
}
