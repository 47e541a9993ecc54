package dev.platter.service.download;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;
import org.apache.hc.client5.http.classic.methods.HttpUriRequestBase;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.Header;

/**
 * What a server answers. Closing it ends the connection if there is more to come: nobody waits for
 * the rest of a body that nobody wants.
 */
record HttpAnswer(HttpUriRequestBase request, ClassicHttpResponse response) implements Closeable {
  int status() {
    return response.getCode();
  }

  Optional<String> header(String name) {
    return Optional.ofNullable(response.getFirstHeader(name)).map(Header::getValue);
  }

  /** How many bytes the body has; negative: not said. */
  long length() {
    return response.getEntity() == null ? 0 : response.getEntity().getContentLength();
  }

  InputStream body() throws IOException {
    return response.getEntity() == null
        ? InputStream.nullInputStream()
        : response.getEntity().getContent();
  }

  @Override
  public void close() {
    request.cancel();
    try {
      response.close();
    } catch (IOException e) {
      return; // Nothing more is expected of it.
    }
  }
}
