package dev.platter.remote.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.storage.Location;
import dev.platter.storage.NamedSecrets;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What servers may say in HTTP/1.1, and what they must not, one connection at a time. */
@Timeout(30)
class WebClientTest {
  private static final String OK = "HTTP/1.1 200 OK\r\n";
  private static final String CHUNKED = OK + "Transfer-Encoding: chunked\r\n\r\n";

  /** Answers each request on a connection with the next text; ends it where there is none. */
  private static final class Scripted implements Closeable {
    final List<String> heads = new CopyOnWriteArrayList<>();
    final AtomicInteger connections = new AtomicInteger();
    private final ServerSocket socket = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    private final List<List<String>> scripts;

    Scripted(List<List<String>> scripts) throws IOException {
      this.scripts = scripts;
      Thread.ofVirtual().start(this::accept);
    }

    private void accept() {
      try {
        while (true) {
          Socket client = socket.accept();
          List<String> script = scripts.get(connections.getAndIncrement());
          Thread.ofVirtual().start(() -> serve(client, script));
        }
      } catch (IOException e) {
        return; // closed
      }
    }

    private void serve(Socket client, List<String> script) {
      try (client) {
        for (String answer : script) {
          heads.add(head(client.getInputStream()));
          for (char each : answer.toCharArray()) {
            if (each == '~') {
              Thread.sleep(150);
            } else if (each == '^') {
              client.getInputStream().read(); // until the client gives up
            } else {
              client.getOutputStream().write(each);
            }
          }
        }
        if (script.isEmpty()) {
          head(client.getInputStream());
        }
      } catch (IOException | InterruptedException e) {
        return; // the client left
      }
    }

    private static String head(InputStream in) throws IOException {
      StringBuilder head = new StringBuilder();
      while (head.indexOf("\r\n\r\n") < 0) {
        int next = in.read();
        if (next < 0) {
          throw new IOException("the client left");
        }
        head.append((char) next);
      }
      return head.toString();
    }

    WebClient client() throws IOException {
      String url = "http://127.0.0.1:" + socket.getLocalPort();
      Location location = Location.of("http", url, Map.of("url", url, "timeout", "1"));
      return new WebClient(HttpAddress.of(location, NamedSecrets.NONE), Surroundings.of(Map.of()));
    }

    @Override
    public void close() throws IOException {
      socket.close();
    }
  }

