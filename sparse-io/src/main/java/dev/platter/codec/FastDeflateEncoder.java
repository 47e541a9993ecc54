package dev.platter.codec;

import java.lang.foreign.MemorySegment;

/**
 * Bare deflate streams, encoded by ISA-L at three times libdeflate's speed, and by libdeflate where
 * that pays.
 *
 * <p>ISA-L looks for fewer matches. Its streams are about as long as those of zlib with a window of
 * 4 KiB, which is what qemu-img writes, but 2 to 5 % longer for machine code, of which it leaves
 * more than half. There libdeflate has a go as well, and the shorter stream stays. In blocks of 64
 * KiB that makes 0.987 of qemu-img's size on a sample of a whole system's files, 0.998 on its
 * shared libraries alone, in 0.65 and 0.9 of the time of libdeflate's level 2.
 */
final class FastDeflateEncoder implements Encoder {
  /** Of shorter blocks ISA-L's streams are 5 % longer than zlib's. */
  static final int MIN_BLOCK = 16 << 10;

  /** The lowest at which shorter blocks become no longer than with zlib. */
  private static final int LIBDEFLATE_LEVEL = 5;

  private final Igzip igzip = new Igzip();
  private final LibdeflateEncoder libdeflate =
      new LibdeflateEncoder(Encoding.DEFLATE, LIBDEFLATE_LEVEL);
  private final Scratch sources = new Scratch();
  private final Scratch targets = new Scratch();
  private final Scratch seconds = new Scratch();

  @Override
  public int encode(MemorySegment source, MemorySegment target) {
    if (source.byteSize() < MIN_BLOCK) {
      return libdeflate.encode(source, target);
    }
    MemorySegment block = sources.copyOf(source);
    MemorySegment room = targets.roomFor(target);
    int length = igzip.compress(block, room);
    if (length == 0) {
      return DOES_NOT_FIT;
    }
    if (isWorthASecondTry(length, source.byteSize())) {
      MemorySegment shorter = seconds.allocate(length - 1);
      int second = libdeflate.encode(block, shorter);
      if (second != DOES_NOT_FIT) {
        MemorySegment.copy(shorter, 0, target, 0, second);
        return second;
      }
    }
    if (!target.isNative()) {
      MemorySegment.copy(room, 0, target, 0, length);
    }
    return length;
  }

  /** What is left of incompressible blocks cannot be made much shorter by anybody. */
  private static boolean isWorthASecondTry(int length, long block) {
    return length >= block / 2 && length < block / 5 * 4;
  }

  @Override
  public void close() {
    igzip.close();
    libdeflate.close();
  }
}
