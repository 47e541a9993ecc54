package dev.platter.server.policy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.server.identity.Caller;
import dev.platter.server.identity.Credentials;
import dev.platter.server.policy.PropertyProtections.Action;
import dev.platter.server.policy.PropertyProtections.Format;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PropertyProtectionsTest {
  private static final String ALL = "create = @\nread = @\nupdate = @\ndelete = @\n";

  @TempDir Path directory;

  private static Caller caller(String... roles) {
    return new Caller(Credentials.inProject("u", "p", Set.of(roles)), false, "r");
  }

  private PropertyProtections read(String text, Format format, String rules) throws IOException {
    Path policy = Files.writeString(directory.resolve("policy.yaml"), rules);
    Path file = Files.writeString(directory.resolve("properties.conf"), text);
    return PropertyProtections.read(
        file, format, new Policy(new PolicyFiles().add(policy), PolicyMode.DEFAULT));
  }

  private static String can(PropertyProtections protections, String property, Caller caller) {
    StringBuilder can = new StringBuilder();
    for (Action action : Action.values()) {
      can.append(protections.allows(action, property, caller) ? action.name().charAt(0) : '-');
    }
    return can.toString();
  }

  @Test
  void theFirstExpressionThatIsFoundCounts() throws IOException {
    PropertyProtections protections =
        read(
            """
            # who may do what
            [^x_owner_.*]
            create = admin, Member
            read = admin, member
            update: member
            delete =
            [^x_all$]
            create = @
            read = @
            update = @
            delete = !
            [.*]
            create = admin
            read = @
            update = admin
            delete = admin
            """,
            Format.ROLES,
            "");
    assertEquals("CRU-", can(protections, "x_owner_a", caller("member")));
    assertEquals("CR--", can(protections, "x_owner_a", caller("admin")));
    assertEquals("----", can(protections, "x_owner_a", caller("reader")));
    assertEquals("CRU-", can(protections, "x_all", caller()));
    assertEquals("-R--", can(protections, "x_all_more", caller("member")));
    assertEquals("-R--", can(protections, "the_x_owner_a", caller("member")));
    assertEquals("CRUD", can(protections, "os_glance_import_task", caller()));
    assertEquals("CRUD", can(PropertyProtections.NONE, "x_owner_a", caller()));
  }

  @Test
  void whatNoExpressionIsFoundInIsNobodys() throws IOException {
    PropertyProtections protections = read("[^a$]\n" + ALL, Format.ROLES, "");
    assertEquals("CRUD", can(protections, "a", caller()));
    assertEquals("----", can(protections, "b", caller("admin")));
  }

  @Test
  void rolesOfAServiceThatPassesTheRequestOnCount() throws IOException {
    PropertyProtections protections =
        read("[.*]\n" + ALL.replace("@", "service"), Format.ROLES, "");
    Credentials nova = Credentials.inProject("nova", "s", Set.of("service"));
    Caller through =
        new Caller(Credentials.inProject("u", "p", Set.of()).through(nova), false, "r");
    assertEquals("CRUD", can(protections, "a", through));
    assertEquals("----", can(protections, "a", caller("member")));
  }

  @Test
  void valuesMayBeRules() throws IOException {
    PropertyProtections protections =
        read(
            "[a]\ncreate = maker\nread = @\nupdate = !\ndelete = context_is_admin\n",
            Format.POLICIES,
            "maker: role:x or role:y");
    assertEquals("CR--", can(protections, "a", caller("y")));
    assertEquals("-R-D", can(protections, "a", caller("admin")));
    assertTrue(protections.rules().contains("maker"));
    assertFalse(protections.allows(Action.UPDATE, "a", caller("x")));
  }

  @Test
  void filesThatAreNotUnderstoodAreRefused() {
    String[][] wrong = {
      {"create = @", "1"},
      {"[a]\nmake = @", "2"},
      {"[a]\ncreate = @", "2"},
      {"[a]\n" + ALL + "[a]\n" + ALL, "6"},
      {"[a]\n" + ALL + "create = @", "6"},
      {"[a\n" + ALL, "1"},
      {"[(]\n" + ALL, "1"},
      {"[a]\ncreate = @, !\n", "2"},
      {"[a]\ncreate = x,\n  y\n", "3"},
      {"[a]\n" + ALL.replace("update = @\n", "") + "[b]\n" + ALL, "5"}
    };
    for (String[] each : wrong) {
      IOException refused =
          assertThrows(IOException.class, () -> read(each[0], Format.ROLES, ""), each[0]);
      assertTrue(
          refused.getMessage().contains("properties.conf, line " + each[1] + ":"),
          refused::getMessage);
    }
    for (String rule : new String[] {"nothing", "context_is_admin, default"}) {
      String file = "[a]\n" + ALL.replace("read = @", "read = " + rule);
      IOException refused =
          assertThrows(IOException.class, () -> read(file, Format.POLICIES, ""), rule);
      assertTrue(refused.getMessage().contains("line 3"), refused::getMessage);
    }
  }

  @Test
  void noNameKeepsAnExpressionBusy() throws IOException {
    String expressions = "[^(a+)+$]\n" + ALL + "[(a|b|ab)*c]\n" + ALL;
    PropertyProtections protections = read(expressions, Format.ROLES, "");
    long started = System.nanoTime();
    assertEquals("----", can(protections, "a".repeat(20_000) + "!", caller()));
    assertEquals("----", can(protections, "ab".repeat(10_000), caller()));
    assertEquals("CRUD", can(protections, "ab".repeat(10_000) + "c", caller()));
    assertTrue(System.nanoTime() - started < 4_000_000_000L);
  }

  @Test
  void expressionsThatMayTakeLongAreRefusedWithTheirLine() {
    for (String expression : new String[] {"(?!x_).*", "(.)\\1", "("}) {
      IOException refused =
          assertThrows(
              IOException.class,
              () -> read("[a]\n" + ALL + "[" + expression + "]\n" + ALL, Format.ROLES, ""),
              expression);
      assertTrue(refused.getMessage().contains("properties.conf, line 6: "), refused.getMessage());
    }
  }
}
