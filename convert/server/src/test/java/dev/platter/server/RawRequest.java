package dev.platter.server;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/** Requests as no client would send them. */
final class RawRequest {
  private RawRequest() {}

  /** Sends bytes, and then nothing more, and reads all that is answered. */
  static String send(RunningServer server, String head, byte[] rest) throws IOException {
    try (Socket socket = new Socket("127.0.0.1", server.server().port())) {
      socket.setSoTimeout(60_000);
      socket
          .getOutputStream()
          .write((head + "\r\nHost: x\r\n").getBytes(StandardCharsets.ISO_8859_1));
      socket.getOutputStream().write(rest);
      socket.shutdownOutput();
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
    }
  }

  /** Refused, or cut off. */
  static void refused(String answer) {
    assertTrue(answer.isEmpty() || answer.startsWith("HTTP/1.1 4"), answer);
  }
}
