package dev.platter.server.identity;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The ways to know who asks that need no Keystone. */
class IdentityTest {
  private static final String SECRET = "0123456789abcdef";
  private static final IdentityException.Reason REFUSED = IdentityException.Reason.REFUSED;
  private static final IdentityException.Reason UNAVAILABLE = IdentityException.Reason.UNAVAILABLE;

  @TempDir Path directory;
  private long time;

  private static Headers headers(String... namesAndValues) {
    Map<String, List<String>> values = new HashMap<>();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      values.merge(
          namesAndValues[i],
          List.of(namesAndValues[i + 1]),
          (one, other) -> List.of(one.getFirst(), other.getFirst()));
    }
    return name -> values.getOrDefault(name, List.of());
  }

  private static IdentityException.Reason refusal(Identity identity, Headers headers) {
    return assertThrows(IdentityException.class, () -> identity.identify(headers)).reason();
  }

  @Test
  void theProxyIsBelievedWithItsSecretOnly() throws IdentityException {
    TrustedProxy proxy = new TrustedProxy(Optional.of(Secret.of(SECRET)));
    String[] user = {
      "X-Identity-Status", "Confirmed", "X-User-Id", "u", "X-Roles", "Admin, reader"
    };
    Credentials who =
        proxy.identify(
            headers(
                "X-Identity-Status",
                "Confirmed",
                "X-User-Id",
                "u",
                "X-Project-Id",
                "p",
                "X-Roles",
                "Admin, reader",
                TrustedProxy.SECRET,
                SECRET));
    assertEquals("p", who.projectId());
    assertEquals(Set.of("admin", "reader"), who.roles());
    assertEquals(REFUSED, refusal(proxy, headers(user)));
    for (String wrong : new String[] {"", " ", SECRET + "0", SECRET.substring(1), "admin"}) {
      String[] all = Arrays.copyOf(user, user.length + 2);
      all[user.length] = TrustedProxy.SECRET;
      all[user.length + 1] = wrong;
      assertEquals(REFUSED, refusal(proxy, headers(all)), wrong);
    }
  }

  @Test
  void headersOfAProxyThatAreThereTwiceOrContradictAreRefused() {
    TrustedProxy proxy = new TrustedProxy(Optional.empty());
    for (String[] more :
        new String[][] {
          {"X-Roles", "reader", "X-Roles", "admin"},
          {"X-Project-Id", "p", "X-Project-Id", "q"},
          {"X-Project-Id", "p", "OpenStack-System-Scope", "all"},
          {"X-Domain-Id", "d", "X-Project-Id", "p"},
          {"OpenStack-System-Scope", "some"},
          {"X-Identity-Status", "Confirmed"}
        }) {
      String[] all = new String[more.length + 2];
      all[0] = "X-Identity-Status";
      all[1] = "Confirmed";
      System.arraycopy(more, 0, all, 2, more.length);
      assertEquals(REFUSED, refusal(proxy, headers(all)), String.join(" ", more));
    }
    for (String status : new String[] {"Invalid", "confirmed", "Confirmed,Invalid", ""}) {
      assertEquals(REFUSED, refusal(proxy, headers("X-Identity-Status", status)), status);
    }
    assertEquals(REFUSED, refusal(proxy, headers()));
  }

  @Test
  void aServiceIsBelievedOnlyWhereTheProxyConfirmsIt() throws IdentityException {
    TrustedProxy proxy = new TrustedProxy(Optional.empty());
    String[] service = {"X-Identity-Status", "Confirmed", "X-Service-Roles", "service"};
    assertEquals(Set.of(), proxy.identify(headers(service)).serviceRoles());
    assertEquals(
        Set.of("service"),
        proxy
            .identify(
                headers(
                    "X-Identity-Status",
                    "Confirmed",
                    "X-Service-Roles",
                    "service",
                    "X-Service-Identity-Status",
                    "Confirmed"))
            .serviceRoles());
  }

  private static String entry(String token, String rest) {
    return "- token_sha256: "
        + HexFormat.of().formatHex(Secret.digest(token))
        + "\n"
        + rest.indent(2);
  }

  private Path write(String text) throws IOException {
    Path file = Files.writeString(directory.resolve("tokens.yaml"), text);
    // Two writes within the clock's grain are told apart all the same.
    Files.setLastModifiedTime(file, FileTime.fromMillis(System.nanoTime() / 1000));
    return file;
  }

  @Test
  void tokensOfAFileProveWhatIsWrittenBesideThem() throws Exception {
    TokenFile tokens =
        new TokenFile(
            write(
                entry("alice-token", "user: alice\nproject: p1\nroles: [Member]")
                    + entry("root-token", "user: root\nsystem: all\nroles: [admin]")
                    + entry(
                        "old-token",
                        "user: o\nproject: p\nroles: []\nexpires: 2020-01-01T00:00:00Z")));
    Credentials alice = tokens.identify(headers("X-Auth-Token", "alice-token"));
    assertEquals("p1", alice.projectId());
    assertEquals(Set.of("member", "reader"), alice.roles());
    Credentials root = tokens.identify(headers("X-Auth-Token", "root-token"));
    assertEquals(Scope.SYSTEM, root.scope());
    assertEquals(Set.of("admin", "member", "reader"), root.roles());
    for (String wrong :
        new String[] {"", "old-token", "alice", "x".repeat(9000), "alice-token\u0000"}) {
      assertEquals(REFUSED, refusal(tokens, headers("X-Auth-Token", wrong)), wrong);
    }
    String digest = HexFormat.of().formatHex(Secret.digest("alice-token"));
    assertEquals(REFUSED, refusal(tokens, headers("X-Auth-Token", digest)));
    Headers twice = headers("X-Auth-Token", "alice-token", "X-Auth-Token", "root-token");
    assertEquals(REFUSED, refusal(tokens, twice));
  }

  @Test
  void aChangedFileCountsAtOnceAndABrokenOneLetsNobodyIn() throws Exception {
    String alice = entry("a", "user: alice\nproject: p\nroles: [member]");
    Headers headers = headers("X-Auth-Token", "a");
    TokenFile tokens = new TokenFile(write(alice), () -> time += 2_000_000_000L);
    assertEquals("alice", tokens.identify(headers).userId());
    write("");
    assertEquals(REFUSED, refusal(tokens, headers));
    write(alice.replace("alice", "eve"));
    assertEquals("eve", tokens.identify(headers).userId());
    write(alice + "- broken");
    assertEquals(UNAVAILABLE, refusal(tokens, headers));
    Files.delete(directory.resolve("tokens.yaml"));
    assertEquals(UNAVAILABLE, refusal(tokens, headers));
    Path file = write(alice);
    assertEquals("alice", tokens.identify(headers).userId());
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-rw-rw-"));
    assertEquals(UNAVAILABLE, refusal(tokens, headers));
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    assertEquals("alice", tokens.identify(headers).userId());
  }

  @Test
  void filesOfTokensThatAreNotUnderstoodAreRefused() throws IOException {
    String good = entry("a", "user: u\nproject: p\nroles: [member]");
    for (String file :
        new String[] {
          good.replaceFirst("[0-9a-f]{64}", "abc"),
          good.replace("user: u", "name: u"),
          good.replace("project: p", "project: p\n  system: all"),
          good.replace("project: p", ""),
          good.replace("project: p", "system: none"),
          good.replace("[member]", "member"),
          good + good.replace("roles: [member]", "roles: [member]\n  admin: true"),
          good.replace("user: u", "user: u\n  user: v"),
          good.replace("user: u", "user: u\n  expires: tomorrow"),
          "token: x"
        }) {
      Path path = write(file);
      IOException refused = assertThrows(IOException.class, () -> new TokenFile(path), file);
      assertTrue(refused.getMessage().contains("tokens.yaml, line "), refused::getMessage);
    }
    Path open = write(good);
    Files.setPosixFilePermissions(open, PosixFilePermissions.fromString("rw-rw-rw-"));
    assertThrows(IOException.class, () -> new TokenFile(open));
  }
}
