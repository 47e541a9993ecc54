package dev.platter.server.s3;

import dev.platter.storage.Storage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import software.amazon.awssdk.core.ResponseBytes;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;

/** An object for reading: ranges are fetched as they are asked for, in windows of some size. */
final class S3Storage extends Storage {
  /** Small reads that follow each other share a request. */
  private static final int WINDOW = 1 << 20;

  private static final int LARGEST_REQUEST = 8 << 20;

  private final S3Client client;
  private final String bucket;
  private final String key;
  private final long size;
  private final String tag;
  private volatile Window window = new Window(0, new byte[0]);
  private volatile boolean closed;

  private record Window(long offset, byte[] bytes) {
    boolean holds(long position) {
      return position >= offset && position < offset + bytes.length;
    }
  }

  /**
   * @param tag the object's entity tag: an object that was replaced meanwhile is not read
   */
  S3Storage(S3Client client, String name, String bucket, String key, long size, String tag) {
    super(name);
    this.client = client;
    this.bucket = bucket;
    this.key = key;
    this.size = size;
    this.tag = tag;
  }

  @Override
  public long size() {
    return size;
  }

  @Override
  protected long readSome(long offset, MemorySegment target) throws IOException {
    if (closed) {
      throw new IOException(name() + " is closed");
    }
    if (offset >= size) {
      return 0;
    }
    Window present = window;
    if (!present.holds(offset)) {
      long wanted = Math.clamp(target.byteSize(), WINDOW, LARGEST_REQUEST);
      present = fetch(offset, Math.min(wanted, size - offset));
      window = present;
    }
    int from = (int) (offset - present.offset());
    int count = (int) Math.min(target.byteSize(), present.bytes().length - from);
    MemorySegment.copy(present.bytes(), from, target, ValueLayout.JAVA_BYTE, 0, count);
    return count;
  }

  private Window fetch(long offset, long length) throws IOException {
    try {
      ResponseBytes<GetObjectResponse> answer =
          client.getObjectAsBytes(request ->
              request
                  .bucket(bucket)
                  .key(key)
                  .ifMatch(tag)
                  .range("bytes=" + offset + "-" + (offset + length - 1)));
      byte[] bytes = answer.asByteArrayUnsafe();
      if (bytes.length != length) {
        throw new IOException(
            "%s: %d bytes came for the range of %d bytes at 0x%x"
                .formatted(name(), bytes.length, length, offset));
      }
      return new Window(offset, bytes);
    } catch (SdkException e) {
      throw new IOException(name() + ": " + e.getMessage(), e);
    }
  }

  @Override
  public void close() {
    closed = true;
    window = new Window(0, new byte[0]);
  }
}
