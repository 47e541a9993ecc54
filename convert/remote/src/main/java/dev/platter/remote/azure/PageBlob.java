package dev.platter.remote.azure;

import dev.platter.remote.http.Attempts;
import dev.platter.remote.http.HttpException;
import dev.platter.remote.http.WebConnection;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.Base64;
import java.util.Optional;

/**
 * The requests for one page blob. What may pass is tried again; what the service refuses is one
 * line, with the service's own code and nothing of the signature. For any number of threads.
 */
final class PageBlob implements Closeable {
  /** The unit of a page blob, bytes. */
  static final int PAGE = 512;

  /** The most pages of one request, bytes. */
  static final int MOST_AT_ONCE = 4 << 20;

  /** The largest page blob, bytes. */
  static final long LARGEST = 8L << 40;

  /** Marks a blob that is not whole, by who makes it. */
  private static final String MARK = "x-ms-meta-unfinished";

  /** How slow a network may be that is not taken for a broken one, bytes a second. */
  private static final int SLOWEST = 16 << 10;

  private static final String VERSION = "2020-10-02";
  private static final int OK = 200;
  private static final int CREATED = 201;
  private static final int ACCEPTED = 202;
  private static final int NOT_FOUND = 404;
  private static final int CONFLICT = 409;
  private static final int FAILED_CONDITION = 412;

  private final BlobUrl url;
  private final WebConnection connection;
  private final Duration timeout;

  /**
   * @param connection closed with this
   * @param timeout how long the service may take for one request, beside what it takes to send
   */
  PageBlob(BlobUrl url, WebConnection connection, Duration timeout) {
    this.url = url;
    this.connection = connection;
    this.timeout = timeout;
  }

  /** How messages call it. */
  String shown() {
    return url.toString();
  }

  /**
   * Makes it, all zeros (Put Blob).
   *
   * @param size in whole pages, bytes
   * @param mark of who makes it, until it is {@linkplain #unmark whole}
   * @param replaces whether a blob of that name may go
   */
  void create(long size, String mark, boolean replaces) throws HttpException {
    boolean[] again = {false};
    Attempts.repeated(() -> {
      HttpRequest.Builder request =
          request("")
              .header("x-ms-blob-type", "PageBlob")
              .header("x-ms-blob-content-length", Long.toString(size))
              .header("x-ms-blob-content-type", "application/octet-stream")
              .header(MARK, mark);
      if (!replaces) {
        request.header("If-None-Match", "*");
      }
      boolean mayBeOurs = again[0];
      again[0] = true;
      HttpResponse<InputStream> answer = put("make it", request, BodyPublishers.noBody());
      int status = answer.statusCode();
      if (status == CONFLICT || status == FAILED_CONDITION) {
        if (mayBeOurs && isMarked(mark)) {
          return null; // the answer to an attempt before got lost
        }
        throw replaces || status == CONFLICT && !code(answer).equals("BlobAlreadyExists")
            ? refused("make it", answer)
            : new HttpException(shown() + ": there is such a blob already (replace=on)");
      }
      return expect(CREATED, "make it", answer);
    });
  }

  /** Puts pages (Put Page), which the service compares with their MD5. */
  void put(long offset, byte[] pages, int from, int length) throws HttpException {
    MessageDigest digest = md5();
    digest.update(pages, from, length);
    String md5 = Base64.getEncoder().encodeToString(digest.digest());
    String what = "put %d bytes at 0x%x".formatted(length, offset);
    Attempts.repeated(() -> {
      HttpRequest.Builder request =
          request("comp=page")
              .timeout(timeout.plusSeconds(length / SLOWEST))
              .header("x-ms-page-write", "update")
              .header("x-ms-range", "bytes=" + offset + "-" + (offset + length - 1))
              .header("Content-MD5", md5);
      HttpResponse<InputStream> answer =
          expect(
              CREATED, what, put(what, request, BodyPublishers.ofByteArray(pages, from, length)));
      Optional<String> told = answer.headers().firstValue("Content-MD5");
      if (told.isPresent() && !told.get().equals(md5)) {
        throw new HttpException(
            "%s: %s: the service has others, with the MD5 %s, expected %s"
                .formatted(shown(), what, word(told.get()), md5));
      }
      return null;
    });
  }

  /** Says that it is whole (Set Blob Metadata). */
  void unmark() throws HttpException {
    Attempts.repeated(() ->
        expect(
            OK,
            "complete it",
            put("complete it", request("comp=metadata"), BodyPublishers.noBody())));
  }

  /** Deletes it (Delete Blob), if it is there. */
  void delete() throws HttpException {
    Attempts.repeated(() -> {
      HttpResponse<InputStream> answer = send("delete it", request("").DELETE());
      return answer.statusCode() == NOT_FOUND ? answer : expect(ACCEPTED, "delete it", answer);
    });
  }

  /** Whether it is there and not whole yet, made by whoever has that mark (Get Blob Properties). */
  boolean isMarked(String mark) throws HttpException {
    return Attempts.repeated(() -> {
      HttpResponse<InputStream> answer =
          send("look at it", request("").method("HEAD", BodyPublishers.noBody()));
      if (answer.statusCode() == NOT_FOUND) {
        return false;
      }
      expect(OK, "look at it", answer);
      return answer.headers().firstValue(MARK).filter(mark::equals).isPresent();
    });
  }

  private HttpRequest.Builder request(String operation) throws HttpException {
    return HttpRequest.newBuilder(url.request(operation))
        .timeout(timeout)
        .header("User-Agent", "Platter")
        .header("x-ms-version", VERSION);
  }

  private HttpResponse<InputStream> put(
      String what, HttpRequest.Builder request, BodyPublisher body) throws IOException {
    return send(what, request.PUT(body));
  }

  /** The answer; nothing of its body is needed. */
  private HttpResponse<InputStream> send(String what, HttpRequest.Builder request)
      throws IOException {
    try {
      HttpResponse<InputStream> answer = connection.send(request.build());
      answer.body().close();
      return answer;
    } catch (HttpException e) {
      throw new HttpException(shown() + ": " + what + ": " + e.getMessage(), e);
    } catch (IOException e) {
      throw new IOException(shown() + ": " + what + ": " + e.getMessage(), e);
    }
  }

  private HttpResponse<InputStream> expect(
      int status, String what, HttpResponse<InputStream> answer) throws IOException {
    if (answer.statusCode() != status) {
      throw refused(what, answer);
    }
    return answer;
  }

  private IOException refused(String what, HttpResponse<InputStream> answer) {
    String code = code(answer);
    String message =
        "%s: %s: the service answers %d%s"
            .formatted(shown(), what, answer.statusCode(), code.isEmpty() ? "" : " (" + code + ")");
    return Attempts.isPassing(answer.statusCode())
        ? new IOException(message)
        : new HttpException(message);
  }

  private static String code(HttpResponse<InputStream> answer) {
    return word(answer.headers().firstValue("x-ms-error-code").orElse(""));
  }

  /** What a server says, as far as it is a word. */
  private static String word(String text) {
    return text.matches("[A-Za-z0-9+/=]{1,64}") ? text : "";
  }

  private static MessageDigest md5() {
    try {
      return MessageDigest.getInstance("MD5");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e); // every Java has it
    }
  }

  @Override
  public void close() {
    connection.close();
  }
}
