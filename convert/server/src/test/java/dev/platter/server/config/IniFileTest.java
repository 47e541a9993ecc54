package dev.platter.server.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

class IniFileTest {
  private static IniFile parse(String text) throws IOException {
    return IniFile.parse(text.lines().toList(), "x.conf");
  }

  @Test
  void sectionsHoldKeysAndCommentsAreLeftOut() throws IOException {
    IniFile ini =
        parse(
            """
            bind_port = 1
            # bind_port = 2
            ; neither = this
            [glance_store]
            default_backend=fast
            url = http://h/?a=b#c
            """);
    assertEquals(1, ini.number("DEFAULT", "bind_port", 9));
    assertEquals("fast", ini.text("glance_store", "default_backend", ""));
    assertEquals("http://h/?a=b#c", ini.text("glance_store", "url", ""));
    assertEquals(9, ini.number("DEFAULT", "nothing", 9));
    assertEquals(List.of(), ini.unknown());
  }

  @Test
  void listsComeInBothForms() throws IOException {
    IniFile ini =
        parse(
            """
            a = [no_op, image_conversion]
            b = 'x',"y" ,z
            c =
            d = []
            """);
    assertEquals(List.of("no_op", "image_conversion"), ini.list("DEFAULT", "a", List.of()));
    assertEquals(List.of("x", "y", "z"), ini.list("DEFAULT", "b", List.of()));
    assertEquals(List.of(), ini.list("DEFAULT", "c", List.of("default")));
    assertEquals(List.of(), ini.list("DEFAULT", "d", List.of("default")));
    assertEquals(List.of("default"), ini.list("DEFAULT", "e", List.of("default")));
  }

  @Test
  void wrongLinesAndValuesAreNamed() throws IOException {
    IOException lines = assertThrows(IOException.class, () -> parse("a = 1\nnonsense\n\n[x"));
    String what = ": neither [section] nor key = value";
    assertEquals("x.conf, line 2" + what + "\nx.conf, line 4" + what, lines.getMessage());
    IniFile ini = parse("[s]\nport = many\nflag = perhaps");
    IllegalArgumentException number =
        assertThrows(IllegalArgumentException.class, () -> ini.number("s", "port", 1));
    assertEquals(
        "x.conf, line 2: [s] port = many: a whole number is expected", number.getMessage());
    assertThrows(IllegalArgumentException.class, () -> ini.flag("s", "flag", true));
  }

  @Test
  void countsAreWithinWhatIsCounted() throws IOException {
    IniFile ini = parse("a = 0\nb = 4294967297\nc = 3");
    assertEquals(3, ini.count("DEFAULT", "c", 1, 1));
    assertEquals(7, ini.count("DEFAULT", "d", 7, 1));
    for (String key : new String[] {"a", "b"}) {
      IllegalArgumentException refused =
          assertThrows(IllegalArgumentException.class, () -> ini.count("DEFAULT", key, 1, 1));
      assertTrue(refused.getMessage().contains("a whole number from 1 to "), refused::getMessage);
    }
  }

  @Test
  void whatIsShownHoldsNothingSecret() throws IOException {
    IniFile ini =
        parse(
            """
            bind_port = 1
            key_file = /etc/key.pem
            public_endpoint = https://cloud.example/image
            [database]
            connection = postgresql://platter:S3CRET@db:5432/platter?user=x&password=S3CRET
            password = S3CRET
            [h2]
            connection = jdbc:h2:file:/x;PASSWORD=S3CRET
            [keystone_authtoken]
            password = S3CRET
            auth_url = http://admin:S3CRET@keystone/v3
            application_credential_secret = S3CRET
            token_cache_time = 5
            [trusted_proxy]
            shared_secret = S3CRET
            [cloud]
            s3_store_access_key = S3CRET
            s3_store_secret_key = S3CRET
            more = http://a/?S3CRET, https://u:S3CRET@b/
            """);
    String shown = String.join("\n", ini.shown());
    assertFalse(shown.contains("S3CRET"), shown);
    for (String line :
        new String[] {
          "[DEFAULT] bind_port = 1",
          "[DEFAULT] key_file = /etc/key.pem",
          "[DEFAULT] public_endpoint = https://cloud.example/image",
          "[database] connection = postgresql://***@db:5432/platter?***",
          "[keystone_authtoken] token_cache_time = 5",
          "[cloud] s3_store_secret_key = ***"
        }) {
      assertTrue(shown.contains(line), line);
    }
  }

  @Test
  void whatCountsWhereNothingIsSetIsShownToo() throws IOException {
    IniFile ini = parse("a = 1\nb =\n[s]\nunknown = 2");
    ini.number("DEFAULT", "a", 5);
    ini.number("DEFAULT", "b", 6);
    ini.text("DEFAULT", "nothing");
    ini.list("s", "words", List.of("x", "y"));
    ini.flag("s", "flag", true);
    assertEquals(
        List.of(
            "[DEFAULT] a = 1",
            "[DEFAULT] b = 6 (default)",
            "[s] flag = true (default)",
            "[s] unknown = 2",
            "[s] words = x, y (default)"),
        ini.shown());
  }

  @Test
  void whatNobodyAskedForIsToldApart() throws IOException {
    IniFile ini = parse("bind_prot = 1");
    ini.number("DEFAULT", "bind_port", 1);
    assertEquals(List.of(new IniFile.Setting("DEFAULT", "bind_prot")), ini.unknown());
  }

  @Test
  void settingsThatWouldProtectAndAreNotUnderstoodAreRefusedWithTheirPlace() throws IOException {
    for (String setting :
        new String[] {
          "image_sise_quota = 5",
          "metadata_encryption_key = k",
          "[keystone_authtoken]\nauth_url = http://keystone",
          "[import_filtering_opts]\nallowed_host = example.org",
          "[oslo_policy]\npolice_file = p.yaml",
          "[other]\nverify_ssl = true",
          "ca_file = /c.pem",
          "property_protections_file = x"
        }) {
      IniFile ini = parse("debug = true\n" + setting);
      IllegalArgumentException refused =
          assertThrows(
              IllegalArgumentException.class, () -> ProtectingSettings.check(ini), setting);
      int line = setting.startsWith("[") ? 3 : 2;
      assertTrue(refused.getMessage().startsWith("x.conf, line " + line + ": ["), setting);
    }
    IniFile ini = parse("workers = 4\n[keystone_authtoken]\nmemcached_servers = m:11211");
    assertEquals(
        List.of(
            "x.conf, line 1: [DEFAULT] workers",
            "x.conf, line 3: [keystone_authtoken] memcached_servers"),
        ProtectingSettings.check(ini));
  }
}
