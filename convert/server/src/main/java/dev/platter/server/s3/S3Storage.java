package dev.platter.server.s3;

import dev.platter.service.store.WindowStorage;
import java.io.IOException;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.s3.S3Client;

/** An object for reading. */
final class S3Storage extends WindowStorage {
  private final S3Client client;
  private final String bucket;
  private final String key;
  private final String tag;

  /**
   * @param tag the object's entity tag: an object that was replaced meanwhile is not read
   */
  S3Storage(S3Client client, String name, String bucket, String key, long size, String tag) {
    super(name, size);
    this.client = client;
    this.bucket = bucket;
    this.key = key;
    this.tag = tag;
  }

  @Override
  protected byte[] fetch(long offset, int length) throws IOException {
    try {
      return client
          .getObjectAsBytes(request ->
              request
                  .bucket(bucket)
                  .key(key)
                  .ifMatch(tag)
                  .range("bytes=" + offset + "-" + (offset + length - 1)))
          .asByteArrayUnsafe();
    } catch (SdkException e) {
      throw new IOException(name() + ": " + e.getMessage(), e);
    }
  }
}
