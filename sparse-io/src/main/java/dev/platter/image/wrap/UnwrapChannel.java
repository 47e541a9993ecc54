package dev.platter.image.wrap;

import dev.platter.image.CorruptImageException;
import dev.platter.image.Fault;
import dev.platter.image.ImageException;
import dev.platter.image.UnsupportedFeatureException;
import dev.platter.storage.SystemException;
import dev.platter.storage.ZeroScan;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.util.OptionalLong;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * What comes out of one wrapping: counts it, and turns whatever the decoder throws into one kind of
 * error.
 */
final class UnwrapChannel implements ReadableByteChannel {
  private static final int PART = 1 << 16;
  private static final int PAGE = 4096;

  private final String what;
  private final InputStream decoder;
  private final OptionalLong size;
  private final UnwrapLimits limits;
  private final LongSupplier packed;
  private final Consumer<String> remarks;
  private final byte[] part = new byte[PART];
  private long total;
  private long data;
  private boolean ended;
  private boolean closed;

  /**
   * @param what wrapping and file, for messages
   * @param decoder closed with this channel
   * @param size how many bytes the file says it unwraps to
   * @param packed how many bytes have been read of the file
   * @param remarks takes what the decoder has to say at its end
   */
  UnwrapChannel(
      String what,
      InputStream decoder,
      OptionalLong size,
      UnwrapLimits limits,
      LongSupplier packed,
      Consumer<String> remarks) {
    this.what = what;
    this.decoder = decoder;
    this.size = size;
    this.limits = limits;
    this.packed = packed;
    this.remarks = remarks;
  }

  @Override
  public int read(ByteBuffer target) throws IOException {
    if (!target.hasRemaining()) {
      return 0;
    }
    int count = decode(Math.min(PART, target.remaining()));
    if (count < 0) {
      if (size.isPresent() && size.getAsLong() != total) {
        throw wrongSize();
      }
      if (decoder instanceof Remarks told && !ended) {
        told.remark().ifPresent(remark -> remarks.accept(what + ": " + remark));
      }
      ended = true;
      return -1;
    }
    count(count);
    target.put(part, 0, count);
    return count;
  }

  private int decode(int length) throws IOException {
    try {
      int count = decoder.readNBytes(part, 0, length);
      return count == 0 ? -1 : count;
    } catch (ImageException | SystemException e) {
      throw e;
    } catch (IOException | RuntimeException e) {
      String reason = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
      throw Fault.on(what)
          .corrupt(
              "damaged or cut off at unwrapped 0x" + Long.toHexString(total) + ": " + reason, e);
    }
  }

  private void count(int length) throws IOException {
    total += length;
    for (int at = 0; at < length; at += PAGE) {
      int page = Math.min(PAGE, length - at);
      data += ZeroScan.isZero(MemorySegment.ofArray(part).asSlice(at, page)) ? 0 : page;
    }
    if (size.isPresent() && total > size.getAsLong()) {
      throw wrongSize();
    }
    long from = packed.getAsLong();
    if (data > limits.mostData(from)) {
      throw tooMuch(limits.mostData(from), "of data ", from);
    }
    if (total > limits.mostTotal(from)) {
      throw tooMuch(limits.mostTotal(from), "", from);
    }
  }

  private CorruptImageException wrongSize() {
    return Fault.on(what)
        .corrupt("the file says it holds " + size.getAsLong() + " bytes, found " + total);
  }

  private UnsupportedFeatureException tooMuch(long most, String kind, long from) {
    return Fault.on(what)
        .unsupported(
            "more than the limit of %d bytes %sfrom %d packed bytes (%s allows more)"
                .formatted(most, kind, from, limits.raisedBy()));
  }

  @Override
  public boolean isOpen() {
    return !closed;
  }

  @Override
  public void close() throws IOException {
    closed = true;
    decoder.close();
  }
}