  private static String body(Answer answer) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(1 << 16);
    answer.readAll(bytes);
    return new String(bytes.array(), 0, bytes.position(), ISO_8859_1);
  }

  private static String get(WebClient client) throws IOException {
    try (Answer answer = client.get(Map.of())) {
      return body(answer);
    }
  }

  private record Said(String answer, String body) {}

  private static Stream<Said> understood() {
    return Stream.of(
        new Said(OK + "Content-Length: 3\r\n\r\nabc", "abc"),
        new Said("HTTP/1.1 200\r\ncontent-length:3\r\n\r\nabc", "abc"),
        new Said("HTTP/1.1 200 OK\nContent-Length: 3\n\nabc", "abc"),
        new Said(OK + "Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc", "abc"),
        new Said(OK + "Content-Length: 3\r\n\r\nabcdef", "abc"),
        new Said(OK + "Content-Length: 0\r\n\r\n", ""),
        new Said(OK + "\r\nabc", "abc"),
        new Said("HTTP/1.0 200 OK\r\n\r\nabc", "abc"),
        new Said("HTTP/1.1 204 None\r\n\r\n", ""),
        new Said("HTTP/1.1 100 Continue\r\n\r\n" + OK + "Content-Length: 1\r\n\r\nx", "x"),
        new Said("HTTP/1.1 103 Hints\r\nLink: a\r\n\r\n" + OK + "Content-Length: 1\r\n\r\nx", "x"),
        new Said(OK + "Content-Length: 3\r\n\r\n~a~b~c", "abc"),
        new Said(CHUNKED + "4;x=1\r\nabcd\r\n2 \r\nef\r\n0\r\nT: x\r\n\r\n", "abcdef"),
        new Said(CHUNKED + "A\r\n0123456789\r\n0\r\n\r\n", "0123456789"),
        new Said(CHUNKED + "0\r\n\r\n", ""));
  }

  @ParameterizedTest
  @MethodSource("understood")
  void whatServersMaySayIsUnderstood(Said said) throws IOException {
    try (Scripted server = new Scripted(List.of(List.of(said.answer())));
        WebClient client = server.client()) {
      assertEquals(said.body(), get(client));
      String head = server.heads.getFirst();
      assertTrue(head.startsWith("GET / HTTP/1.1\r\nHost: 127.0.0.1:"), head);
      assertTrue(head.contains("\r\nAccept-Encoding: identity\r\n"), head);
    }
  }

  private static Stream<Said> refused() {
    String fields = "A: b\r\n".repeat(600);
    return Stream.of(
        new Said("", "ended the connection"),
        new Said("no such protocol\r\n\r\n", "does not speak"),
        new Said("HTTP/2 200 OK\r\n\r\n", "does not speak"),
        new Said("HTTP/1.1 2000 OK\r\n\r\n", "does not speak"),
        new Said("HTTP/1.1 200 OK\r\nContent-Le", "ended the connection"),
        new Said(OK + "no field\r\n\r\n", "no name"),
        new Said(OK + "Content-Length : 3\r\n\r\nabc", "no name"),
        new Said(OK + " Content-Length: 3\r\n\r\nabc", "no name"),
        new Said(OK + "Content-Length: -3\r\n\r\nabc", "no number"),
        new Said(OK + "Content-Length: +3\r\n\r\nabc", "no number"),
        new Said(OK + "Content-Length: 3, 3\r\n\r\nabc", "no number"),
        new Said(OK + "Content-Length: 3\r\nContent-Length: 4\r\n\r\nabc", "no number"),
        new Said(OK + "Content-Length: 9999999999999999999\r\n\r\nabc", "no number"),
        new Said(OK + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", "no way that is known"),
        new Said(OK + "X: " + "x".repeat(40_000), "32768"),
        new Said(OK + fields + "\r\n", "500 fields"),
        new Said("HTTP/1.1 100 Continue\r\n\r\n".repeat(30), "does not begin"),
        new Said(OK + "Content-Length: 4\r\n\r\nabc", "broke off"),
        new Said(OK + "Content-Length: 4\r\n\r\nabc^", "nothing came for 1 s"),
        new Said("HTTP/1.1 200 OK\r\n^", "did not answer within 1 s"),
        new Said("HTTP/1.1 200 OK\r\nX: " + "~x".repeat(50), "did not answer within 1 s"),
        new Said(CHUNKED + "zz\r\n", "without a size"),
        new Said(CHUNKED + "-1\r\n", "without a size"),
        new Said(CHUNKED + "fffffffffffffffff\r\n", "without a size"),
        new Said(CHUNKED + "3\r\nabcd\r\n0\r\n\r\n", "does not end where it should"),
        new Said(CHUNKED + "3\r\nab", "broke off"),
        new Said(CHUNKED + "3\r\nabc\r\n", "broke off"),
        new Said(CHUNKED + "0\r\n" + "T: x\r\n".repeat(200), "does not end"));
  }

  @ParameterizedTest
  @MethodSource("refused")
  void whatTheyMustNotSayIsAnError(Said said) throws IOException {
    try (Scripted server = new Scripted(List.of(List.of(said.answer())));
        WebClient client = server.client()) {
      IOException error = assertThrows(IOException.class, () -> get(client));
      assertTrue(error.getMessage().contains(said.body()), error.getMessage());
      assertEquals(1, server.connections.get());
    }
  }

  private static String text(int number) {
    return OK + "Content-Length: 2\r\n\r\n" + (10 + number);
  }

  @Test
  void aConnectionIsUsedAgain() throws IOException {
    try (Scripted server = new Scripted(List.of(List.of(text(1), text(2), text(3))));
        WebClient client = server.client()) {
      for (int i = 1; i <= 3; i++) {
        assertEquals("1" + i, get(client));
      }
    }
  }

  /** Neither where the server says so, nor where what is left of an answer is in the way. */
  @Test
  void aConnectionIsNotUsedAgainWhereItCannotBe() throws IOException {
    List<String> firsts = new ArrayList<>();
    firsts.add(OK + "Connection: close\r\nContent-Length: 2\r\n\r\n11");
    firsts.add("HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\n11");
    firsts.add(text(1) + "more");
    for (String first : firsts) {
      try (Scripted server = new Scripted(List.of(List.of(first, text(9)), List.of(text(2))));
          WebClient client = server.client()) {
        assertEquals("11", get(client));
        assertEquals("12", get(client));
        assertEquals(2, server.connections.get());
      }
    }
  }

  @Test
  void whatIsLeftOfAnAnswerIsNotTakenForTheNext() throws IOException {
    String large = OK + "Content-Length: 50000\r\n\r\n" + "x".repeat(50_000);
    String small = OK + "Content-Length: 500\r\n\r\n" + "x".repeat(500);
    try (Scripted server =
            new Scripted(List.of(List.of(small, text(1), large, text(9)), List.of(text(2))));
        WebClient client = server.client()) {
      client.get(Map.of()).close(); // a few bytes are read rather than given up
      assertEquals("11", get(client));
      client.get(Map.of()).close();
      assertEquals("12", get(client));
      assertEquals(2, server.connections.get());
    }
  }

  /** A server may end a connection that nobody uses at any time. */
  @Test
  void aConnectionThatEndedMeanwhileIsMadeAnew() throws Exception {
    try (Scripted server =
            new Scripted(List.of(List.of(text(1)), List.of(text(2), ""), List.of(text(3))));
        WebClient client = server.client()) {
      assertEquals("11", get(client));
      Thread.sleep(100);
      assertEquals("12", get(client)); // which was seen
      assertEquals("13", get(client)); // which was not: it ended only when asked
      assertEquals(3, server.connections.get());
    }
  }

  @Test
  void closingEndsWhatIsUnderWay() throws Exception {
    try (Scripted server = new Scripted(List.of(List.of(OK + "Content-Length: 4\r\n\r\nabc^")))) {
      WebClient client = server.client();
      Answer answer = client.get(Map.of());
      Thread closer =
          Thread.ofVirtual()
              .start(() -> {
                try {
                  Thread.sleep(200);
                } catch (InterruptedException e) {
                  return;
                }
                client.close();
              });
      long begun = System.nanoTime();
      assertThrows(IOException.class, () -> body(answer));
      assertTrue(System.nanoTime() - begun < 900_000_000L, "it was not ended");
      closer.join();
      IOException error = assertThrows(IOException.class, () -> get(client));
      assertFalse(error.getMessage().isBlank());
    }
  }
}
