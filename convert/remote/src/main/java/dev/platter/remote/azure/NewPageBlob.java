package dev.platter.remote.azure;

import dev.platter.remote.Bandwidth;
import dev.platter.remote.BlockStorage;
import dev.platter.remote.http.HttpException;
import dev.platter.remote.http.Patience;
import dev.platter.remote.http.WebConnection;
import dev.platter.storage.NewStorage;
import dev.platter.storage.StorageOption;
import dev.platter.storage.WritableStorage;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Semaphore;

/**
 * A new page blob, made in one pass. It is there from the first byte on, all zeros, and marked as
 * unfinished; the last of its bytes, the footer of a VHD, are put when all others are there, and
 * only then does it lose its mark. What is not published is deleted; where even that fails, or the
 * process is killed, what stays is no VHD, and is marked. A managed disk that waits for its bytes
 * is one, too; it is there before and stays, without a footer, if it does not become whole.
 */
public final class NewPageBlob implements NewStorage {
  private static final String PAGE_BLOB = "page_blob";
  private static final String MANAGED_DISK = "managed_disk";
  private static final String REPLACE = "replace";

  /** What can be said of a new blob. */
  public static final List<StorageOption> OPTIONS =
      List.of(
          new StorageOption(
              PAGE_BLOB, "the URL is of a blob in Azure, or an emulator (told by the host)"),
          new StorageOption(
              MANAGED_DISK,
              "the URL is of a managed disk that waits for its bytes (told by the host)"),
          new StorageOption(REPLACE, "whether a blob of that name is replaced (off)"));

  private static final Patience PATIENCE = Patience.of(Duration.ofSeconds(60));

  /** How many requests are on their way at a time, of at most 4 MiB each. */
  private static final int IN_FLIGHT = 8;

  /** Zeros are told in units of 4 KiB, which are whole pages. */
  private static final BlockStorage.Sizes SIZES =
      new BlockStorage.Sizes(PageBlob.MOST_AT_ONCE, 4096, 64 << 10);

  private final PageBlob blob;
  private final boolean replaces;
  private final Kind kind;
  private final String mark = UUID.randomUUID().toString();
  private final BlockStorage storage;
  private final Semaphore inFlight = new Semaphore(IN_FLIGHT);
  private IOException failure;
  private Made made = Made.NOT;
  private boolean closed;

  /** What the URL is of. */
  private enum Kind {
    BLOB,

    /** A disk that Azure made to be filled, and gives out once its signature is revoked. */
    DISK
  }

  /** What has become of the blob. */
  private enum Made {
    NOT,
    PERHAPS,
    MARKED,
    WHOLE
  }

  private NewPageBlob(PageBlob blob, Kind kind, boolean replaces) {
    this.blob = blob;
    this.kind = kind;
    this.replaces = replaces;
    this.storage = new BlockStorage(blob.shown(), SIZES, new InParallel());
  }

  /**
   * Whether a URL is that of a blob: by its host, or because that is said.
   *
   * @param options by the names of {@link #OPTIONS}
   */
  public static boolean isMeant(String url, Map<String, String> options) throws IOException {
    return isOn(PAGE_BLOB, options, BlobUrl.isOfStore(url)) || isDisk(url, options);
  }

  private static boolean isDisk(String url, Map<String, String> options) throws IOException {
    return isOn(MANAGED_DISK, options, BlobUrl.isOfDisk(url));
  }

  /** Begins one; nothing is sent before its size is known. */
  public static NewPageBlob begin(
      String url, Map<String, String> options, Map<String, String> environment) throws IOException {
    return begin(url, options, environment, PATIENCE);
  }

  static NewPageBlob begin(
      String url, Map<String, String> options, Map<String, String> environment, Patience patience)
      throws IOException {
    BlobUrl parsed = BlobUrl.of(url, environment);
    boolean replaces = isOn(REPLACE, options, false);
    Kind kind = isDisk(url, options) ? Kind.DISK : Kind.BLOB;
    return new NewPageBlob(
        new PageBlob(parsed, new WebConnection(environment, patience)), kind, replaces);
  }

  private static boolean isOn(String name, Map<String, String> options, boolean otherwise)
      throws IOException {
    return switch (options.getOrDefault(name, otherwise ? "on" : "off")) {
      case "on", "yes", "true" -> true;
      case "off", "no", "false" -> false;
      default -> throw new IOException("Parameter '" + name + "' expects 'on' or 'off'");
    };
  }

  @Override
  public WritableStorage storage() {
    return storage;
  }

  @Override
  public boolean sequential() {
    return true;
  }

  @Override
  public void expect(long size) throws IOException {
    if (storage.isExpected()) {
      return;
    }
    if (size % PageBlob.PAGE != 0 || size > PageBlob.LARGEST) {
      throw new HttpException(
          "%s: a page blob has whole pages of %d bytes, and at most %d bytes; this one would have %d"
              .formatted(blob.shown(), PageBlob.PAGE, PageBlob.LARGEST, size));
    }
    if (kind == Kind.DISK) {
      blob.requireSize(size);
      blob.clear(size); // an attempt before this one may have left something
    } else {
      made = Made.PERHAPS;
      blob.create(size, mark, replaces);
      made = Made.MARKED;
    }
    storage.expect(size);
  }

  private synchronized void fail(Throwable e) {
    if (failure == null) {
      failure = e instanceof IOException known ? known : new IOException(e.toString(), e);
    }
  }

  private synchronized void requireNoFailure() throws IOException {
    if (failure != null) {
      throw new HttpException(failure.getMessage(), failure);
    }
  }

  @Override
  public void publish() throws IOException {
    storage.finish();
    if (kind == Kind.BLOB) {
      blob.unmark();
    }
    made = Made.WHOLE;
  }

  /** Deletes it, unless it was published, or is a disk, which is its owner's. */
  @Override
  public void close() throws IOException {
    if (closed) {
      return;
    }
    closed = true;
    try (blob) {
      storage.close();
      inFlight.acquireUninterruptibly(IN_FLIGHT);
      // Whether it was made at all the service may not have told: what is another's stays.
      if (made == Made.MARKED || made == Made.PERHAPS && blob.isMarked(mark)) {
        blob.delete();
      }
    } catch (HttpException e) {
      throw new HttpException("an unfinished blob may be left: " + e.getMessage(), e);
    }
  }

  /** Puts pages while others are being made. */
  private final class InParallel implements BlockStorage.Sink {
    @Override
    public void put(long offset, byte[] pages, int from, int length) throws IOException {
      inFlight.acquireUninterruptibly();
      try {
        requireNoFailure();
        Bandwidth.take(length);
      } catch (Throwable e) {
        inFlight.release();
        throw e;
      }
      Thread.ofVirtual()
          .name("platter-blob-" + offset)
          .start(() -> {
            try {
              blob.put(offset, pages, from, length);
            } catch (Throwable e) {
              fail(e);
            } finally {
              inFlight.release();
            }
          });
    }

    @Override
    public void await() throws IOException {
      inFlight.acquireUninterruptibly(IN_FLIGHT);
      inFlight.release(IN_FLIGHT);
      requireNoFailure();
    }
  }
}
