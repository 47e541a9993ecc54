package dev.platter.remote.oci;

import dev.platter.remote.Bandwidth;
import dev.platter.remote.Part;
import dev.platter.remote.http.Answer;
import dev.platter.remote.http.Attempts;
import dev.platter.remote.http.HttpException;
import dev.platter.remote.http.WebRequest;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.security.MessageDigest;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A blob that is sent in order, part by part, one while the next is being made (Distribution
 * Specification, "Pushing a blob in chunks"). After a broken connection the registry is asked how
 * much of the part it has, and gets the rest. Nobody sees the blob before its digest is told. For
 * one thread.
 */
final class BlobUpload implements Closeable {
  private static final int ACCEPTED = 202;
  private static final int CREATED = 201;
  private static final int NO_CONTENT = 204;
  private static final int OUT_OF_ORDER = 416;
  private static final Pattern RANGE = Pattern.compile("(?:bytes=)?0-([0-9]{1,18})");

  private final Registry registry;
  private final MessageDigest hash = Digest.usual();
  private final long leastPart;
  private URI at;
  private volatile long sent;
  private FutureTask<Void> inFlight;
  private boolean refusedOrder;
  private boolean complete;

  private BlobUpload(Registry registry, Answer begun) throws HttpException {
    this.registry = registry;
    this.at = location(registry.uri("/blobs/uploads/"), begun);
    this.leastPart = leastPart(begun);
  }

  /** Has the registry begin one. */
  static BlobUpload begin(Registry registry) throws IOException {
    return Attempts.repeated(
        registry.patience(),
        () -> {
          Answer answer =
              registry.send(WebRequest.of("POST", registry.uri("/blobs/uploads/"), Map.of()));
          if (answer.status() != ACCEPTED) {
            throw registry.refused("begin an upload", answer);
          }
          answer.close();
          return new BlobUpload(registry, answer);
        });
  }

  private static long leastPart(Answer begun) {
    return begun
        .header("OCI-Chunk-Min-Length")
        .filter(text -> text.matches("[0-9]{1,18}"))
        .map(Long::parseLong)
        .orElse(1L);
  }

  /** The least that the registry takes at a time, but for the last part; bytes. */
  long leastPart() {
    return leastPart;
  }

  private static URI location(URI base, Answer answer) throws HttpException {
    String text =
        answer
            .header("Location")
            .orElseThrow(() -> new HttpException("the registry does not say where to send"));
    URI to;
    try {
      to = base.resolve(text);
    } catch (IllegalArgumentException e) {
      throw new HttpException("the registry says to send to what is no URL", e);
    }
    boolean isKept =
        "https".equalsIgnoreCase(to.getScheme())
            || "http".equalsIgnoreCase(to.getScheme()) && "http".equalsIgnoreCase(base.getScheme());
    if (!isKept || to.getHost() == null || to.getRawUserInfo() != null) {
      throw new HttpException("the registry says to send unencrypted, or to nowhere");
    }
    return to;
  }

  /**
   * Sends a part once those before it are there; returns before it is itself.
   *
   * @param part closed here
   */
  void send(Part part) throws IOException {
    try {
      await();
    } catch (Throwable e) {
      part.close();
      throw e;
    }
    inFlight =
        new FutureTask<>(() -> {
          try (part) {
            part.addTo(hash);
            Bandwidth.take(part.length());
            patch(part);
          }
          return null;
        });
    Thread.ofVirtual().name("platter-oci-" + part.number()).start(inFlight);
  }

  /** Waits for what is under way; what failed once fails each time. */
  private void await() throws IOException {
    if (inFlight == null) {
      return;
    }
    try {
      inFlight.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new HttpException("interrupted while sending", e);
    } catch (ExecutionException e) {
      throw new HttpException(e.getCause().getMessage(), e.getCause());
    }
  }

  private void patch(Part part) throws IOException {
    long start = sent;
    long end = start + part.length();
    long from = start;
    boolean asks = false;
    for (int number = 1; from < end; number++) {
      try {
        if (asks) {
          from = received(start, end);
          asks = false;
        }
        if (from < end) {
          from = patch(part, start, from, end);
        }
      } catch (HttpException e) {
        throw e;
      } catch (IOException e) {
        if (number == Attempts.MOST) {
          throw new HttpException(e.getMessage() + " (" + Attempts.MOST + " attempts)", e);
        }
        Attempts.pause(registry.patience(), number);
        asks = true;
      }
    }
    sent = end;
  }

