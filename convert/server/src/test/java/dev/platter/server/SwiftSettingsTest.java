package dev.platter.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.server.config.IniFile;
import dev.platter.server.config.SettingException;
import dev.platter.server.config.StoreConfig;
import dev.platter.server.swift.SwiftSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is said of settings of a store in Swift before anybody is asked. */
class SwiftSettingsTest {
  @TempDir Path directory;

  private static Map<String, String> sound() {
    Map<String, String> settings = new LinkedHashMap<>();
    settings.put("swift_store_auth_address", "https://keystone.example.org:5000/v3");
    settings.put("swift_store_user", "service:glance");
    settings.put("swift_store_key", "a-secret");
    return settings;
  }

  private static SwiftSettings read(Map<String, String> settings) {
    IniFile ini = IniFile.empty();
    settings.forEach((key, value) -> ini.set("cloud", key, value));
    return SwiftSettings.read(StoreConfig.named(ini, "cloud", "swift"));
  }

  private static void assertRefused(Map<String, String> settings, String key, String words) {
    SettingException refused = assertThrows(SettingException.class, () -> read(settings));
    assertTrue(refused.getMessage().contains("[cloud] " + key), refused.getMessage());
    assertTrue(refused.getMessage().contains(words), refused.getMessage());
    assertFalse(refused.getMessage().contains("a-secret"), refused.getMessage());
  }

  @Test
  void settingsOfGlancesAreTaken() {
    Map<String, String> settings = sound();
    settings.put("swift_store_auth_version", "3");
    settings.put("swift_store_region", "RegionTwo");
    settings.put("swift_store_ssl_compression", "false");
    settings.put("swift_store_multi_tenant", "false");
    assertEquals("SwiftSettings[cloud]", read(settings).toString());
  }

  @ParameterizedTest
  @CsvSource({
    "swift_store_auth_version, 2, version 3",
    "swift_store_auth_address, 'not a url', no URL",
    "swift_store_user, glance, PROJECT:USER",
    "swift_store_multi_tenant, true, a container of its own",
    "swift_buffer_on_upload, perhaps, true or false",
    "swift_store_container, a/b, letters",
    "swift_store_large_object_chunk_size, 6000, 1 to 5120",
    "swift_store_multiple_containers_seed, 33, 0 to 32",
    "swift_store_endpoint_type, public, publicURL",
    "swift_store_endpoint, swift.example.org, no URL",
    "swift_store_manifest, both, slo or dlo",
    "swift_store_chunk_size, 5, no setting",
    "swift_store_cacert, /nonexistent/ca, no such file",
    "default_swift_reference, a b, no name"
  })
  void whatCannotBeObeyedIsRefused(String key, String value, String words) {
    Map<String, String> settings = sound();
    settings.put(key, value);
    assertRefused(settings, key, words);
  }

  @Test
  void accountsOfOwnersNeedKeystoneAndAContainerForEachImage() {
    Map<String, String> settings = sound();
    settings.put("swift_store_multi_tenant", "true");
    settings.put("swift_store_create_container_on_put", "true");
    settings.put("swift_store_admin_tenants", "one, two");
    read(settings);
    settings.put("swift_store_multiple_containers_seed", "2");
    assertRefused(settings, "swift_store_multi_tenant", "swift_store_multiple_containers_seed");
    settings.remove("swift_store_multiple_containers_seed");
    settings.put("swift_store_admin_tenants", "one,.r:*");
    assertRefused(settings, "swift_store_admin_tenants", ".r:* is no name");
    settings.remove("swift_store_admin_tenants");
    settings.put("swift_store_auth_version", "1");
    assertRefused(settings, "swift_store_multi_tenant", "Keystone");
  }

  @Test
  void segmentsAreBufferedInADirectoryThatIsThere() {
    Map<String, String> settings = sound();
    settings.put("swift_buffer_on_upload", "true");
    assertRefused(settings, "swift_upload_buffer_dir", "is missing");
    settings.put("swift_upload_buffer_dir", directory.resolve("none").toString());
    assertRefused(settings, "swift_upload_buffer_dir", "no directory");
    settings.put("swift_upload_buffer_dir", directory.toString());
    read(settings);
  }

  @ParameterizedTest
  @CsvSource({
    "swift_store_auth_address, is missing",
    "swift_store_user, is missing",
    "swift_store_key, is missing"
  })
  void whatIsMissingIsSaid(String key, String words) {
    Map<String, String> settings = sound();
    settings.remove(key);
    assertRefused(settings, key, words);
  }

  @Test
  void aFileOfReferencesIsReadAndWhatIsWrongInItIsSaid() throws IOException {
    Path file = directory.resolve("swift.conf");
    Map<String, String> settings = new LinkedHashMap<>();
    String key = "swift_store_config_file";
    settings.put(key, file.toString());
    assertRefused(settings, key, "no such file");
    Files.writeString(
        file, "[ref2]\nauth_address = https://k/v3\nuser = \"a:b\"\nkey = a-secret\n");
    assertRefused(settings, key, "[ref1]");
    settings.put("default_swift_reference", "ref2");
    read(settings);
    Files.writeString(file, "[ref2]\nauth_address = https://k/v3\nuser = b\nkey = a-secret\n");
    assertRefused(settings, key, "PROJECT:USER");
    Files.writeString(file, "[ref2]\nauth_address = https://k/v3\nuser = a:b\nkey =\n");
    assertRefused(settings, key, "[ref2] key is missing");
  }
}
