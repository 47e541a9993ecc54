package dev.platter.remote.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.BufferedReader;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/** A server of one file on loopback that does wrong when it is told to. */
final class WebServer implements Closeable {
  /** What goes wrong with one answer. */
  enum Fault {
    NONE,
    RESET,
    HALF,
    SILENT,
    ERROR_500,
    ERROR_503,
    ERROR_404,
    SHORT_LENGTH,
    LONG_LENGTH,
    WRONG_START,
    WRONG_TOTAL,
    NO_RANGE_TOLD,
    OTHER_TAG,
    GZIP,
    NO_HTTP
  }

  final AtomicLong sent = new AtomicLong();
  final AtomicInteger requests = new AtomicInteger();
  final List<Map<String, String>> seen = new CopyOnWriteArrayList<>();
  private final ServerSocket socket;
  private final List<Socket> open = new CopyOnWriteArrayList<>();
  volatile byte[] content;
  volatile boolean ranges = true;
  volatile boolean chunked;
  volatile String tag = "ETag: \"one\"";
  volatile int faultyRequest = -1;
  volatile Fault fault = Fault.NONE;
  volatile String redirect;

  /** What it tells as the size of the file; negative: the truth. */
  volatile long told = -1;

  WebServer(byte[] content) throws IOException {
    this.content = content;
    this.socket = new ServerSocket(0, 200, InetAddress.getLoopbackAddress());
    Thread.ofVirtual().start(this::accept);
  }

  String url() {
    return "http://127.0.0.1:" + socket.getLocalPort() + "/disk.img";
  }

  private void accept() {
    try {
      while (true) {
        Socket client = socket.accept();
        open.add(client);
        Thread.ofVirtual().start(() -> serve(client));
      }
    } catch (IOException e) {
      return; // closed
    }
  }

  private void serve(Socket client) {
    try (client) {
      BufferedReader in =
          new BufferedReader(new InputStreamReader(client.getInputStream(), ISO_8859_1));
      while (in.readLine() != null) {
        Map<String, String> headers = new TreeMap<>();
        for (String line = in.readLine(); line != null && !line.isEmpty(); line = in.readLine()) {
          int colon = line.indexOf(':');
          headers.put(
              line.substring(0, colon).toLowerCase(Locale.ROOT), line.substring(colon + 1).strip());
        }
        seen.add(headers);
        int number = requests.getAndIncrement();
        if (!answer(client, headers, number == faultyRequest ? fault : Fault.NONE)) {
          return;
        }
      }
    } catch (IOException e) {
      return; // the client left
    }
  }

  private boolean answer(Socket client, Map<String, String> headers, Fault wrong)
      throws IOException {
    OutputStream out = client.getOutputStream();
    switch (wrong) {
      case RESET -> {
        client.setSoLinger(true, 0);
        return false;
      }
      case SILENT -> {
        return true;
      }
      case NO_HTTP -> {
        out.write("no such protocol\r\n\r\n".getBytes(ISO_8859_1));
        return false;
      }
      case ERROR_500, ERROR_503, ERROR_404 -> {
        int status = wrong == Fault.ERROR_500 ? 500 : wrong == Fault.ERROR_503 ? 503 : 404;
        send(out, "HTTP/1.1 " + status + " No\r\nContent-Length: 0\r\n\r\n", new byte[0]);
        return true;
      }
      default -> {}
    }
    if (redirect != null) {
      send(
          out,
          "HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: " + redirect + "\r\n\r\n",
          new byte[0]);
      return true;
    }
    byte[] all = content;
    long total = told < 0 ? all.length : told;
    String range = headers.getOrDefault("range", "");
    String condition = headers.get("if-range");
    boolean isSame = condition == null || tag.endsWith(" " + condition);
    String text = "";
    byte[] body = all;
    if (ranges && isSame && range.matches("bytes=[0-9]+-[0-9]+")) {
      String[] ends = range.substring("bytes=".length()).split("-");
      long from = Long.parseLong(ends[0]);
      if (from >= all.length) {
        send(
            out,
            "HTTP/1.1 416 No\r\nContent-Length: 0\r\nContent-Range: bytes */"
                + all.length
                + "\r\n\r\n",
            new byte[0]);
        return true;
      }
      long last = Math.min(Long.parseLong(ends[1]), (from < total ? total : all.length) - 1);
      long shift = wrong != Fault.WRONG_START ? 0 : from > 0 ? -1 : 1; // another range, as long
      from += shift;
      last += shift;
      body = java.util.Arrays.copyOfRange(all, (int) from, (int) last + 1);
      long size = wrong == Fault.WRONG_TOTAL ? total + 5 : total;
      text =
          "HTTP/1.1 206 Part\r\n"
              + (wrong == Fault.NO_RANGE_TOLD
                  ? ""
                  : "Content-Range: bytes " + from + "-" + last + "/" + size + "\r\n");
    } else {
      text = "HTTP/1.1 200 OK\r\n";
    }
    text += wrong == Fault.OTHER_TAG ? "ETag: \"two\"\r\n" : tag.isEmpty() ? "" : tag + "\r\n";
    text += wrong == Fault.GZIP ? "Content-Encoding: gzip\r\n" : "";
    int length = body.length;
    int given = wrong == Fault.HALF ? length / 2 : length;
    int said =
        wrong == Fault.SHORT_LENGTH
            ? length / 2
            : wrong == Fault.LONG_LENGTH ? length + 100 : length;
    if (chunked && !ranges) {
      send(out, text + "Transfer-Encoding: chunked\r\n\r\n", new byte[0]);
      send(out, Integer.toHexString(length) + "\r\n", java.util.Arrays.copyOf(body, given));
      if (given == length) {
        send(out, "\r\n0\r\n\r\n", new byte[0]);
      }
    } else {
      send(
          out,
          text + "Content-Length: " + said + "\r\n\r\n",
          java.util.Arrays.copyOf(body, Math.min(given, Math.max(said, 0))));
    }
    return wrong == Fault.NONE || wrong == Fault.OTHER_TAG || wrong == Fault.GZIP;
  }

  private void send(OutputStream out, String head, byte[] body) throws IOException {
    sent.addAndGet(body.length);
    out.write(head.getBytes(ISO_8859_1));
    out.write(body);
    out.flush();
  }

  /** The values of a header in all requests that had it. */
  List<String> all(String header) {
    List<String> values = new ArrayList<>();
    for (Map<String, String> each : seen) {
      if (each.containsKey(header)) {
        values.add(each.get(header));
      }
    }
    return values;
  }

  @Override
  public void close() throws IOException {
    socket.close();
    for (Socket each : open) {
      each.close();
    }
  }
}
