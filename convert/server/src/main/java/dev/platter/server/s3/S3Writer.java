package dev.platter.server.s3;

import dev.platter.service.store.OrderedStorage;
import dev.platter.service.store.StoreException;
import dev.platter.service.store.StoreWriter;
import dev.platter.service.store.StoredImage;
import dev.platter.storage.WritableStorage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.CompletedPart;

/**
 * A new object, written in order and sent in parts of one size; a small one as a whole. One thread
 * writes at a time.
 */
final class S3Writer implements StoreWriter {
  private static final System.Logger LOG = System.getLogger(S3Writer.class.getName());

  /** S3 takes no more parts of one upload. */
  private static final int MOST_PARTS = 10_000;

  private final S3Client client;
  private final String store;
  private final String bucket;
  private final String key;
  private final String location;
  private final Parts parts;
  private final List<CompletedPart> sent = new ArrayList<>();
  private String uploadId;
  private boolean committed;

  S3Writer(
      S3Client client,
      String store,
      String bucket,
      String key,
      String location,
      int partSize,
      OptionalLong expectedSize) {
    this.client = client;
    this.store = store;
    this.bucket = bucket;
    this.key = key;
    this.location = location;
    long needed = expectedSize.orElse(0) / MOST_PARTS + 1;
    parts = new Parts(Math.clamp(needed, partSize, 1 << 30));
  }

  @Override
  public WritableStorage storage() {
    return parts;
  }

  @Override
  public boolean sequential() {
    return true;
  }

  @Override
  public StoredImage commit() throws IOException {
    try {
      if (uploadId == null) {
        client.putObject(request -> request.bucket(bucket).key(key), parts.body());
      } else {
        if (parts.filled > 0) {
          sendPart();
        }
        client.completeMultipartUpload(request ->
            request
                .bucket(bucket)
                .key(key)
                .uploadId(uploadId)
                .multipartUpload(upload -> upload.parts(sent)));
      }
    } catch (SdkException e) {
      throw S3Store.unavailable(store, e);
    }
    committed = true;
    return new StoredImage(location, parts.size());
  }

  private void sendPart() throws StoreException {
    try {
      if (uploadId == null) {
        uploadId =
            client.createMultipartUpload(request -> request.bucket(bucket).key(key)).uploadId();
      }
      int number = sent.size() + 1;
      if (number > MOST_PARTS) {
        throw new StoreException(
            StoreException.Kind.FULL,
            store,
            "an object has at most 10000 parts; let them be larger");
      }
      String tag =
          client
              .uploadPart(
                  request -> request.bucket(bucket).key(key).uploadId(uploadId).partNumber(number),
                  parts.body())
              .eTag();
      sent.add(CompletedPart.builder().partNumber(number).eTag(tag).build());
      parts.filled = 0;
    } catch (SdkException e) {
      throw S3Store.unavailable(store, e);
    }
  }

  @Override
  public void close() {
    if (!committed && uploadId != null) {
      try {
        client.abortMultipartUpload(request -> request.bucket(bucket).key(key).uploadId(uploadId));
      } catch (SdkException e) {
        LOG.log(System.Logger.Level.WARNING, "an upload to " + location + " is not aborted", e);
      }
    }
  }

  /** Where the image's bytes go. */
  private final class Parts extends OrderedStorage {
    private final byte[] buffer;
    private int filled;

    Parts(int partSize) {
      super(location);
      buffer = new byte[partSize];
    }

    /** What is to be sent, without a copy: it is sent before more is written. */
    RequestBody body() {
      int length = filled;
      return RequestBody.fromContentProvider(
          () -> new ByteArrayInputStream(buffer, 0, length), length, "application/octet-stream");
    }

    @Override
    protected void append(byte[] bytes, int length) throws IOException {
      for (int done = 0; done < length; ) {
        int count = Math.min(length - done, buffer.length - filled);
        System.arraycopy(bytes, done, buffer, filled, count);
        filled += count;
        done += count;
        if (filled == buffer.length) {
          sendPart();
        }
      }
    }
  }
}
