package dev.platter.remote.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.remote.FaultyWay;
import dev.platter.remote.ReadAhead;
import dev.platter.storage.Location;
import dev.platter.storage.NamedSecrets;
import dev.platter.storage.Storage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class WebStorageTest {
  private static final byte[] CONTENT = bytes(1_300_007);

  @TempDir Path directory;

  private static byte[] bytes(int length) {
    byte[] bytes = new byte[length];
    new Random(length).nextBytes(bytes);
    return bytes;
  }

  private static Storage open(String url, Map<String, String> environment) throws IOException {
    return open(url, environment, FaultyWay.PATIENCE);
  }

  private static Storage open(String url, Map<String, String> environment, Patience patience)
      throws IOException {
    Location location = Location.of("http", url, Map.of("url", url, "readahead", "8388608"));
    HttpAddress given = HttpAddress.of(location, NamedSecrets.NONE);
    HttpAddress address =
        new HttpAddress(given.uri(), given.readAhead(), patience, given.trust(), given.login());
    return WebFile.open(url, address, Surroundings.of(environment));
  }

  private static Storage open(WebServer server) throws IOException {
    return open(server.url(), Map.of());
  }

  private static byte[] all(Storage storage) throws IOException {
    byte[] content = new byte[(int) storage.size()];
    byte[] part = new byte[100_000];
    for (int at = 0; at < content.length; at += part.length) {
      int count = (int) storage.read(at, MemorySegment.ofArray(part));
      System.arraycopy(part, 0, content, at, count);
    }
    return content;
  }

  @ParameterizedTest
  @ValueSource(strings = {"ETag: \"one\"", "ETag: W/\"one\"", "Last-Modified: Mon", ""})
  void readsAFileWhateverTellsItFromOthers(String tag) throws IOException {
    try (WebServer server = new WebServer(CONTENT)) {
      server.tag = tag;
      try (Storage storage = open(server)) {
        assertEquals(CONTENT.length, storage.size());
        assertArrayEquals(CONTENT, all(storage));
        assertEquals(0, storage.read(CONTENT.length, MemorySegment.ofArray(new byte[1])));
      }
      assertEquals(tag.startsWith("ETag: \""), !server.all("if-range").isEmpty());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"ETag: \"two\"", "ETag: W/\"two\"", "Last-Modified: Tue"})
  void aFileThatChangesIsAnError(String later) throws IOException {
    try (WebServer server = new WebServer(CONTENT)) {
      server.tag = later.replace("two", "one").replace("Tue", "Mon");
      try (Storage storage = open(server)) {
        server.tag = later;
        var error =
            assertThrows(
                HttpException.class,
                () -> storage.read(900_000, MemorySegment.ofArray(new byte[10])));
        assertTrue(error.getMessage().contains("has changed"), error.getMessage());
      }
    }
  }

  @Test
  void aServerThatTellsTooSmallASizeIsNotBelieved() throws IOException {
    try (WebServer server = new WebServer(CONTENT)) {
      server.told = 700_000;
      var error = assertThrows(HttpException.class, () -> open(server).close());
      assertTrue(error.getMessage().contains("700000"), error.getMessage());
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aServerWithoutRangesIsReadOnceAndInOrder(boolean chunked) throws IOException {
    try (WebServer server = new WebServer(CONTENT)) {
      server.ranges = false;
      server.chunked = chunked;
      try (Storage storage = open(server)) {
        assertArrayEquals(CONTENT, all(storage));
      }
      assertEquals(CONTENT.length, server.sent.get());
    }
  }

  @Test
  void anEmptyFileIsEmpty() throws IOException {
    try (WebServer server = new WebServer(new byte[0]);
        Storage storage = open(server)) {
      assertEquals(0, storage.size());
    }
  }

  @Test
  void aFewReadsHereAndThereTakeLittle() throws IOException {
    byte[] large = bytes(20 << 20);
    try (WebServer server = new WebServer(large);
        Storage storage = open(server)) {
      for (int at : List.of(0, 4096, 5 << 20, (5 << 20) + 512, 19 << 20)) {
        byte[] part = new byte[512];
        storage.readFully(at, MemorySegment.ofArray(part));
        assertArrayEquals(Arrays.copyOfRange(large, at, at + 512), part);
      }
      // Three windows, and the byte behind the end that is not there.
      assertEquals(3 * ReadAhead.SMALLEST, server.sent.get());
      assertEquals(4, server.requests.get());
    }
  }

  @Test
  void manyThreadsReadTheSameBytes() throws Exception {
    byte[] large = bytes(40 << 20);
    try (WebServer server = new WebServer(large);
        Storage storage = open(server);
        ExecutorService threads = Executors.newFixedThreadPool(6)) {
      Callable<Void> reader =
          () -> {
            Random random = new Random();
            for (int i = 0; i < 60; i++) {
              int length = 1 + random.nextInt(1 << random.nextInt(22));
              int at = random.nextInt(large.length - length);
              byte[] part = new byte[length];
              storage.readFully(at, MemorySegment.ofArray(part));
              assertEquals(
                  -1, Arrays.mismatch(large, at, at + length, part, 0, length), "at " + at);
            }
            return null;
          };
      for (Future<Void> each : threads.invokeAll(List.of(reader, reader, reader, reader, reader))) {
        each.get();
      }
    }
  }

  private record Case(WebServer.Fault fault, int request, boolean ranges, boolean chunked) {}

  private static Stream<Case> cases() {
    return Arrays.stream(WebServer.Fault.values())
        .flatMap(fault ->
            Stream.of(
                new Case(fault, 0, true, false),
                new Case(fault, 1, true, false),
                new Case(fault, 2, true, false),
                new Case(fault, 3, true, false),
                new Case(fault, 4, true, false),
                new Case(fault, 0, false, false),
                new Case(fault, 0, false, true)));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void aFaultAtAnyRequestGivesTheRightBytesOrOneLine(Case wrong) throws IOException {
    byte[] read = null;
    try (WebServer server = new WebServer(CONTENT)) {
      server.fault = wrong.fault;
      server.faultyRequest = wrong.request;
      server.ranges = wrong.ranges;
      server.chunked = wrong.chunked;
      boolean isSilent = wrong.fault == WebServer.Fault.SILENT;
      Patience patience = isSilent ? FaultyWay.IMPATIENCE : FaultyWay.PATIENCE;
      try (Storage storage = open(server.url(), Map.of(), patience)) {
        read = all(storage);
      } catch (HttpException e) {
        assertFalse(e.getMessage().isBlank() || e.getMessage().contains("\n"), e.getMessage());
        assertFalse(passes(wrong), e.getMessage());
      }
      assertTrue(server.requests.get() > wrong.request, "no such request");
      boolean isCutByItself = wrong.fault == WebServer.Fault.SHORT_LENGTH && !wrong.ranges;
      if (read != null && !(isCutByItself && !wrong.chunked)) {
        assertArrayEquals(CONTENT, read);
      }
    }
  }

  /** What passes is tried again. */
  private static boolean passes(Case wrong) {
    return switch (wrong.fault) {
      case NONE, RESET, HALF, SILENT, ERROR_500, ERROR_503 -> true;
      default -> false;
    };
  }

  @Test
  void redirectsAreFollowedWithoutCredentialsToOthers() throws IOException {
    Path netrc = directory.resolve("netrc");
    Files.writeString(netrc, "machine 127.0.0.1 login joe password s3cret\n");
    try (WebServer end = new WebServer(CONTENT);
        WebServer start = new WebServer(new byte[0])) {
      start.redirect = end.url();
      try (Storage storage = open(start.url(), Map.of("NETRC", netrc.toString()))) {
        assertArrayEquals(CONTENT, all(storage));
      }
      assertEquals(start.requests.get(), start.all("authorization").size());
      assertTrue(start.all("authorization").getFirst().startsWith("Basic "));
      assertEquals(List.of(), end.all("authorization"));
      start.redirect = start.url();
      assertThrows(HttpException.class, () -> open(start).close());
    }
  }

  @Test
  void namedSecretsGoToTheServerAloneAndIntoNoMessage() throws IOException {
    Map<String, byte[]> known =
        Map.of("p", "s3cret:word".getBytes(UTF_8), "c", "sid=s3cret\n".getBytes(UTF_8));
    NamedSecrets secrets = id -> known.get(id);
    try (WebServer end = new WebServer(CONTENT);
        WebServer start = new WebServer(new byte[0])) {
      start.redirect = end.url();
      Map<String, String> options = new HashMap<>(Map.of("url", start.url(), "username", "joe"));
      options.putAll(Map.of("password-secret", "p", "cookie-secret", "c"));
      Location location = Location.of("http", start.url(), options);
      HttpAddress address = HttpAddress.of(location, secrets);
      WebFile.open("it", address, Surroundings.of(Map.of())).close();
      assertEquals(
          "Basic " + Base64.getEncoder().encodeToString("joe:s3cret:word".getBytes(UTF_8)),
          start.all("authorization").getFirst());
      assertEquals("sid=s3cret", start.all("cookie").getFirst());
      assertEquals(List.of(), end.all("authorization"));
      assertEquals(List.of(), end.all("cookie"));
      assertFalse((address + location.toString()).contains("s3cret"), address + " " + location);
      options.put("cookie", "a=b");
      Location two = Location.of("http", start.url(), options);
      assertThrows(HttpException.class, () -> HttpAddress.of(two, secrets));
      options.keySet().removeAll(List.of("cookie", "username"));
      Location nameless = Location.of("http", start.url(), options);
      assertThrows(HttpException.class, () -> HttpAddress.of(nameless, secrets));
    }
  }

  @Test
  void aTokenGoesToItsServerAlone() throws IOException {
    try (WebServer server = new WebServer(CONTENT)) {
      open(server.url(), Map.of("PLATTER_HTTP_TOKEN", "127.0.0.1 abc")).close();
      assertEquals("Bearer abc", server.all("authorization").getFirst());
      server.seen.clear();
      open(server.url(), Map.of("PLATTER_HTTP_TOKEN", "example.org abc")).close();
      assertEquals(List.of(), server.all("authorization"));
    }
  }

  @Test
  void aProxyIsAskedUnlessTheServerIsExcepted() throws IOException {
    try (WebServer proxy = new WebServer(CONTENT)) {
      String address = proxy.url().replace("/disk.img", "");
      try (Storage storage = open("http://no-such-host.invalid/a", Map.of("http_proxy", address))) {
        assertArrayEquals(CONTENT, all(storage));
      }
      Map<String, String> excepted = Map.of("http_proxy", address, "no_proxy", ".invalid");
      assertThrows(
          HttpException.class, () -> open("http://no-such-host.invalid/a", excepted).close());
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"http://user:secret@host/x", "http:///x", "http://host/a b", "ftp://host/x"})
  void whatIsNoUrlIsRefusedWithoutShowingSecrets(String url) {
    var error =
        assertThrows(
            HttpException.class, () -> HttpAddress.of(Location.of("http", url), NamedSecrets.NONE));
    assertFalse(error.getMessage().contains("secret"), error.getMessage());
  }

  @Test
  void namesBesideAFileAreRelativeToIt() throws IOException {
    Location base = Location.of("https", "https://h/a/disk.qcow2?sig=x");
    assertEquals("https://h/a/base.qcow2", WebFiles.beside(base, "base.qcow2").toString());
    assertEquals("https://h/b%20c", WebFiles.beside(base, "../b c").toString());
  }
}
