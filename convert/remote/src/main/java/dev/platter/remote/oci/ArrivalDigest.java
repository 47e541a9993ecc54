package dev.platter.remote.oci;

import dev.platter.remote.http.Arrivals;
import dev.platter.remote.http.HttpException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
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
  public synchronized void arrived(long offset, MemorySegment bytes) throws HttpException {
    if (offset + bytes.byteSize() > blob.size()) {
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

  private void take(long offset, MemorySegment bytes) {
    if (offset <= hashed) {
      hash(offset, bytes);
    } else {
      keep(offset, bytes);
    }
    Map.Entry<Long, byte[]> next = early.firstEntry();
    while (next != null && next.getKey() <= hashed) {
      early.pollFirstEntry();
      earlyBytes -= next.getValue().length;
      hash(next.getKey(), MemorySegment.ofArray(next.getValue()));
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

  /** Hashes what is not hashed yet of bytes that begin where others end, or before that. */
  private void hash(long offset, MemorySegment bytes) {
    long known = hashed - offset;
    if (known < bytes.byteSize()) {
      hash.update(bytes.asSlice(known).asByteBuffer());
      hashed = offset + bytes.byteSize();
    }
  }

  private void keep(long offset, MemorySegment bytes) {
    byte[] same = early.get(offset);
    if (same == null || same.length < bytes.byteSize()) {
      early.put(offset, bytes.toArray(ValueLayout.JAVA_BYTE));
      earlyBytes += bytes.byteSize() - (same == null ? 0 : same.length);
    }
  }
}
