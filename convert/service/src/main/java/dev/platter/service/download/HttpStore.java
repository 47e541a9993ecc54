package dev.platter.service.download;

import dev.platter.service.ImportException;
import dev.platter.service.store.Store;
import dev.platter.service.store.StoreException;
import dev.platter.service.store.StoreException.Kind;
import dev.platter.service.store.StoreWriter;
import dev.platter.storage.Storage;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;

/**
 * Images that lie on web servers, which are only read: a location is the URI itself. What may be
 * read is what the gate lets through.
 */
public final class HttpStore implements Store {
  private final String id;
  private final String description;
  private final HttpGate gate;

  /**
   * @param gate stays the caller's
   */
  public HttpStore(String id, String description, HttpGate gate) {
    this.id = Objects.requireNonNull(id);
    this.description = Objects.requireNonNull(description);
    this.gate = Objects.requireNonNull(gate);
  }

  @Override
  public String id() {
    return id;
  }

  @Override
  public String description() {
    return description;
  }

  @Override
  public boolean readOnly() {
    return true;
  }

  @Override
  public StoreWriter begin(String imageId, OptionalLong expectedSize) throws IOException {
    throw new StoreException(Kind.READ_ONLY, id, "images on web servers are only read");
  }

  @Override
  public boolean delete(String location) throws IOException {
    throw new StoreException(Kind.READ_ONLY, id, "images on web servers are only read");
  }

  @Override
  public boolean exists(String location) throws IOException {
    try (HttpAnswer answer = gate.ask("HEAD", uri(location), Map.of())) {
      return answer.status() == 200;
    }
  }

  @Override
  public Storage open(String location) throws IOException {
    URI uri = uri(location);
    try (HttpAnswer answer = ask(uri, 0, 1)) {
      String range = answer.header("Content-Range").orElseThrow();
      long size = sizeIn(range);
      if (size < 0) {
        throw unavailable(uri + ": the server does not say how large it is: '" + range + "'", null);
      }
      return new Ranges(uri, size);
    }
  }

  private URI uri(String location) throws StoreException {
    try {
      return new URI(location);
    } catch (URISyntaxException e) {
      throw new StoreException(Kind.NOT_FOUND, id, "no location of this store: " + location, e);
    }
  }

  private static long sizeIn(String contentRange) {
    String size = contentRange.substring(contentRange.indexOf('/') + 1).strip();
    return size.matches("[0-9]{1,18}") ? Long.parseLong(size) : -1;
  }

  private HttpAnswer ask(URI uri, long offset, long length) throws IOException {
    Map<String, String> range = Map.of("Range", "bytes=" + offset + "-" + (offset + length - 1));
    HttpAnswer answer;
    try {
      answer = gate.ask("GET", uri, range);
    } catch (ImportException e) {
      throw e;
    } catch (IOException e) {
      throw unavailable(uri + ": " + e.getMessage(), e);
    }
    if (answer.status() == 206 && answer.header("Content-Range").isPresent()) {
      return answer;
    }
    answer.close();
    if (answer.status() == 404 || answer.status() == 410) {
      throw new StoreException(Kind.NOT_FOUND, id, "there is no " + uri);
    }
    throw unavailable(uri + ": no range of bytes, but " + answer.status(), null);
  }

  private StoreException unavailable(String message, IOException cause) {
    return new StoreException(Kind.UNAVAILABLE, id, message, cause);
  }

  /** A file on a server. Small reads are served from a window, so that not each is a request. */
  private final class Ranges extends Storage {
    private static final int WINDOW = 256 << 10;

    private final URI uri;
    private final long size;
    private byte[] window = {};
    private long windowOffset;

    Ranges(URI uri, long size) {
      super(uri.toString());
      this.uri = uri;
      this.size = size;
    }

    @Override
    public long size() {
      return size;
    }

    @Override
    protected long readSome(long offset, MemorySegment target) throws IOException {
      long length = Math.min(target.byteSize(), size - offset);
      if (length <= 0) {
        return 0;
      }
      if (length >= WINDOW) {
        long part = Math.min(length, Integer.MAX_VALUE - 8);
        fetch(offset, target.asSlice(0, part));
        return part;
      }
      synchronized (this) {
        if (offset < windowOffset || offset >= windowOffset + window.length) {
          byte[] next = new byte[(int) Math.min(WINDOW, size - offset)];
          fetch(offset, MemorySegment.ofArray(next));
          window = next;
          windowOffset = offset;
        }
        int within = (int) (offset - windowOffset);
        long part = Math.min(length, window.length - within);
        MemorySegment.copy(MemorySegment.ofArray(window), within, target, 0, part);
        return part;
      }
    }

    private void fetch(long offset, MemorySegment target) throws IOException {
      try (HttpAnswer answer = ask(uri, offset, target.byteSize())) {
        InputStream body = answer.body();
        byte[] part = new byte[1 << 16];
        for (long done = 0; done < target.byteSize(); ) {
          int wanted = (int) Math.min(part.length, target.byteSize() - done);
          int count = body.read(part, 0, wanted);
          if (count < 0) {
            throw unavailable(
                uri + ": the answer ends after " + done + " of " + target.byteSize() + " bytes",
                null);
          }
          MemorySegment.copy(MemorySegment.ofArray(part), 0, target, done, count);
          done += count;
        }
      }
    }

    @Override
    public void close() {}
  }
}
