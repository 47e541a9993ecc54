package dev.platter.server.policy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.server.http.ApiException;
import dev.platter.server.identity.Caller;
import dev.platter.server.identity.Credentials;
import dev.platter.server.identity.Roles;
import dev.platter.server.identity.Scope;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PolicyTest {
  @TempDir Path directory;

  private static Caller caller(String... roles) {
    return new Caller(Credentials.inProject("u", "p", Roles.withImplied(roles)), false, "r");
  }

  private static Caller inScope(Scope scope) {
    Credentials credentials =
        new Credentials("u", "d", scope, Roles.withImplied("admin"), Optional.empty());
    return new Caller(credentials, true, "r");
  }

  private static Target target(Map<String, String> values) {
    return name -> Optional.ofNullable(values.get(name));
  }

  private Policy policy(String yaml) throws IOException {
    return policy(yaml, PolicyMode.DEFAULT);
  }

  private Policy policy(String yaml, PolicyMode mode) throws IOException {
    Path file = Files.writeString(directory.resolve("policy.yaml"), yaml);
    Policy policy = new Policy(new PolicyFiles().add(file), mode);
    policy.refuseUnused(Set.of());
    return policy;
  }

  private boolean holds(String rule, Caller caller, Map<String, String> target) throws IOException {
    String quoted = "\"" + rule.replace("\"", "\\\"") + "\"";
    return policy("get_image: " + quoted).allows("get_image", caller, target(target));
  }

  @Test
  void onlyAdministratorsPublishAndRuleTheCache() {
    Policy policy = new Policy();
    for (String rule : new String[] {"publicize_image", "cache_list", "add_metadef_namespace"}) {
      assertTrue(policy.allows(rule, caller("admin"), Target.NONE), rule);
      assertFalse(policy.allows(rule, caller("member"), Target.NONE), rule);
    }
    ApiException refused =
        assertThrows(ApiException.class, () -> policy.require("publicize_image", caller("member")));
    assertEquals(403, refused.status());
    assertEquals(
        "You are not authorized to complete publicize_image action.", refused.getMessage());
  }

  @Test
  void readersReadAndMembersChangeWhatIsTheirProjects() {
    Policy policy = new Policy();
    Target own = target(Map.of("project_id", "p", "owner", "p", "visibility", "private"));
    Target other = target(Map.of("project_id", "q", "owner", "q", "visibility", "private"));
    Target open = target(Map.of("project_id", "q", "owner", "q", "visibility", "public"));
    assertTrue(policy.allows("get_image", caller("reader"), own));
    assertFalse(policy.allows("download_image", caller("reader"), own));
    assertFalse(policy.allows("delete_image", caller("reader"), own));
    assertTrue(policy.allows("delete_image", caller("member"), own));
    assertFalse(policy.allows("delete_image", caller("member"), open));
    assertTrue(policy.allows("get_image", caller("reader"), open));
    assertFalse(policy.allows("get_image", caller("reader"), other));
    assertFalse(policy.allows("get_image", caller(), own));
    assertTrue(policy.allows("fetch_image_location", caller("service"), own));
  }

  @Test
  void bindsAsTheLanguageDoes() throws IOException {
    Map<String, String> none = Map.of();
    assertTrue(holds("role:a or role:b and role:c", caller("a"), none));
    assertFalse(holds("(role:a or role:b) and role:c", caller("a"), none));
    assertTrue(holds("not role:b and role:a", caller("a"), none));
    assertFalse(holds("not (role:b or role:a)", caller("a"), none));
    assertTrue(holds("NOT NOT role:A", caller("a"), none));
    assertTrue(holds("((role:a)) AND (not !)", caller("a"), none));
    assertTrue(holds("", caller(), none));
    assertTrue(holds("@", caller(), none));
    assertFalse(holds("!", caller("admin"), none));
  }

  @Test
  void comparesFactsAndLiteralsWithTheTarget() throws IOException {
    Map<String, String> target = Map.of("owner", "p", "visibility", "public", "user", "u");
    assertTrue(holds("project_id:%(owner)s", caller(), target));
    assertTrue(holds("tenant:%(owner)s and user:%(user)s", caller(), target));
    assertTrue(holds("'public':%(visibility)s", caller(), target));
    assertTrue(holds("\"public\":%(visibility)s", caller(), target));
    assertFalse(holds("'private':%(visibility)s", caller(), target));
    assertTrue(holds("role:x_%(owner)s", caller("X_p"), target));
    assertTrue(holds("user_id:u", caller(), target));
    assertTrue(holds("is_admin:False and not is_admin:True", caller("admin"), target));
    // What is not there is like nothing, not even like what is not there either.
    assertFalse(holds("domain_id:%(nothing)s", caller(), target));
    assertFalse(holds("project_id:%(nothing)s or 'None':%(nothing)s", caller(), target));
  }

  @Test
  void readsTheOlderListsAndJson() throws IOException {
    Policy policy =
        policy(
            """
            {
            \t"publicize_image": [["role:a", "role:b"], ["role:c"], "role:d", []],
            \t"copy_image": [],
            \t"cache_list": [[]]
            }
            """);
    assertTrue(policy.allows("publicize_image", caller("a", "b"), Target.NONE));
    assertFalse(policy.allows("publicize_image", caller("a"), Target.NONE));
    assertTrue(policy.allows("publicize_image", caller("c"), Target.NONE));
    assertTrue(policy.allows("publicize_image", caller("d"), Target.NONE));
    assertTrue(policy.allows("copy_image", caller(), Target.NONE));
    assertFalse(policy.allows("cache_list", caller("admin"), Target.NONE));
  }

  @Test
  void aFileReplacesRulesByName() throws IOException {
    Policy policy =
        policy(
            """
            # what is published goes through editors
            "publicize_image": "role:Editor or rule:context_is_admin"
            "add_metadef_object": "rule:metadef_default"
            "download_image": "!"
            "context_is_admin": "role:boss"
            """);
    assertTrue(policy.allows("publicize_image", caller("editor"), Target.NONE));
    assertFalse(policy.allows("publicize_image", caller("admin"), Target.NONE));
    assertTrue(policy.isAdmin(caller("boss").credentials()));
    assertFalse(policy.isAdmin(caller("admin").credentials()));
    assertTrue(policy.allows("add_metadef_object", caller(), Target.NONE));
    assertFalse(policy.allows("download_image", caller("boss"), Target.NONE));
  }

  @Test
  void laterFilesReplaceEarlierOnes() throws IOException {
    Files.createDirectory(directory.resolve("d"));
    Files.writeString(directory.resolve("d/20.yaml"), "copy_image: role:last");
    Files.writeString(directory.resolve("d/10.yaml"), "copy_image: role:first\ncache_list: role:x");
    Files.writeString(directory.resolve("d/.hidden"), "copy_image: '!'");
    Path file = Files.writeString(directory.resolve("p.yaml"), "copy_image: '!'");
    Policy policy =
        new Policy(
            new PolicyFiles().add(file).addDirectory(directory.resolve("d")), PolicyMode.DEFAULT);
    assertTrue(policy.allows("copy_image", caller("last"), Target.NONE));
    assertFalse(policy.allows("copy_image", caller("first"), Target.NONE));
    assertTrue(policy.allows("cache_list", caller("x"), Target.NONE));
  }

  @Test
  void tokensOfTheSystemAreRefusedWhereAProjectIsExpected() throws IOException {
    assertFalse(new Policy().allows("get_images", inScope(Scope.SYSTEM), Target.NONE));
    assertFalse(new Policy().allows("get_images", inScope(Scope.domain("d")), Target.NONE));
    assertTrue(new Policy().isAdmin(inScope(Scope.SYSTEM).credentials()));
    Policy lax = policy("", new PolicyMode(false, true));
    assertTrue(lax.allows("get_images", inScope(Scope.SYSTEM), Target.NONE));
  }

  @Test
  void rulesOfEarlierReleasesHoldBesideTheNewOnesWhereThatIsWanted() throws IOException {
    PolicyMode old = new PolicyMode(true, false);
    assertTrue(policy("", old).allows("get_metadef_tags", caller(), Target.NONE));
    assertFalse(new Policy().allows("get_metadef_tags", caller(), Target.NONE));
    assertTrue(policy("default: ''", old).allows("delete_image", caller(), Target.NONE));
    assertFalse(
        policy("default: ''\ndelete_image: '!'", old)
            .allows("delete_image", caller(), Target.NONE));
    // A rule whose name has changed.
    Policy renamed = policy("manage_image_cache: role:cacher");
    assertTrue(renamed.allows("cache_delete", caller("cacher"), Target.NONE));
    assertFalse(renamed.allows("cache_delete", caller("admin"), Target.NONE));
  }

  @Test
  void whatIsNotUnderstoodIsRefusedAtTheStart() {
    for (String rule :
        new String[] {
          "role:a and",
          "role:a role:b",
          "(role:a",
          "role:a)",
          "or role:a",
          "not",
          "role",
          "color:blue",
          "http://example.org/%(id)s",
          "https:x",
          "project_id:%(owner)",
          "project_id:%(owner)d",
          "'a\\\\b':x",
          "rule:nothing",
          "a:b:%(x)s",
          "( ".repeat(101) + "@" + " )".repeat(101),
          "@ or ".repeat(3000) + "@"
        }) {
      IOException refused =
          assertThrows(
              IOException.class,
              () -> {
                try {
                  policy("cache_list: '@'\npublicize_image: \"" + rule + "\"");
                } catch (IllegalArgumentException e) {
                  throw new IOException(e.getMessage());
                }
              },
              rule);
      assertTrue(refused.getMessage().contains("policy.yaml, line 2: "), refused::getMessage);
    }
  }

  @Test
  void filesThatCannotBeRulesAreRefused() {
    for (String file :
        new String[] {
          "get_images: role:reader\nget_image:\n  a: b",
          "- a\n- b",
          "get_image: ",
          "get_image: '@'\nget_image: '!'",
          "get_imagez: role:reader",
          "download_image: rule:b\nb: rule:download_image",
          "get_image: [[[a]]]",
          "a: &x ['@']\nget_image: *x",
          "get_image: {",
          "x".repeat((1 << 20) + 1),
          "[".repeat(200_000)
        }) {
      Exception refused =
          assertThrows(Exception.class, () -> policy(file), () -> file.substring(0, 5));
      assertTrue(refused.getMessage().contains("policy.yaml"), refused::getMessage);
    }
  }
}
