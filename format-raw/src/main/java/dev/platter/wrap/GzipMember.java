package dev.platter.wrap;

import dev.platter.codec.Codecs;
import dev.platter.codec.Encoder;
import dev.platter.codec.Encoding;
import dev.platter.storage.ZeroScan;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicReference;
import java.util.zip.CRC32;

/**
 * A member of a gzip file in the making (RFC 1952, section 2.3): filled, packed, put out, and then
 * filled anew. For one thread at a time.
 */
final class GzipMember implements AutoCloseable {
  private static final int HEADER_BYTES = 10;
  private static final int TRAILER_BYTES = 8;
  private static final int XFL = 8;
  private static final int OS = 9;
  private static final int SMALLEST = 2;
  private static final int FASTEST = 4;
  private static final int UNKNOWN_OS = 255;
  private static final int LOWEST_LEVEL = 1;
  private static final int HIGHEST_LEVEL = 9;

  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final MemorySegment source;
  private final byte[] packed;
  private final Encoder encoder;
  private final AtomicReference<byte[]> zeros;
  private int filled;
  private int length;

  /**
   * @param capacity how many bytes it holds
   * @param zeros what so many zeros become, once that is known; shared by the members of a file
   */
  GzipMember(int capacity, int level, AtomicReference<byte[]> zeros) {
    this.source = Arena.ofAuto().allocate(Math.max(1, capacity)).asSlice(0, capacity);
    // A thousandth more than the bytes themselves is more than deflate ever needs.
    this.packed = new byte[HEADER_BYTES + capacity + capacity / 512 + 1024 + TRAILER_BYTES];
    this.encoder = Codecs.newEncoder(Encoding.DEFLATE, level);
    this.zeros = zeros;
    packed[0] = (byte) GzipStream.ID1;
    packed[1] = (byte) GzipStream.ID2;
    packed[2] = GzipStream.CM_DEFLATE;
    packed[XFL] = (byte) (level >= HIGHEST_LEVEL ? SMALLEST : level == LOWEST_LEVEL ? FASTEST : 0);
    packed[OS] = (byte) UNKNOWN_OS;
  }

  /** Adds as many of the bytes as there is room for; answers how many. */
  int add(byte[] bytes, int offset, int count) {
    int added = (int) Math.min(count, source.byteSize() - filled);
    MemorySegment.copy(bytes, offset, source, ValueLayout.JAVA_BYTE, filled, added);
    filled += added;
    return added;
  }

  boolean isFull() {
    return filled == source.byteSize();
  }

  /** Packs what was added; answers itself. */
  GzipMember pack() {
    MemorySegment bytes = source.asSlice(0, filled);
    boolean isZeros = isFull() && ZeroScan.isZero(bytes);
    byte[] known = zeros.get();
    if (isZeros && known != null) {
      System.arraycopy(known, 0, packed, 0, known.length);
      length = known.length;
      return this;
    }
    MemorySegment target = MemorySegment.ofArray(packed);
    int deflated =
        encoder.encode(
            bytes, target.asSlice(HEADER_BYTES, packed.length - HEADER_BYTES - TRAILER_BYTES));
    if (deflated == Encoder.DOES_NOT_FIT) {
      throw new IllegalStateException("deflate made more of " + filled + " bytes than it may");
    }
    CRC32 crc = new CRC32();
    crc.update(bytes.asByteBuffer());
    target.set(INT, HEADER_BYTES + deflated, (int) crc.getValue());
    target.set(INT, HEADER_BYTES + deflated + Integer.BYTES, filled);
    length = HEADER_BYTES + deflated + TRAILER_BYTES;
    if (isZeros) {
      zeros.set(Arrays.copyOf(packed, length));
    }
    return this;
  }

  /** Writes what was packed, and is empty again. */
  void putInto(OutputStream target) throws IOException {
    target.write(packed, 0, length);
    filled = 0;
    length = 0;
  }

  @Override
  public void close() {
    encoder.close();
  }
}
