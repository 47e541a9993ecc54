package dev.platter.remote.rbd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.storage.Location;
import java.io.IOException;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RbdNameTest {
  private static RbdName parse(String text) throws IOException {
    return RbdName.of(Location.of("rbd", text));
  }

  @Test
  void understandsQemusForm() throws IOException {
    RbdName name = parse("rbd:images/disk@then:conf=/etc/ceph/a.conf:id=glance:mon_host=a;b");
    assertEquals("images", name.pool());
    assertEquals("disk", name.image());
    assertEquals("then", name.snapshot());
    assertEquals("/etc/ceph/a.conf", name.cluster().configuration());
    assertEquals("glance", name.cluster().user());
    assertEquals(Map.of("mon_host", "a;b"), name.cluster().settings());
  }

  @Test
  void takesWhatABackslashStandsBeforeAsItIs() throws IOException {
    RbdName name = parse("rbd:a\\/b/c\\@d\\:e@f\\\\g:mon_host=h\\:1\\=2:key=A==");
    assertEquals("a/b", name.pool());
    assertEquals("c@d:e", name.image());
    assertEquals("f\\g", name.snapshot());
    assertEquals(Map.of("mon_host", "h:1=2", "key", "A=="), name.cluster().settings());
  }

  @Test
  void understandsNamespaces() throws IOException {
    RbdName name = parse("rbd:pool/space/disk");
    assertEquals("space", name.namespace());
    assertEquals("pool/space/disk", name.toString());
  }

  @Test
  void understandsTheLocationsOfImageServices() throws IOException {
    String fsid = "6a24c2a8-6c0c-4b1c-9a2f-0f6e6d1d9f3b";
    RbdName name = parse("rbd://" + fsid + "/images/a%2Fb/snap?id=glance&namespace=n");
    assertEquals(fsid, name.cluster().fsid());
    assertEquals("images", name.pool());
    assertEquals("a/b", name.image());
    assertEquals("snap", name.snapshot());
    assertEquals("n", name.namespace());
    assertEquals("glance", name.cluster().user());
    assertEquals("", parse("rbd:///pool/disk").cluster().fsid());
  }

  @Test
  void understandsOptions() throws IOException {
    RbdName name =
        RbdName.of(
            Location.of(
                "rbd",
                "json:...",
                Map.of(
                    "pool", "p",
                    "image", "i",
                    "snapshot", "s",
                    "namespace", "n",
                    "conf", "c",
                    "user", "u",
                    "server.0.host", "::1",
                    "server.0.port", "6789",
                    "server.1.host", "b")));
    assertEquals("p/n/i@s", name.toString());
    assertEquals("c", name.cluster().configuration());
    assertEquals("u", name.cluster().user());
    assertEquals(Map.of("mon_host", "[::1]:6789,b"), name.cluster().settings());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "rbd:",
        "rbd:pool",
        "rbd:/image",
        "rbd:pool/",
        "rbd:a/b/c/d",
        "rbd:a/b@c@d",
        "rbd:a/b:c",
        "rbd://",
        "rbd://x/pool",
        "rbd:///a/b/c/d",
        "rbd:///a/b?c",
        "rbd:///a/%zz"
      })
  void refusesWhatNamesNoDisk(String text) {
    assertThrows(RbdException.class, () -> parse(text));
  }

  @Test
  void refusesOptionsThatItDoesNotObey() {
    Location location =
        Location.of("rbd", "", Map.of("pool", "p", "image", "i", "encrypt.format", "luks"));
    String message = assertThrows(RbdException.class, () -> RbdName.of(location)).getMessage();
    assertTrue(message.contains("encrypt.format"), message);
  }

  /** An image may name another one so, and whoever made it is a stranger. */
  @ParameterizedTest
  @ValueSource(
      strings = {"log_file", "log file", "admin_socket", "plugin_dir", "rbd_plugins", "pid_file"})
  void takesNoSettingThatWritesFilesOrLoadsCode(String setting) {
    for (String text :
        new String[] {
          "rbd:a/b:" + setting + "=/tmp/x", "rbd:///a/b?" + setting.replace(" ", "%20") + "=/x"
        }) {
      String message = assertThrows(RbdException.class, () -> parse(text)).getMessage();
      assertTrue(message.contains(setting), message);
    }
  }

  @Test
  void showsNoKeys() throws IOException {
    String key = "AQBvSl9gAAAAABAAz\\=\\=";
    for (String text : new String[] {"rbd:a/b:key=" + key + ":id=c", "rbd:///a/b?key=AQBv&id=c"}) {
      Location location = Location.of("rbd", text);
      assertFalse(RbdName.shown(location).contains("AQBv"), RbdName.shown(location));
      assertTrue(RbdName.shown(location).contains("id=c"), RbdName.shown(location));
      assertFalse(parse(text).toString().contains("AQBv"));
      assertFalse(parse(text).cluster().toString().contains("AQBv"));
    }
  }

  @Test
  void saysPlainlyThatTheLibrariesAreMissing() {
    RbdException error =
        assertThrows(
            RbdException.class, () -> Library.load("libnone-rados.so.2", "libnone-rbd.so.1"));
    assertTrue(error.getMessage().contains("packages librados2 and librbd1"), error.getMessage());
    assertEquals(1, error.getMessage().lines().count());
  }
}
