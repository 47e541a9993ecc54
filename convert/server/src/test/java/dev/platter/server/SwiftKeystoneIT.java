package dev.platter.server;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.server.config.IniFile;
import dev.platter.server.config.StoreConfig;
import dev.platter.server.swift.SwiftSettings;
import dev.platter.server.swift.SwiftStore;
import dev.platter.service.store.StoreException;
import dev.platter.service.store.StoreWriter;
import dev.platter.storage.Storage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalLong;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Images in a real Swift that a real Keystone lets at. */
@Tag("interop")
@Timeout(180)
class SwiftKeystoneIT {
  @TempDir Path directory;

  private static SwiftStore store(Map<String, String> settings) throws IOException {
    IniFile ini = IniFile.empty();
    settings.forEach((key, value) -> ini.set("cloud", key, value));
    return SwiftStore.create(SwiftSettings.read(StoreConfig.named(ini, "cloud", "swift")));
  }

  private static void endpoint(RealKeystone keystone, String service, String region, String url)
      throws IOException {
    keystone.ask("PUT", "/regions/" + region, "{\"region\":{}}");
    keystone.make(
        "endpoint",
        "{\"service_id\":\"%s\",\"interface\":\"internal\",\"region_id\":\"%s\",\"url\":\"%s\"}"
            .formatted(service, region, url));
  }

  @Test
  void theCatalogueTellsWhereTheAccountIs() throws IOException {
    try (RealKeystone keystone =
            new RealKeystone(Files.createDirectory(directory.resolve("keystone")));
        RealSwift swift =
            RealSwift.behind(Files.createDirectory(directory.resolve("swift")), keystone)) {
      String project = keystone.make("project", "{\"name\":\"images\"}");
      keystone.user("glance", "member", project);
      String service = keystone.make("service", "{\"type\":\"object-store\"}");
      endpoint(keystone, service, "elsewhere", "http://127.0.0.1:1/v1/AUTH_%(project_id)s");
      endpoint(keystone, service, "here", swift.url() + "/v1/AUTH_%(project_id)s/");
      Map<String, String> settings = new HashMap<>();
      settings.put("swift_store_auth_address", keystone.url());
      settings.put("swift_store_user", "images:glance");
      settings.put("swift_store_key", RealKeystone.PASSWORD);
      settings.put("swift_store_region", "here");
      settings.put("swift_store_endpoint_type", "internalURL");
      settings.put("swift_store_create_container_on_put", "true");
      settings.put("swift_store_large_object_size", "1");
      settings.put("swift_store_large_object_chunk_size", "1");
      SwiftStore store = store(settings);
      byte[] content = new byte[2_500_000];
      Arrays.fill(content, (byte) 7);
      String location;
      try (StoreWriter writer = store.begin("image", OptionalLong.of(content.length))) {
        writer.storage().write(0, MemorySegment.ofArray(content));
        location = writer.commit().location();
      }
      assertEquals("swift+config://ref1/glance/image", location);
      try (Storage storage = store.open(location)) {
        byte[] back = new byte[content.length];
        storage.readFully(0, MemorySegment.ofArray(back));
        assertArrayEquals(content, back);
      }
      settings.put("swift_store_endpoint", swift.url() + "/v1/AUTH_" + project);
      settings.put("swift_store_region", "nowhere");
      assertTrue(store(settings).exists(location));
      settings.remove("swift_store_endpoint");
      assertSaid("no internal endpoint of object-store in region nowhere", settings, location);
      settings.put("swift_store_region", "here");
      settings.put("swift_store_key", "wrong");
      assertSaid("answered with status 401", settings, location);
      assertTrue(store.delete(location));
    }
  }

  private static void assertSaid(String words, Map<String, String> settings, String location) {
    StoreException refused =
        assertThrows(StoreException.class, () -> store(settings).exists(location));
    assertEquals(StoreException.Kind.UNAVAILABLE, refused.kind());
    assertTrue(refused.getMessage().contains(words), refused.getMessage());
  }
}
