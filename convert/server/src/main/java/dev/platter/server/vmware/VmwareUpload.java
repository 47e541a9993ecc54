package dev.platter.server.vmware;

import dev.platter.server.client.HttpRequests;
import dev.platter.server.client.HttpRequests.Answer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.HttpURLConnection;

/** A file that is sent in pieces as they come, once. One thread writes. */
final class VmwareUpload {
  private static final int CHUNK = 64 << 10;

  private final HttpRequests http;
  private final HttpURLConnection request;
  private final OutputStream body;

  private VmwareUpload(HttpRequests http, HttpURLConnection request, OutputStream body) {
    this.http = http;
    this.request = request;
    this.body = body;
  }

  /**
   * Begins to send a file. Its size is told by its end: what is announced of an image may turn out
   * to be wrong.
   *
   * @param path of the file, as it stands in URLs
   */
  static VmwareUpload begin(VmwareSession session, String path) throws IOException {
    HttpRequests http = session.http();
    return session.repeated(login -> {
      HttpURLConnection request = http.open("PUT", session.uri(path), VmwareSession.cookie(login));
      request.setRequestProperty("Content-Type", "application/octet-stream");
      request.setDoOutput(true);
      request.setChunkedStreamingMode(CHUNK);
      OutputStream body =
          http.body(request).orElseThrow(() -> new IOException("vSphere takes no file"));
      return new VmwareUpload(http, request, body);
    });
  }

  void write(byte[] bytes, int length) throws IOException {
    http.write(request, body, bytes, 0, length);
  }

  /** Sends the end, and hears what became of it. */
  void finish() throws IOException {
    Answer answer = http.answer(request);
    if (answer.status() != 200 && answer.status() != 201) {
      throw new IOException("vSphere answers an upload with status " + answer.status());
    }
  }

  /** Breaks the connection off. */
  void abort() {
    request.disconnect();
  }
}
