package dev.platter.remote.s3;

import dev.platter.remote.Bandwidth;
import dev.platter.storage.Storage;
import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;
import software.amazon.awssdk.core.exception.RetryableException;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;
import software.amazon.awssdk.services.s3.model.NoSuchKeyException;
import software.amazon.awssdk.services.s3.model.S3Exception;

/**
 * One object of a store, there or not.
 *
 * @param client stays its owner's
 * @param shown how messages call it
 */
public record S3Object(S3Client client, String bucket, String key, String shown) {
  private static final int NOT_FOUND = 404;
  private static final int CHANGED = 412;

  /**
   * What is told of an object.
   *
   * @param tag its entity tag, another one for other bytes
   */
  record Head(long size, String tag) {}

  /** Opens it to be read; what it then holds is read, or an error tells that it changed. */
  public Storage open() throws IOException {
    Head head = head().orElseThrow(() -> new S3Failure(shown + ": there is no such object"));
    return new S3Storage(this, head);
  }

  /** What the store tells of it; empty: it is not there, or its bucket is not. */
  Optional<Head> head() throws S3Failure {
    try {
      HeadObjectResponse head = client.headObject(request -> request.bucket(bucket).key(key));
      if (head.contentLength() == null || head.eTag() == null) {
        throw new S3Failure(shown + ": the store tells no size or no entity tag of it");
      }
      return Optional.of(new Head(head.contentLength(), head.eTag()));
    } catch (NoSuchKeyException e) {
      return Optional.empty();
    } catch (SdkException e) {
      if (e instanceof S3Exception answer && answer.statusCode() == NOT_FOUND) {
        return Optional.empty();
      }
      throw S3Failure.of(shown, e);
    }
  }

  /** Reads a range, all of it. */
  byte[] range(Head head, long offset, int length) throws S3Failure {
    String where = "%s: %d bytes at 0x%x".formatted(shown, length, offset);
    GetObjectRequest wanted =
        GetObjectRequest.builder()
            .bucket(bucket)
            .key(key)
            .ifMatch(head.tag())
            .range("bytes=" + offset + "-" + (offset + length - 1))
            .build();
    try {
      return client.getObject(
          wanted, (answer, body) -> checked(head, offset, length, answer, body));
    } catch (SdkException e) {
      if (e instanceof S3Exception answer && answer.statusCode() == CHANGED) {
        throw new S3Failure(shown + ": the object has changed since it was opened");
      }
      throw S3Failure.of(where, e);
    }
  }

  /** Bytes that are no more, no fewer and no others than were asked for; else it is tried again. */
  private static byte[] checked(
      Head head, long offset, int length, GetObjectResponse answer, InputStream body) {
    String range = "bytes %d-%d/%d".formatted(offset, offset + length - 1, head.size());
    if (!range.equals(answer.contentRange()) || !head.tag().equals(answer.eTag())) {
      throw RetryableException.create(
          "asked for '%s' of %s, the store sends '%s' of %s"
              .formatted(range, head.tag(), answer.contentRange(), answer.eTag()));
    }
    Bandwidth.take(length);
    byte[] bytes;
    int more;
    try {
      bytes = body.readNBytes(length);
      more = body.read();
    } catch (IOException e) {
      throw RetryableException.create("the connection broke: " + e.getMessage(), e);
    }
    if (bytes.length != length || more >= 0) {
      throw RetryableException.create(
          more >= 0 ? "more bytes came" : "only " + bytes.length + " bytes came");
    }
    return bytes;
  }
}
