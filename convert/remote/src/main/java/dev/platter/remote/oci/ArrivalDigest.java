package dev.platter.remote.oci;

import dev.platter.remote.http.Arrivals;
import dev.platter.remote.http.HttpException;
import java.security.MessageDigest;
import java.util.Map;
import java.util.TreeMap;

/**
 * Hashes a blob's bytes as they come, and sees that they are those that its digest names once all
 * of them are there. What comes too early is kept, up to a bound; who reads here and there only
 * learns nothing of the digest. For any number of threads.
 */
final class ArrivalDigest implements Arrivals {
  /** More than is ever asked for at a time; what lies behind a part that is never read ends it. */
  static final long MOST_EARLY = 64L << 20;

  private final Descriptor blob;
  private final MessageDigest hash;
  private final TreeMap<Long, byte[]> early = new TreeMap<>();
  private long earlyBytes;
  private long hashed;
  private boolean over;
  private HttpException failure;

  ArrivalDigest(Descriptor blob) {
    this.blob = blob;
    this.hash = blob.digest().hash();
  }

  @Override
  public synchronized void arrived(long offset, byte[] bytes) throws HttpException {
    if (offset + bytes.length > blob.size()) {
      throw new HttpException(
          "blob %s has more bytes than the %d that the manifest says"
              .formatted(blob.digest(), blob.size()));
    }
    if (failure == null && !over) {
      take(offset, bytes);
    }
    if (failure != null) {
      throw new HttpException(failure.getMessage(), failure);
    }
  }

  private void take(long offset, byte[] bytes) {
    keep(offset, bytes);
    Map.Entry<Long, byte[]> next = early.firstEntry();
    while (next != null && next.getKey() <= hashed) {
      early.pollFirstEntry();
      byte[] part = next.getValue();
      earlyBytes -= part.length;
      long known = hashed - next.getKey();
      if (known < part.length) {
        hash.update(part, (int) known, (int) (part.length - known));
        hashed += part.length - known;
      }
      next = early.firstEntry();
    }
    if (hashed == blob.size()) {
      over = true;
      early.clear();
      try {
        blob.digest().check("the blob that was read", hash);
      } catch (HttpException e) {
        failure = e;
      }
    } else if (earlyBytes > MOST_EARLY) {
      over = true;
      early.clear();
    }
  }

  private void keep(long offset, byte[] bytes) {
    byte[] same = early.get(offset);
    if (offset + bytes.length > hashed && (same == null || same.length < bytes.length)) {
      early.put(offset, bytes);
      earlyBytes += bytes.length - (same == null ? 0 : same.length);
    }
  }
}
