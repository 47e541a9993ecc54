package dev.platter.server;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.platter.server.config.IniFile;
import dev.platter.server.config.StoreConfig;
import dev.platter.server.s3.S3Settings;
import dev.platter.server.s3.S3Store;
import dev.platter.service.store.StoreException;
import dev.platter.service.store.StoreWriter;
import dev.platter.service.store.StoredImage;
import dev.platter.storage.Storage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.net.URI;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Random;
import org.gaul.s3proxy.AuthenticationType;
import org.gaul.s3proxy.S3Proxy;
import org.gaul.s3proxy.nio2blob.TransientNio2BlobApiMetadata;
import org.jclouds.ContextBuilder;
import org.jclouds.blobstore.BlobStoreContext;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** Images in an S3 server that is not ours. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class S3StoreTest {
  private static final String ID = "11111111-1111-4111-8111-111111111111";
  private static final int PART = 5 << 20;

  private BlobStoreContext blobs;
  private S3Proxy proxy;
  private final Map<String, String> settings = new HashMap<>();

  @BeforeAll
  void start() throws Exception {
    blobs =
        ContextBuilder.newBuilder(new TransientNio2BlobApiMetadata())
            .credentials("none", "none")
            .build(BlobStoreContext.class);
    proxy =
        S3Proxy.builder()
            .blobStore(blobs.getBlobStore())
            .endpoint(URI.create("http://127.0.0.1:0"))
            .awsAuthentication(AuthenticationType.AWS_V2_OR_V4, "access", "secret")
            .build();
    proxy.start();
    settings.put("s3_store_host", "http://127.0.0.1:" + proxy.getPort());
    settings.put("s3_store_access_key", "access");
    settings.put("s3_store_secret_key", "secret");
    settings.put("s3_store_bucket", "images");
    settings.put("s3_store_create_bucket_on_put", "true");
    settings.put("s3_store_large_object_chunk_size", "5");
  }

  @AfterAll
  void end() throws Exception {
    proxy.stop();
    blobs.close();
  }

  private S3Store store() {
    IniFile ini = IniFile.empty();
    settings.forEach((key, value) -> ini.set("s3", key, value));
    return S3Store.open(S3Settings.read(StoreConfig.named(ini, "s3", "s3")));
  }

  private static byte[] random(int size) {
    byte[] bytes = new byte[size];
    new Random(size).nextBytes(bytes);
    return bytes;
  }

  private static StoredImage put(S3Store store, String id, byte[] content) throws IOException {
    try (StoreWriter writer = store.begin(id, OptionalLong.empty())) {
      for (int at = 0; at < content.length; at += 1_000_003) {
        int end = Math.min(content.length, at + 1_000_003);
        writer.storage().write(at, MemorySegment.ofArray(Arrays.copyOfRange(content, at, end)));
      }
      return writer.commit();
    }
  }

  private static byte[] read(Storage storage, long offset, int length) throws IOException {
    byte[] bytes = new byte[length];
    storage.readFully(offset, MemorySegment.ofArray(bytes));
    return bytes;
  }

  @Test
  void smallAndLargeObjectsComeBackAsTheyWere() throws IOException {
    for (int size : new int[] {0, 1, 100_000, PART, PART + 1, 3 * PART - 7}) {
      byte[] content = random(size);
      S3Store store = store();
      StoredImage stored = put(store, ID, content);
      assertEquals("s3://images/" + ID, stored.location());
      assertEquals(size, stored.size());
      try (Storage storage = store.open(stored.location())) {
        assertEquals(size, storage.size());
        assertArrayEquals(content, read(storage, 0, size));
      }
      assertTrue(store.delete(stored.location()));
      assertFalse(store.exists(stored.location()));
    }
  }

  @Test
  void rangesAreReadWhereTheyAre() throws IOException {
    byte[] content = random(3 << 20);
    S3Store store = store();
    StoredImage stored = put(store, "ranges", content);
    try (Storage storage = store.open(stored.location())) {
      for (int offset : new int[] {2_999_000, 0, 1 << 20, (1 << 20) - 5, 77}) {
        assertArrayEquals(
            Arrays.copyOfRange(content, offset, offset + 4096), read(storage, offset, 4096));
      }
      assertEquals(0, storage.read(content.length, MemorySegment.ofArray(new byte[10])));
    }
    store.delete(stored.location());
  }

  @Test
  void gapsAreZerosAndNothingGoesBack() throws IOException {
    S3Store store = store();
    try (StoreWriter writer = store.begin("gaps", OptionalLong.empty())) {
      writer.storage().write(PART - 2, MemorySegment.ofArray(new byte[] {1, 2, 3, 4}));
      writer.storage().zero(PART + 10, PART);
      IOException refused =
          assertThrows(
              IOException.class,
              () -> writer.storage().write(0, MemorySegment.ofArray(new byte[1])));
      assertTrue(refused.getMessage().contains("in order"), refused::getMessage);
      StoredImage stored = writer.commit();
      assertEquals(2 * PART + 10, stored.size());
      try (Storage storage = store.open(stored.location())) {
        assertArrayEquals(new byte[] {0, 1, 2, 3, 4, 0}, read(storage, PART - 3, 6));
      }
      store.delete(stored.location());
    }
  }

  @Test
  void whatIsNotCommittedIsNotThere() throws IOException {
    S3Store store = store();
    try (StoreWriter writer = store.begin("aborted", OptionalLong.empty())) {
      writer.storage().write(0, MemorySegment.ofArray(random(2 * PART)));
    }
    assertFalse(store.exists("s3://images/aborted"));
    assertEquals(0, blobs.getBlobStore().listMultipartUploads("images").size());
  }

  @Test
  void aSecondImageOfTheSameIdentifierIsRefused() throws IOException {
    S3Store store = store();
    StoredImage stored = put(store, "twice", random(10));
    StoreException refused =
        assertThrows(StoreException.class, () -> put(store, "twice", random(10)));
    assertEquals(StoreException.Kind.DUPLICATE, refused.kind());
    store.delete(stored.location());
  }

  @Test
  void strangersLocationsAreNotRead() throws IOException {
    S3Store store = store();
    for (String location :
        new String[] {"s3://other/x", "s3://images/../x", "file:///etc/passwd"}) {
      StoreException refused =
          assertThrows(StoreException.class, () -> store.open(location), location);
      assertEquals(StoreException.Kind.NOT_FOUND, refused.kind());
    }
  }

  @Test
  void theServiceKeepsImagesInIt(@TempDir Path directory) throws IOException {
    try (RunningServer server = new RunningServer(directory)) {
      server.set("DEFAULT", "enabled_backends", "fast:file, cloud:s3");
      settings.forEach((key, value) -> server.set("cloud", key, value));
      server.start();
      byte[] content = random(6 << 20);
      String id =
          server.create(
              RunningServer.ADMIN, "{\"disk_format\":\"raw\",\"container_format\":\"bare\"}");
      RunningServer.Answer uploaded =
          server.askAs(
              RunningServer.ADMIN,
              "PUT",
              "/v2/images/" + id + "/file",
              content,
              "x-image-meta-store",
              "cloud");
      assertEquals(204, uploaded.status(), uploaded::text);
      JsonNode image = server.image(id);
      assertEquals("cloud", image.path("stores").textValue());
      RunningServer.Answer part =
          server.askAs(
              RunningServer.ADMIN,
              "GET",
              "/v2/images/" + id + "/file",
              null,
              "Range",
              "bytes=5000000-5000009");
      assertEquals(206, part.status());
      assertArrayEquals(Arrays.copyOfRange(content, 5_000_000, 5_000_010), part.response().body());
      server.ask(
          "POST",
          "/v2/images/" + id + "/import",
          "{\"method\":{\"name\":\"copy-image\"},\"stores\":[\"fast\"]}");
      assertEquals("cloud,fast", server.settled(id).path("stores").textValue());
      assertEquals(204, server.ask("DELETE", "/v2/images/" + id, null).status());
      assertFalse(blobs.getBlobStore().blobExists("images", id));
    }
  }
}
