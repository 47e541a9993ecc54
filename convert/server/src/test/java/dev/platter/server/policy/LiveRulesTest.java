package dev.platter.server.policy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.server.config.IniFile;
import dev.platter.server.config.RuleSettings;
import dev.platter.server.http.ApiException;
import dev.platter.server.identity.Caller;
import dev.platter.server.identity.Credentials;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Rules whose files change while the service runs. */
class LiveRulesTest {
  private static final Caller EDITOR =
      new Caller(Credentials.inProject("e", "p", Set.of("editor")), false, "");

  @TempDir Path directory;
  private long time;

  private LiveRules rules(String settings) throws IOException {
    Path file = directory.resolve("settings.conf");
    Files.writeString(file, settings);
    return new LiveRules(RuleSettings.read(IniFile.read(file)), () -> time);
  }

  private void write(String file, String content) throws IOException {
    Files.writeString(directory.resolve(file), content);
    time += 2_000_000_000L;
  }

  private static boolean publicizes(LiveRules rules) {
    return rules.now().policy().allows("publicize_image", EDITOR, Target.NONE);
  }

  @Test
  void aChangedFileCountsAtOnce() throws IOException {
    LiveRules rules = rules("[oslo_policy]\nenforce_scope = true\n");
    assertFalse(publicizes(rules));
    write("policy.yaml", "publicize_image: 'role:editor'\n");
    assertTrue(publicizes(rules));
    write("policy.yaml", "publicize_image: 'role:nobody-at-all'\n");
    assertFalse(publicizes(rules));
  }

  @Test
  void filesThatComeAndGoCountToo() throws IOException {
    LiveRules rules = rules("[DEFAULT]\n");
    assertFalse(publicizes(rules));
    Files.createDirectory(directory.resolve("policy.d"));
    write("policy.d/a.yaml", "publicize_image: 'role:editor'\n");
    assertTrue(publicizes(rules));
    Files.delete(directory.resolve("policy.d/a.yaml"));
    time += 2_000_000_000L;
    assertFalse(publicizes(rules));
  }

  @Test
  void whileTheyAreBrokenNobodyMayDoAnything() throws IOException {
    LiveRules rules = rules("[DEFAULT]\n");
    write("policy.yaml", "publicize_image: 'role:editor'\n");
    assertTrue(publicizes(rules));
    for (String broken : new String[] {"publicize_image: 'role:editor or'\n", "a: [\n", "x: '!'"}) {
      write("policy.yaml", broken);
      ApiException refused = assertThrows(ApiException.class, rules::now);
      assertEquals(503, refused.status());
      time += 2_000_000_000L;
      assertThrows(ApiException.class, rules::now);
    }
    write("policy.yaml", "publicize_image: 'role:editor'\n");
    assertTrue(publicizes(rules));
  }

  @Test
  void protectionsOfPropertiesAreReadAnewToo() throws IOException {
    String before = "[.*]\ncreate = admin\nread = admin\nupdate = admin\ndelete = admin\n";
    Files.writeString(directory.resolve("protections"), before);
    LiveRules rules = rules("[DEFAULT]\nproperty_protection_file = protections\n");
    assertFalse(rules.now().properties().allows(PropertyProtections.Action.READ, "x", EDITOR));
    write("protections", before.replace("read = admin", "read = admin,editor"));
    assertTrue(rules.now().properties().allows(PropertyProtections.Action.READ, "x", EDITOR));
  }
}
