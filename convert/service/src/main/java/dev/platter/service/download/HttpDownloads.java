package dev.platter.service.download;

import dev.platter.service.ImportException;
import dev.platter.service.ImportException.Reason;
import dev.platter.service.WebClient;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Downloads over HTTP. A server that does not answer is asked again, and an answer that breaks off
 * is taken up where it broke, as long as the server says that it is still the same.
 */
public final class HttpDownloads implements WebClient, Closeable {
  private static final int PART = 1 << 16;
  private static final int PARTIAL = 206;

  private final HttpGate gate;
  private final int attempts;
  private final long pauseMillis;

  /** Three attempts, a second and then two between them. */
  public HttpDownloads(UriFilter uris, AddressFilter addresses) {
    this(new HttpGate(uris, addresses, 60), 3, 1000);
  }

  /**
   * @param gate closed with this
   * @param attempts how often a server is asked in all
   * @param pauseMillis how long to wait before the second attempt; twice as long before the next
   */
  public HttpDownloads(HttpGate gate, int attempts, long pauseMillis) {
    this.gate = gate;
    this.attempts = attempts;
    this.pauseMillis = pauseMillis;
  }

  @Override
  public Download open(URI uri) throws IOException {
    IOException failed = null;
    for (int attempt = 1; attempt <= attempts; attempt++) {
      pauseBefore(attempt);
      try {
        HttpAnswer answer = gate.ask("GET", uri, Map.of());
        if (answer.status() == 200) {
          return new Body(uri, answer);
        }
        answer.close();
        String message = UriText.of(uri) + ": the server answers " + answer.status();
        failed = new ImportException(Reason.DOWNLOAD_FAILED, message);
        if (answer.status() < 500) {
          throw failed;
        }
      } catch (ImportException e) {
        throw e;
      } catch (IOException e) {
        failed = e;
      }
    }
    throw failed instanceof ImportException known
        ? known
        : new ImportException(
            Reason.DOWNLOAD_FAILED, UriText.of(uri) + ": " + failed.getMessage(), failed);
  }

  private void pauseBefore(int attempt) throws ImportException {
    if (attempt > 1) {
      try {
        Thread.sleep(pauseMillis << (attempt - 2));
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new ImportException(Reason.CANCELLED, "interrupted while waiting for a server", e);
      }
    }
  }

  /** The body of an answer, and of those that continue it. */
  private final class Body implements Download, ReadableByteChannel {
    private final URI uri;
    private final Optional<String> entityTag;
    private final long size;
    private final byte[] part = new byte[PART];
    private volatile HttpAnswer answer;
    private InputStream body;
    private long position;
    private int broken;
    private volatile boolean closed;

    Body(URI uri, HttpAnswer answer) throws IOException {
      this.uri = uri;
      this.answer = answer;
      this.entityTag = answer.header("ETag").filter(tag -> !tag.startsWith("W/"));
      this.size = answer.length();
      this.body = bodyOf(answer);
    }

    private InputStream bodyOf(HttpAnswer given) throws IOException {
      Optional<String> coding = given.header("Content-Encoding");
      if (coding.filter(word -> !word.equalsIgnoreCase("identity")).isPresent()) {
        given.close();
        throw new ImportException(
            Reason.DOWNLOAD_FAILED,
            UriText.of(uri)
                + ": the server sends it encoded ("
                + coding.get()
                + "), which was not asked for");
      }
      return given.body();
    }

    @Override
    public ReadableByteChannel body() {
      return this;
    }

    @Override
    public OptionalLong size() {
      return size < 0 ? OptionalLong.empty() : OptionalLong.of(size);
    }

    @Override
    public int read(ByteBuffer target) throws IOException {
      int wanted = Math.min(part.length, target.remaining());
      int count;
      while (true) {
        try {
          count = body.read(part, 0, wanted);
          if (count < 0 && size >= 0 && position != size) {
            throw new IOException("it ends after " + position + " of " + size + " bytes");
          }
          break;
        } catch (ImportException e) {
          throw e;
        } catch (IOException e) {
          resume(e);
        }
      }
      if (count > 0) {
        position += count;
        target.put(part, 0, count);
      }
      return count;
    }

    /** Asks for the rest, if there is a way to know that it is the rest of the same. */
    private void resume(IOException why) throws IOException {
      answer.close();
      ImportException failed =
          new ImportException(
              Reason.DOWNLOAD_FAILED,
              UriText.of(uri) + ": the download broke off: " + why.getMessage(),
              why);
      if (closed || entityTag.isEmpty() || ++broken >= attempts) {
        throw failed;
      }
      pauseBefore(broken + 1);
      try {
        answer =
            gate.ask(
                "GET",
                uri,
                Map.of("Range", "bytes=" + position + "-", "If-Range", entityTag.get()));
      } catch (ImportException e) {
        throw e;
      } catch (IOException e) {
        failed.addSuppressed(e);
        throw failed;
      }
      boolean continues =
          answer.status() == PARTIAL
              && answer
                  .header("Content-Range")
                  .filter(range -> range.startsWith("bytes " + position + "-"))
                  .isPresent();
      if (!continues) {
        answer.close();
        throw failed;
      }
      body = bodyOf(answer);
    }

    @Override
    public boolean isOpen() {
      return true;
    }

    @Override
    public void abort() {
      close();
    }

    @Override
    public void close() {
      closed = true;
      answer.close();
    }
  }

  @Override
  public void close() throws IOException {
    gate.close();
  }
}
