package dev.platter.remote.azure;

import dev.platter.remote.http.Answer;
import dev.platter.remote.http.Attempts;
import dev.platter.remote.http.HttpException;
import dev.platter.remote.http.WebConnection;
import dev.platter.remote.http.WebRequest;
import java.io.Closeable;
import java.io.IOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.Map;
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

  private static final Map<String, String> HEADERS =
      Map.of("User-Agent", "Platter", "x-ms-version", "2020-10-02");

  private static final int OK = 200;
  private static final int CREATED = 201;
  private static final int ACCEPTED = 202;
  private static final int NOT_FOUND = 404;
  private static final int CONFLICT = 409;
  private static final int FAILED_CONDITION = 412;

  private final BlobUrl url;
  private final WebConnection connection;

  /**
   * @param connection closed with this
   */
  PageBlob(BlobUrl url, WebConnection connection) {
    this.url = url;
    this.connection = connection;
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
    Attempts.repeated(
        connection.patience(),
        () -> {
          WebRequest request =
              request("PUT", "")
                  .with("x-ms-blob-type", "PageBlob")
                  .with("x-ms-blob-content-length", Long.toString(size))
                  .with("x-ms-blob-content-type", "application/octet-stream")
                  .with(MARK, mark);
          if (!replaces) {
            request = request.with("If-None-Match", "*");
          }
          boolean mayBeOurs = again[0];
          again[0] = true;
          Answer answer = send("make it", request);
          int status = answer.status();
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

  /**
   * Sees that it is there already, and of that size (Get Blob Properties).
   *
   * @param size in whole pages, bytes
   */
  void requireSize(long size) throws HttpException {
    Attempts.repeated(
        connection.patience(),
        () -> {
          Answer answer = expect(OK, "look at it", send("look at it", request("HEAD", "")));
          long told = answer.length().orElse(-1);
          if (!answer.header("x-ms-blob-type").equals(Optional.of("PageBlob")) || told != size) {
            throw new HttpException(
                "%s: the disk takes %d bytes, and this image has %d (az disk create --upload-size-bytes)"
                    .formatted(shown(), told, size));
          }
          return answer;
        });
  }

  /** Puts pages (Put Page), which the service compares with their MD5. */
  void put(long offset, byte[] pages, int from, int length) throws HttpException {
    MessageDigest digest = md5();
    digest.update(pages, from, length);
    String md5 = Base64.getEncoder().encodeToString(digest.digest());
    String what = "put %d bytes at 0x%x".formatted(length, offset);
    Attempts.repeated(
        connection.patience(),
        () -> {
          WebRequest request =
              request("PUT", "comp=page", WebRequest.Content.of(pages, from, length))
                  .with("x-ms-page-write", "update")
                  .with("x-ms-range", "bytes=" + offset + "-" + (offset + length - 1))
                  .with("Content-MD5", md5);
          Answer answer = expect(CREATED, what, send(what, request));
          Optional<String> told = answer.header("Content-MD5");
          if (told.isPresent() && !told.get().equals(md5)) {
            throw new HttpException(
                "%s: %s: the service has others, with the MD5 %s, expected %s"
                    .formatted(shown(), what, word(told.get()), md5));
          }
          return null;
        });
  }

  /**
   * Makes all of it zero again (Put Page, to clear).
   *
   * @param size its size, bytes; not 0
   */
  void clear(long size) throws HttpException {
    Attempts.repeated(
        connection.patience(),
        () -> {
          WebRequest request =
              request("PUT", "comp=page")
                  .with("x-ms-page-write", "clear")
                  .with("x-ms-range", "bytes=0-" + (size - 1));
          return expect(CREATED, "clear it", send("clear it", request));
        });
  }

  /** Says that it is whole (Set Blob Metadata). */
  void unmark() throws HttpException {
    Attempts.repeated(
        connection.patience(),
        () -> expect(OK, "complete it", send("complete it", request("PUT", "comp=metadata"))));
  }

  /** Deletes it (Delete Blob), if it is there. */
  void delete() throws HttpException {
    Attempts.repeated(
        connection.patience(),
        () -> {
          Answer answer = send("delete it", request("DELETE", ""));
          return answer.status() == NOT_FOUND ? answer : expect(ACCEPTED, "delete it", answer);
        });
  }

  /** Whether it is there and not whole yet, made by whoever has that mark (Get Blob Properties). */
  boolean isMarked(String mark) throws HttpException {
    return Attempts.repeated(
        connection.patience(),
        () -> {
          Answer answer = send("look at it", request("HEAD", ""));
          if (answer.status() == NOT_FOUND) {
            return false;
          }
          expect(OK, "look at it", answer);
          return answer.header(MARK).filter(mark::equals).isPresent();
        });
  }

  private WebRequest request(String method, String operation) throws HttpException {
    return WebRequest.of(method, url.request(operation), HEADERS);
  }

  private WebRequest request(String method, String operation, WebRequest.Content content)
      throws HttpException {
    return WebRequest.of(method, url.request(operation), HEADERS, content);
  }

  /** The answer; nothing of its body is needed. */
  private Answer send(String what, WebRequest request) throws IOException {
    try {
      Answer answer = connection.send(request);
      answer.close();
      return answer;
    } catch (HttpException e) {
      throw new HttpException(shown() + ": " + what + ": " + e.getMessage(), e);
    } catch (IOException e) {
      throw new IOException(shown() + ": " + what + ": " + e.getMessage(), e);
    }
  }

  private Answer expect(int status, String what, Answer answer) throws IOException {
    if (answer.status() != status) {
      throw refused(what, answer);
    }
    return answer;
  }

  private IOException refused(String what, Answer answer) {
    String code = code(answer);
    String message =
        "%s: %s: the service answers %d%s"
            .formatted(shown(), what, answer.status(), code.isEmpty() ? "" : " (" + code + ")");
    return Attempts.isPassing(answer.status())
        ? new IOException(message)
        : new HttpException(message);
  }

  private static String code(Answer answer) {
    return word(answer.header("x-ms-error-code").orElse(""));
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
