package dev.platter.remote.s3;

import dev.platter.remote.Bandwidth;
import dev.platter.storage.Storage;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
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
  private static final int PART = 64 << 10;

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

  /** Fills memory with the bytes from an offset on. */
  void range(Head head, long offset, MemorySegment target) throws S3Failure {
    long length = target.byteSize();
    String where = "%s: %d bytes at 0x%x".formatted(shown, length, offset);
    GetObjectRequest wanted =
        GetObjectRequest.builder()
            .bucket(bucket)
            .key(key)
            .ifMatch(head.tag())
            .range("bytes=" + offset + "-" + (offset + length - 1))
            .build();
    try {
      client.getObject(
          wanted,
          (answer, body) -> {
            requireRange(head, offset, length, answer);
            Bandwidth.take(length);
            fill(target, body);
            return answer;
          });
    } catch (SdkException e) {
      if (e instanceof S3Exception answer && answer.statusCode() == CHANGED) {
        throw new S3Failure(shown + ": the object has changed since it was opened");
      }
      throw S3Failure.of(where, e);
    }
  }

  /** What is not what was asked for is asked for again. */
  private static void requireRange(Head head, long offset, long length, GetObjectResponse answer) {
    String range = "bytes %d-%d/%d".formatted(offset, offset + length - 1, head.size());
    if (!range.equals(answer.contentRange()) || !head.tag().equals(answer.eTag())) {
      throw RetryableException.create(
          "asked for '%s' of %s, the store sends '%s' of %s"
              .formatted(range, head.tag(), answer.contentRange(), answer.eTag()));
    }
  }

  /** Bytes, no more and no fewer than there is memory for; else they are asked for again. */
  private static void fill(MemorySegment target, InputStream body) {
    byte[] part = new byte[PART];
    long done = 0;
    int count;
    try {
      do {
        count = body.read(part, 0, Math.clamp(target.byteSize() - done, 1, PART));
        if (done + count > target.byteSize()) {
          throw RetryableException.create("more bytes came");
        }
        MemorySegment.copy(part, 0, target, ValueLayout.JAVA_BYTE, done, Math.max(0, count));
        done += Math.max(0, count);
      } while (count >= 0);
    } catch (IOException e) {
      throw RetryableException.create("the connection broke: " + e.getMessage(), e);
    }
    if (done < target.byteSize()) {
      throw RetryableException.create("only " + done + " bytes came");
    }
  }
}
