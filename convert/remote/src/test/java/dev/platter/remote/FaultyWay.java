package dev.platter.remote;

import dev.platter.remote.http.Patience;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicInteger;

/** Stands between a client and a server of HTTP and spoils one request, or all from one on. */
public final class FaultyWay implements Closeable {
  /** What goes wrong. */
  public enum Fault {
    REFUSED(false),
    RESET(false),
    SHORT(true),
    LONGER_TOLD(true),
    SILENCE(false),

    /** Half of the body goes to the server, and then nothing more. */
    HALF_SENT(false);

    /** Whether the server sees the request, and the answer alone is spoiled. */
    public final boolean servesTheRequest;

    Fault(boolean servesTheRequest) {
      this.servesTheRequest = servesTheRequest;
    }
  }

  /** Waits long for those who answer, and hardly between two attempts. */
  public static final Patience PATIENCE =
      new Patience(Duration.ofSeconds(20), Duration.ofMillis(1));

  /** The same for those who will not. */
  public static final Patience IMPATIENCE =
      new Patience(Duration.ofMillis(400), Duration.ofMillis(1));

  private final ServerSocket listening;
  private final int server;
  private final AtomicInteger requests = new AtomicInteger();
  private volatile Fault fault;
  private volatile int first;
  private volatile int last;

  public FaultyWay(int server) throws IOException {
    this.server = server;
    this.listening = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    Thread.ofVirtual().start(this::listen);
  }

  public int port() {
    return listening.getLocalPort();
  }

  /** Has the requests from one to another, counted from 1 from now on, go wrong. */
  public void spoil(Fault what, int from, int to) {
    fault = what;
    first = from;
    last = to;
    requests.set(0);
  }

  /** What fits to a fault. */
  public static Patience patience(Fault fault) {
    return fault == Fault.SILENCE ? IMPATIENCE : PATIENCE;
  }

  public int requests() {
    return requests.get();
  }

  private void listen() {
    while (!listening.isClosed()) {
      try {
        Socket client = listening.accept();
        Thread.ofVirtual().start(() -> serve(client));
      } catch (IOException e) {
        return; // closed
      }
    }
  }

  /** A connection has one request. */
  private void serve(Socket client) {
    try (client) {
      InputStream in = client.getInputStream();
      byte[] head = head(in);
      if (head.length == 0) {
        return;
      }
      int number = requests.incrementAndGet();
      boolean spoiled = fault != null && number >= first && number <= last;
      String text = new String(head, StandardCharsets.ISO_8859_1);
      if (text.toLowerCase(Locale.ROOT).contains("expect: 100-continue")) {
        client
            .getOutputStream()
            .write("HTTP/1.1 100 Continue\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
      }
      byte[] body = in.readNBytes(length(text));
      if (spoiled && fault == Fault.HALF_SENT && body.length > 0) {
        sendHalf(text, body);
      }
      if (spoiled && (fault == Fault.RESET || fault == Fault.HALF_SENT)) {
        client.setSoLinger(true, 0);
        return;
      }
      if (spoiled && fault == Fault.SILENCE) {
        in.read(); // until the client gives up
        return;
      }
      if (spoiled && fault == Fault.REFUSED) {
        client
            .getOutputStream()
            .write(
                "HTTP/1.1 500 No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
                    .getBytes(StandardCharsets.US_ASCII));
        return;
      }
      byte[] answer = answer(text, body);
      if (spoiled && fault == Fault.LONGER_TOLD) {
        answer = longer(answer);
      }
      int count = spoiled && fault == Fault.SHORT ? answer.length * 2 / 3 : answer.length;
      client.getOutputStream().write(answer, 0, count);
    } catch (SocketException e) {
      // The client has gone.
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private void sendHalf(String head, byte[] body) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server)) {
      socket.getOutputStream().write(head.getBytes(StandardCharsets.ISO_8859_1));
      socket.getOutputStream().write(body, 0, body.length / 2);
      socket.shutdownOutput();
      socket.getInputStream().readAllBytes(); // the server has noticed then
    }
  }

  private byte[] answer(String head, byte[] body) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server)) {
      String once =
          head.replaceAll("(?i)\r\n(connection|expect): [^\r]*", "")
              .replaceFirst("\r\n\r\n$", "\r\nConnection: close\r\n\r\n");
      socket.getOutputStream().write(once.getBytes(StandardCharsets.ISO_8859_1));
      socket.getOutputStream().write(body);
      socket.getOutputStream().flush();
      return socket.getInputStream().readAllBytes();
    }
  }

  private static byte[] longer(byte[] answer) {
    String text = new String(answer, StandardCharsets.ISO_8859_1);
    int end = text.indexOf("\r\n\r\n");
    String head =
        text.substring(0, end).replaceFirst("(?i)content-length: (\\d+)", "Content-Length: $17");
    return (head + text.substring(end)).getBytes(StandardCharsets.ISO_8859_1);
  }

  private static int length(String head) {
    for (String line : head.split("\r\n")) {
      if (line.toLowerCase(Locale.ROOT).startsWith("content-length:")) {
        return Integer.parseInt(line.substring(line.indexOf(':') + 1).strip());
      }
    }
    return 0;
  }

  private static byte[] head(InputStream in) throws IOException {
    ByteArrayOutputStream head = new ByteArrayOutputStream();
    int ends = 0;
    while (ends < 4) {
      int next = in.read();
      if (next < 0) {
        return new byte[0];
      }
      head.write(next);
      ends = next == (ends % 2 == 0 ? '\r' : '\n') ? ends + 1 : next == '\r' ? 1 : 0;
    }
    return head.toByteArray();
  }

  @Override
  public void close() throws IOException {
    listening.close();
  }
}
