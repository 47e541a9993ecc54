package dev.platter.remote.http;

import dev.platter.image.wrap.GradualSpool;
import dev.platter.image.wrap.Unwrapping;
import dev.platter.remote.ReadAhead;
import dev.platter.storage.Storage;
import dev.platter.storage.StreamSource;
import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One file of a server that gives ranges: the same one all the time, by its entity tag or time of
 * change (RFC 9110, sections 8.8 and 14). A request that fails is repeated, for what is missing
 * yet.
 */
public final class WebFile implements Closeable {
  private static final Pattern RANGE =
      Pattern.compile("bytes ([0-9]{1,18})-([0-9]{1,18})/([0-9]{1,18})");

  private final Requests client;
  private final Reading reading;
  private final long size;
  private final Map<String, String> identity;

  /**
   * How a file is read.
   *
   * @param patience before what failed is asked for again
   * @param ahead how many bytes at most are asked for ahead of a reader who goes through in order
   * @param arrivals sees all bytes
   */
  public record Reading(Patience patience, long ahead, Arrivals arrivals) {}

  private WebFile(Requests client, Reading reading, long size, Map<String, String> identity) {
    this.client = client;
    this.reading = reading;
    this.size = size;
    this.identity = identity;
  }

  /**
   * Opens a file: as ranges, or, where the server gives none, in order and kept in an unnamed file
   * as far as it is read.
   *
   * @param name how errors call it
   */
  static Storage open(String name, HttpAddress address, Surroundings surroundings)
      throws IOException {
    return open(
        name,
        new WebClient(address, surroundings),
        new Reading(address.patience(), address.readAhead(), Arrivals.UNSEEN));
  }

  /**
   * The same of what others ask for.
   *
   * @param client closed with the result, or at once if that fails
   */
  public static Storage open(String name, Requests client, Reading reading) throws IOException {
    try {
      return Attempts.repeated(reading.patience(), () -> opened(name, client, reading));
    } catch (Throwable e) {
      client.close();
      throw e;
    }
  }

  private static Storage opened(String name, Requests client, Reading reading) throws IOException {
    Answer answer = client.get(Map.of("Range", "bytes=0-" + (ReadAhead.SMALLEST - 1)));
    if (answer.status() == 200) {
      return inOrder(name, client, reading, answer);
    }
    try (answer) {
      refuseEncoded(answer);
      if (answer.status() == 416 && header(answer, "Content-Range").equals("bytes */0")) {
        return new WebStorage(name, new WebFile(client, reading, 0, Map.of()), 0, new byte[0]);
      }
      if (answer.status() != 206) {
        throw Attempts.failed(answer.status());
      }
      Matcher range = rangeOf(answer);
      long size = Long.parseLong(range.group(3));
      WebFile file = new WebFile(client, reading, size, identityOf(answer));
      int wanted = (int) Math.min(ReadAhead.SMALLEST, size);
      file.check(answer, 0, wanted);
      byte[] first = new byte[wanted];
      int count = answer.readAll(ByteBuffer.wrap(first));
      if (count < wanted) {
        throw endsEarly(count, wanted);
      }
      reading.arrivals().arrived(0, MemorySegment.ofArray(first));
      file.checkEnd();
      return new WebStorage(name, file, reading.ahead(), first);
    }
  }

  /** What a server without ranges sends, as far as it is read. */
  private static Storage inOrder(String name, Requests client, Reading reading, Answer answer)
      throws IOException {
    WebStream stream;
    try {
      refuseEncoded(answer);
      stream = new WebStream(client, reading, answer);
    } catch (Throwable e) {
      answer.close();
      throw e;
    }
    StreamSource source = new StreamSource(name, stream, stream.length());
    return new GradualSpool(source, Unwrapping.spoolDirectory());
  }

  long size() {
    return size;
  }

  /** Fills memory with the bytes from an offset on, by several requests where one breaks off. */
  void range(long offset, MemorySegment target) throws IOException {
    ByteBuffer bytes = target.asByteBuffer();
    int length = bytes.remaining();
    Attempts.repeated(
        reading.patience(),
        () -> {
          int from = bytes.position();
          Map<String, String> headers = new HashMap<>();
          headers.put("Range", "bytes=" + (offset + from) + "-" + (offset + length - 1));
          String tag = identity.getOrDefault("ETag", "");
          if (tag.startsWith("\"")) {
            headers.put("If-Range", tag);
          }
          try (Answer answer = client.get(headers)) {
            refuseEncoded(answer);
            if (answer.status() != 206) {
              throw notARange(answer.status());
            }
            check(answer, offset + from, length - from);
            answer.readAll(bytes);
            if (bytes.hasRemaining()) {
              throw endsEarly(bytes.position(), length);
            }
            reading.arrivals().arrived(offset, target);
            return target;
          }
        });
  }

  /** A server that told too small a size would have the file cut. */
  private void checkEnd() throws IOException {
    try (Answer answer = client.get(Map.of("Range", "bytes=" + size + "-" + size))) {
      if (Attempts.isPassing(answer.status())) {
        throw Attempts.failed(answer.status());
      }
      String told = header(answer, "Content-Range");
      boolean isOther =
          answer.status() == 206
              || answer.status() == 416
                  && told.startsWith("bytes */")
                  && !told.equals("bytes */" + size)
              || answer.status() == 200 && answer.length().orElse(size) != size;
      if (isOther) {
        throw new HttpException(
            "the server says that the file has "
                + size
                + " bytes, and that it has others: "
                + told);
      }
    }
  }

  private void check(Answer answer, long offset, long length) throws IOException {
    Matcher range = rangeOf(answer);
    if (Long.parseLong(range.group(3)) != size || !identityOf(answer).equals(identity)) {
      throw changed();
    }
    long told = answer.length().orElse(length);
    if (Long.parseLong(range.group(1)) != offset
        || Long.parseLong(range.group(2)) != offset + length - 1
        || told != length) {
      throw new HttpException(
          "the server answers with another range than "
              + offset
              + "-"
              + (offset + length - 1)
              + ": "
              + range.group());
    }
  }

  private static Matcher rangeOf(Answer answer) throws HttpException {
    String text = header(answer, "Content-Range");
    Matcher range = RANGE.matcher(text);
    if (!range.matches()) {
      throw new HttpException("a part of a file without its place and size: '" + text + "'");
    }
    return range;
  }

  /** What tells the file from a later one under its name. */
  static Map<String, String> identityOf(Answer answer) {
    Map<String, String> identity = new HashMap<>();
    for (String name : new String[] {"ETag", "Last-Modified"}) {
      answer.header(name).ifPresent(value -> identity.put(name, value));
    }
    if (identity.containsKey("ETag")) {
      identity.remove("Last-Modified"); // servers behind one name need not agree in it
    }
    return identity;
  }

  static String header(Answer answer, String name) {
    return answer.header(name).orElse("");
  }

  static void refuseEncoded(Answer answer) throws HttpException {
    Optional<String> coding = answer.header("Content-Encoding");
    if (coding.filter(word -> !word.equalsIgnoreCase("identity")).isPresent()) {
      throw new HttpException(
          "the server sends the file encoded (" + coding.get() + "), which was not asked for");
    }
  }

  private IOException notARange(int status) {
    return status == 200 || status == 412 || status == 416 ? changed() : Attempts.failed(status);
  }

  static HttpException changed() {
    return new HttpException("the file on the server has changed while it was read");
  }

  static IOException endsEarly(long count, long expected) {
    return new IOException("the answer ends after " + count + " of " + expected + " bytes");
  }

  @Override
  public void close() {
    client.close();
  }
}
