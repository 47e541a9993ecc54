package dev.platter.codec;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdDecompressCtx;
import com.github.luben.zstd.ZstdException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Zstandard frames, decoded by zstd-jni. A block may be several frames in a row (RFC 8878, 3). */
final class ZstdDecoder implements Decoder {
  private static final ValueLayout.OfInt MAGIC =
      JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final int FRAME = 0xFD2FB528;
  private static final int SKIPPABLE = 0x184D2A50; // the last four bits are free

  private final ZstdDecompressCtx context = new ZstdDecompressCtx();
  private final Scratch sources = new Scratch();
  private final Scratch targets = new Scratch();

  @Override
  public int decode(MemorySegment source, MemorySegment target) throws CodecException {
    MemorySegment stream = sources.copyOf(source);
    MemorySegment room = targets.roomFor(target);
    ByteBuffer from = stream.asByteBuffer();
    ByteBuffer to = room.asByteBuffer();
    int read = 0;
    int written = 0;
    // The library takes whole frames only, so each frame's end is looked for first.
    while (written < to.capacity()) {
      if (read == from.capacity() && read > 0) {
        throw Damage.tooShort(Encoding.ZSTD, target);
      }
      checkMagic(stream, read);
      long length =
          Zstd.findDirectByteBufferFrameCompressedSize(from, read, from.capacity() - read);
      if (Zstd.isError(length) || length <= 0 || length > from.capacity() - read) {
        throw Damage.corrupt(Encoding.ZSTD, source);
      }
      try {
        written +=
            context.decompressDirectByteBuffer(
                to, written, to.capacity() - written, from, read, (int) length);
      } catch (ZstdException e) {
        throw e.getErrorCode() == Zstd.errDstSizeTooSmall()
            ? Damage.tooLong(Encoding.ZSTD, target)
            : Damage.corrupt(Encoding.ZSTD, source);
      }
      read += (int) length;
    }
    if (!target.isNative()) {
      target.copyFrom(room);
    }
    return read;
  }

  /**
   * Refuses the formats from before Zstandard was settled, which the library would still decode.
   */
  private static void checkMagic(MemorySegment stream, int offset) throws CodecException {
    if (stream.byteSize() - offset < MAGIC.byteSize()) {
      throw Damage.corrupt(Encoding.ZSTD, stream);
    }
    int magic = stream.get(MAGIC, offset);
    if (magic != FRAME && (magic & ~0xF) != SKIPPABLE) {
      throw new CodecException(
          "no zstd frame at byte %d: magic number 0x%08x, expected 0x%08x"
              .formatted(offset, magic, FRAME));
    }
  }

  @Override
  public void close() {
    context.close();
  }
}
