package dev.platter.remote.s3;

import dev.platter.remote.Bandwidth;
import dev.platter.remote.Part;
import dev.platter.remote.PartStorage;
import dev.platter.storage.NewStorage;
import dev.platter.storage.WritableStorage;
import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.function.Consumer;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.ChecksumAlgorithm;
import software.amazon.awssdk.services.s3.model.CompleteMultipartUploadRequest;
import software.amazon.awssdk.services.s3.model.CompletedPart;
import software.amazon.awssdk.services.s3.model.CreateMultipartUploadResponse;
import software.amazon.awssdk.services.s3.model.S3Exception;
import software.amazon.awssdk.services.s3.model.UploadPartResponse;

/**
 * A new object, written in order and sent in parts, several at a time; a small one as a whole.
 * Until it is published, what was there keeps its content. Each part goes with its CRC-32C, or, to
 * a store that does not know that, with its MD5, as what is sent as a whole does (of which no store
 * need be asked first), and the store compares; of how much it made of them, it is asked in the
 * end. What is not published is forgotten by the store, but for one case: where the answer that
 * names the upload gets lost and it is begun once more, the first stays behind, without parts.
 */
public final class S3Upload implements NewStorage {
  /** How much is on its way at a time, bytes: several parts, or one large one. */
  private static final long IN_FLIGHT_BYTES = 32L << 20;

  private static final int MOST_IN_FLIGHT = 8;

  /** How a store answers that does not know a header. */
  private static final int NOT_IMPLEMENTED = 501;

  private static final int BAD_REQUEST = 400;

  private final S3Object object;
  private final boolean replaces;
  private final Closeable owned;
  private final S3Client client;
  private final PartStorage storage;
  private final Semaphore inFlight = new Semaphore(MOST_IN_FLIGHT);
  private final List<CompletedPart> sent = new ArrayList<>();
  private IOException failure;
  private String uploadId;
  private boolean wantsChecksums;
  private volatile boolean knowsCrc = true;
  private boolean published;
  private boolean closed;

  /**
   * Begins one; nothing is sent yet.
   *
   * @param replaces whether an object that is there already may be replaced
   * @param owned closed with this
   * @throws IOException if there is one that may not
   */
  public static S3Upload begin(S3Object object, PartSizes sizes, boolean replaces, Closeable owned)
      throws IOException {
    if (!replaces && object.head().isPresent()) {
      throw new S3Failure(object.shown() + ": there is such an object already");
    }
    return new S3Upload(object, sizes, replaces, owned);
  }

  private S3Upload(S3Object object, PartSizes sizes, boolean replaces, Closeable owned) {
    this.object = object;
    this.replaces = replaces;
    this.owned = owned;
    this.client = object.client();
    this.storage = new PartStorage(object.shown(), number -> sizeOf(number, sizes), this::send);
  }

  private int sizeOf(int number, PartSizes sizes) throws S3Failure {
    if (number > PartSizes.MOST_PARTS) {
      throw new S3Failure(
          object.shown() + ": an object has at most 10000 parts; let them be larger (part_size)");
    }
    return sizes.of(number);
  }

  @Override
  public WritableStorage storage() {
    return storage;
  }

  @Override
  public boolean sequential() {
    return true;
  }

  /** Sends a part while others are being made; the writer's thread. */
  private void send(Part part) throws IOException {
    long share = (long) part.length() * MOST_IN_FLIGHT / IN_FLIGHT_BYTES;
    int weight = Math.clamp(share, 1, MOST_IN_FLIGHT);
    try {
      requireNoFailure();
      begin();
      inFlight.acquireUninterruptibly(weight);
    } catch (Throwable e) {
      part.close();
      fail(e); // without this part nothing is published
      throw e;
    }
    Thread.ofVirtual()
        .name("platter-s3-" + part.number())
        .start(() -> {
          try (part) {
            upload(part);
          } catch (Throwable e) {
            fail(e);
          } finally {
            inFlight.release(weight);
          }
        });
  }

  private synchronized void fail(Throwable e) {
    if (failure == null) {
      failure = e instanceof IOException known ? known : new IOException(e.toString(), e);
    }
  }

  private synchronized void requireNoFailure() throws IOException {
    if (failure != null) {
      throw new IOException(failure.getMessage(), failure);
    }
  }

  private void begin() throws IOException {
    if (uploadId != null) {
      return;
    }
    CreateMultipartUploadResponse begun = beginWithOrWithoutCrc();
    uploadId = begun.uploadId();
    wantsChecksums = begun.checksumAlgorithm() == ChecksumAlgorithm.CRC32_C;
    if (uploadId == null || uploadId.isEmpty()) {
      uploadId = null;
      throw new S3Failure(object.shown() + ": the store began an upload without a name");
    }
  }

