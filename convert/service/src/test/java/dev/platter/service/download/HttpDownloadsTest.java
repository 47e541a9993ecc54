package dev.platter.service.download;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.platter.service.ImportException;
import dev.platter.service.ImportException.Reason;
import dev.platter.service.WebClient;
import dev.platter.service.store.StoreException;
import dev.platter.storage.Storage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.channels.Channels;
import java.util.Arrays;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Downloads from servers that are good, bad, and in the wrong place. */
class HttpDownloadsTest {
  private static final byte[] IMAGE = new byte[700_000];

  static {
    new Random(1).nextBytes(IMAGE);
  }

  private HttpServer server;
  private HttpGate gate;
  private HttpDownloads downloads;
  private final AtomicInteger requests = new AtomicInteger();

  @BeforeEach
  void setUp() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/image", exchange -> answer(exchange, IMAGE.length));
    server.createContext("/broken", exchange -> answer(exchange, 300_000));
    server.createContext("/missing", exchange -> exchange.sendResponseHeaders(404, -1));
    server.createContext(
        "/busy",
        exchange -> {
          if (requests.incrementAndGet() < 3) {
            exchange.sendResponseHeaders(503, -1);
            exchange.close();
          } else {
            answer(exchange, IMAGE.length);
          }
        });
    server.createContext(
        "/encoded",
        exchange -> {
          exchange.getResponseHeaders().set("Content-Encoding", "gzip");
          answer(exchange, IMAGE.length);
        });
    server.start();
    gate = gateOf(AddressFilter.PUBLIC.allowing("127.0.0.1/32"));
    downloads = new HttpDownloads(gate, 3, 1);
  }

  private HttpGate gateOf(AddressFilter addresses) {
    UriFilter uris =
        new UriFilter(
            Set.of("http"), Set.of(), Set.of(), Set.of("evil.example"), Set.of(port()), Set.of());
    return new HttpGate(uris, addresses, 10);
  }

  @AfterEach
  void tearDown() throws IOException {
    downloads.close();
    server.stop(0);
  }

  private int port() {
    return server.getAddress().getPort();
  }

  private URI uri(String path) {
    return URI.create("http://127.0.0.1:" + port() + path);
  }

  /** Answers with ranges, and breaks off after so many bytes of the whole. */
  private static void answer(HttpExchange exchange, int most) throws IOException {
    String range = exchange.getRequestHeaders().getFirst("Range");
    exchange.getResponseHeaders().set("ETag", "\"one\"");
    int from = 0;
    int end = IMAGE.length;
    if (range != null) {
      String[] ends = range.substring("bytes=".length()).split("-", -1);
      from = Integer.parseInt(ends[0]);
      end = ends[1].isEmpty() ? end : Math.min(end, Integer.parseInt(ends[1]) + 1);
      exchange
          .getResponseHeaders()
          .set("Content-Range", "bytes " + from + "-" + (end - 1) + "/" + IMAGE.length);
    }
    boolean head = exchange.getRequestMethod().equals("HEAD");
    exchange.sendResponseHeaders(range == null ? 200 : 206, head ? -1 : end - from);
    if (!head) {
      exchange.getResponseBody().write(IMAGE, from, Math.min(end - from, most));
      exchange.getResponseBody().flush();
    }
    exchange.close();
  }

  private byte[] fetch(URI uri) throws IOException {
    try (WebClient.Download download = downloads.open(uri)) {
      assertEquals(OptionalLong.of(IMAGE.length), download.size());
      return Channels.newInputStream(download.body()).readAllBytes();
    }
  }

  @Test
  void fetches() throws IOException {
    assertArrayEquals(IMAGE, fetch(uri("/image")));
  }

  @Test
  void asksABusyServerAgain() throws IOException {
    assertArrayEquals(IMAGE, fetch(uri("/busy")));
    assertEquals(3, requests.get());
  }

  @Test
  void takesUpWhatBrokeOff() throws IOException {
    assertArrayEquals(IMAGE, fetch(uri("/broken")));
  }

  @Test
  void aShortAnswerIsNoImage() {
    server.createContext(
        "/short",
        exchange -> {
          exchange.sendResponseHeaders(200, IMAGE.length);
          exchange.getResponseBody().write(IMAGE, 0, 1000);
          exchange.getResponseBody().flush();
          exchange.close();
        });
    assertFails(Reason.DOWNLOAD_FAILED, uri("/short"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"/missing", "/encoded"})
  void otherAnswersAreErrors(String path) {
    assertFails(Reason.DOWNLOAD_FAILED, uri(path));
  }

  private void assertFails(Reason reason, URI uri) {
    ImportException e = assertThrows(ImportException.class, () -> fetch(uri));
    assertEquals(reason, e.reason(), e::toString);
  }

  private void redirect(String path, String location) {
    server.createContext(
        path,
        exchange -> {
          exchange.getResponseHeaders().set("Location", location);
          exchange.sendResponseHeaders(302, -1);
          exchange.close();
        });
  }

  @Test
  void followsRedirectsAsFarAsTheFilterGoes() throws IOException {
    redirect("/moved", "/image");
    assertArrayEquals(IMAGE, fetch(uri("/moved")));
    redirect("/loop", "/loop");
    assertFails(Reason.DOWNLOAD_FAILED, uri("/loop"));
    redirect("/file", "file:///etc/passwd");
    redirect("/evil", "http://evil.example:" + port() + "/image");
    redirect("/port", "http://127.0.0.1:22/");
    redirect("/disguise", "http://2130706433:" + port() + "/image");
    redirect("/linklocal", "http://169.254.169.254:" + port() + "/latest/meta-data");
    redirect("/user", "http://a:b@127.0.0.1:" + port() + "/image");
    for (String path :
        new String[] {"/file", "/evil", "/port", "/disguise", "/linklocal", "/user"}) {
      assertFails(Reason.URI_REFUSED, uri(path));
    }
  }

  /** The name is harmless; what it means is not. */
  @Test
  void judgesTheAddressThatIsConnectedTo() throws IOException {
    try (HttpDownloads strict = new HttpDownloads(gateOf(AddressFilter.PUBLIC), 1, 1)) {
      for (String host : new String[] {"localhost", "127.0.0.1", "[::1]"}) {
        URI uri = URI.create("http://" + host + ":" + port() + "/image");
        ImportException e = assertThrows(ImportException.class, () -> strict.open(uri));
        assertEquals(Reason.URI_REFUSED, e.reason(), e::toString);
      }
    }
  }

  @Test
  void aStoreReadsRanges() throws IOException {
    HttpStore store = new HttpStore("web", "", gate);
    String location = uri("/image").toString();
    assertTrue(store.exists(location));
    try (Storage image = store.open(location)) {
      assertEquals(IMAGE.length, image.size());
      byte[] all = new byte[IMAGE.length];
      image.readFully(0, MemorySegment.ofArray(all));
      assertArrayEquals(IMAGE, all);
      byte[] few = new byte[100];
      for (int at : new int[] {0, 50, 255_000, 262_100, IMAGE.length - 100}) {
        image.readFully(at, MemorySegment.ofArray(few));
        assertArrayEquals(Arrays.copyOfRange(IMAGE, at, at + 100), few);
      }
      assertEquals(0, image.read(IMAGE.length, MemorySegment.ofArray(few)));
    }
    assertThrows(StoreException.class, () -> store.open(uri("/missing").toString()));
    assertThrows(StoreException.class, () -> store.delete(location));
    assertThrows(StoreException.class, () -> store.begin("x", OptionalLong.empty()));
    assertThrows(ImportException.class, () -> store.open("http://10.0.0.1:" + port() + "/image"));
  }
}