  /** Sends what is missing of a part, and answers its end. */
  private long patch(Part part, long start, long from, long end) throws IOException {
    WebRequest.Content rest = new WebRequest.Content(end - from, () -> rest(part, from - start));
    Answer answer =
        registry.send(
            WebRequest.of(
                "PATCH",
                at,
                Map.of(
                    "Content-Type",
                    "application/octet-stream",
                    "Content-Range",
                    from + "-" + (end - 1)),
                rest));
    if (answer.status() == OUT_OF_ORDER) {
      refusedOrder = true;
      throw new IOException(registry.refused("send bytes from " + from, answer).getMessage());
    }
    if (answer.status() != ACCEPTED) {
      throw registry.refused("send bytes from " + from, answer);
    }
    answer.close();
    at = location(at, answer);
    OptionalLong told = range(answer);
    if (told.isPresent() && told.getAsLong() != end) {
      throw new HttpException(
          "the registry has %d bytes of the upload, %d were sent".formatted(told.getAsLong(), end));
    }
    return end;
  }

  private static InputStream rest(Part part, long skipped) {
    InputStream bytes = part.stream();
    try {
      bytes.skipNBytes(skipped);
    } catch (IOException e) {
      throw new IllegalStateException(e); // it is in memory
    }
    return bytes;
  }

  /** How much of the upload the registry has, which is some of the part in question. */
  private long received(long start, long end) throws IOException {
    Answer answer = registry.send(WebRequest.of("GET", at, Map.of()));
    if (answer.status() != NO_CONTENT) {
      throw registry.refused("go on with the upload", answer);
    }
    answer.close();
    at = location(at, answer);
    OptionalLong told = range(answer);
    // "0-0" is said of one byte, and, by those who follow Docker, of none.
    boolean isNone = start == 0 && told.orElse(-1) == 1 && !refusedOrder;
    long received = isNone ? 0 : told.orElse(-1);
    if (received < start || received > end) {
      throw new HttpException(
          "the registry has %d bytes of the upload, %d to %d were sent"
              .formatted(received, start, end));
    }
    return received;
  }

  /** How many bytes an answer says there are. */
  private static OptionalLong range(Answer answer) throws HttpException {
    String text = answer.header("Range").orElse("");
    if (text.isEmpty()) {
      return OptionalLong.empty();
    }
    Matcher range = RANGE.matcher(text);
    if (!range.matches()) {
      throw new HttpException("a range that is none: " + Registry.shown(text));
    }
    return OptionalLong.of(Long.parseLong(range.group(1)) + 1);
  }

  /**
   * Waits until all is there, and has the registry compare digests.
   *
   * @return what it is called from now on
   */
  Descriptor finish(String mediaType) throws IOException {
    await();
    Digest digest = Digest.ended(hash);
    URI end =
        URI.create(
            at
                + (at.getRawQuery() == null ? "?" : "&")
                + "digest="
                + digest.algorithm()
                + "%3A"
                + digest.hex());
    Attempts.repeated(
        registry.patience(),
        () -> {
          try {
            Answer answer =
                registry.send(
                    WebRequest.of("PUT", end, Map.of("Content-Type", "application/octet-stream")));
            if (answer.status() != CREATED && answer.status() != NO_CONTENT) {
              throw registry.refused("complete the blob", answer);
            }
            answer.close();
          } catch (IOException e) {
            if (!registry.has(digest, sent)) { // else the answer alone got lost
              throw e;
            }
          }
          return null;
        });
    if (!Attempts.repeated(registry.patience(), () -> registry.has(digest, sent))) {
      throw new HttpException("the registry has stored blob " + digest + ", and it is not there");
    }
    complete = true;
    return Descriptor.of(mediaType, digest, sent);
  }

  /**
   * Has the registry forget what is not complete. Many do not do it at once, and all do some time:
   * that it fails is no matter, as nobody sees it.
   */
  @Override
  public void close() {
    if (complete) {
      return;
    }
    complete = true;
    if (inFlight != null) {
      try {
        inFlight.get(registry.patience().silence().toMillis(), TimeUnit.MILLISECONDS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      } catch (TimeoutException e) {
        return; // it ends with the connection
      } catch (ExecutionException e) {
        // It was told already.
      }
    }
    try {
      registry.send(WebRequest.of("DELETE", at, Map.of())).close();
    } catch (IOException e) {
      // See above.
    }
  }
}