  /** A store that does not know the newer checksums is asked again without. */
  private CreateMultipartUploadResponse beginWithOrWithoutCrc() throws S3Failure {
    try {
      return client.createMultipartUpload(request ->
          request
              .bucket(object.bucket())
              .key(object.key())
              .checksumAlgorithm(knowsCrc ? ChecksumAlgorithm.CRC32_C : null));
    } catch (SdkException e) {
      boolean mayBeHeader =
          e instanceof S3Exception answer
              && (answer.statusCode() == NOT_IMPLEMENTED || answer.statusCode() == BAD_REQUEST);
      if (!knowsCrc || !mayBeHeader) {
        throw S3Failure.of(object.shown() + ": begin an upload", e);
      }
    }
    knowsCrc = false;
    return beginWithOrWithoutCrc();
  }

  private void upload(Part part) throws S3Failure {
    String checksum = part.checksum();
    String md5 = knowsCrc ? null : part.md5();
    Bandwidth.take(part.length());
    UploadPartResponse answer;
    try {
      answer =
          client.uploadPart(
              request ->
                  request
                      .bucket(object.bucket())
                      .key(object.key())
                      .uploadId(uploadId)
                      .partNumber(part.number())
                      .checksumCRC32C(knowsCrc ? checksum : null)
                      .contentMD5(md5),
              body(part));
    } catch (SdkException e) {
      throw S3Failure.of(object.shown() + ": send part " + part.number(), e);
    }
    requireSame(checksum, answer.checksumCRC32C(), part.number());
    if (answer.eTag() == null) {
      throw new S3Failure(object.shown() + ": the store gave part " + part.number() + " no tag");
    }
    CompletedPart.Builder done =
        CompletedPart.builder().partNumber(part.number()).eTag(answer.eTag());
    if (wantsChecksums) {
      done.checksumCRC32C(checksum);
    }
    synchronized (this) {
      sent.add(done.build());
    }
  }

  private void requireSame(String checksum, String told, int number) throws S3Failure {
    if (told != null && !told.equals(checksum)) {
      throw new S3Failure(
          "%s: the store has other bytes of part %d: CRC-32C %s, expected %s"
              .formatted(object.shown(), number, told, checksum));
    }
  }

  private static RequestBody body(Part part) {
    return RequestBody.fromContentProvider(part::stream, part.length(), "application/octet-stream");
  }

  @Override
  public void publish() throws IOException {
    requireNoFailure();
    Optional<Part> last = storage.finish();
    if (uploadId == null) {
      putWhole(last);
    } else {
      if (last.isPresent()) {
        send(last.get());
      }
      inFlight.acquireUninterruptibly(MOST_IN_FLIGHT);
      inFlight.release(MOST_IN_FLIGHT);
      requireNoFailure();
      complete();
    }
    published = true;
    requireWhole();
  }

  private void putWhole(Optional<Part> last) throws IOException {
    try (Part part = last.orElseGet(() -> Part.begin(1, 0))) {
      Bandwidth.take(part.length());
      client.putObject(
          request -> {
            request.bucket(object.bucket()).key(object.key()).contentMD5(part.md5());
            onlyNew(request::ifNoneMatch);
          },
          body(part));
    } catch (SdkException e) {
      throw S3Failure.of(object.shown() + ": store it", e);
    }
  }

  private void onlyNew(Consumer<String> condition) {
    if (!replaces) {
      condition.accept("*");
    }
  }

  private synchronized void complete() throws S3Failure {
    sent.sort(Comparator.comparing(CompletedPart::partNumber));
    CompleteMultipartUploadRequest.Builder request =
        CompleteMultipartUploadRequest.builder()
            .bucket(object.bucket())
            .key(object.key())
            .uploadId(uploadId)
            .multipartUpload(upload -> upload.parts(sent));
    onlyNew(request::ifNoneMatch);
    try {
      client.completeMultipartUpload(request.build());
    } catch (SdkException e) {
      throw S3Failure.of(object.shown() + ": complete the upload", e);
    }
  }

  /** A store that has lost a part has not stored the object, whatever it says. */
  private void requireWhole() throws IOException {
    long expected = storage.size();
    S3Object.Head head =
        object.head().orElseThrow(() -> new S3Failure(object.shown() + ": stored, and not there"));
    if (head.size() != expected) {
      throw new S3Failure(
          "%s: the store has %d bytes of it, expected %d"
              .formatted(object.shown(), head.size(), expected));
    }
  }

  /** Has the store forget what was sent, unless it was published. */
  @Override
  public void close() throws IOException {
    if (closed) {
      return;
    }
    closed = true;
    try (owned) {
      storage.close();
      inFlight.acquireUninterruptibly(MOST_IN_FLIGHT);
      if (uploadId != null && !published) {
        abort();
      }
    }
  }

  private void abort() throws S3Failure {
    try {
      client.abortMultipartUpload(
          request -> request.bucket(object.bucket()).key(object.key()).uploadId(uploadId));
    } catch (SdkException e) {
      throw S3Failure.of(object.shown() + ": the unfinished upload " + uploadId + " stays", e);
    }
  }
}
