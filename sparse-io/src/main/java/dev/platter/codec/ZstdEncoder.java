package dev.platter.codec;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdCompressCtx;
import com.github.luben.zstd.ZstdException;
import java.lang.foreign.MemorySegment;

/** One Zstandard frame per block, encoded by zstd-jni. */
final class ZstdEncoder implements Encoder {
  private final ZstdCompressCtx context = new ZstdCompressCtx();
  private final Scratch sources = new Scratch();
  private final Scratch targets = new Scratch();

  ZstdEncoder(int level) {
    context.setLevel(level);
  }

  @Override
  public int encode(MemorySegment source, MemorySegment target) {
    MemorySegment room = targets.roomFor(target);
    int length;
    try {
      length =
          context.compressDirectByteBuffer(
              room.asByteBuffer(),
              0,
              Math.toIntExact(room.byteSize()),
              sources.copyOf(source).asByteBuffer(),
              0,
              Math.toIntExact(source.byteSize()));
    } catch (ZstdException e) {
      if (e.getErrorCode() == Zstd.errDstSizeTooSmall()) {
        return DOES_NOT_FIT;
      }
      throw new IllegalStateException("zstd: " + e.getMessage(), e);
    }
    if (!target.isNative()) {
      MemorySegment.copy(room, 0, target, 0, length);
    }
    return length;
  }

  @Override
  public void close() {
    context.close();
  }
}
