package dev.platter.codec;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.BitSet;

/**
 * Memory for the states of {@link Igzip}'s compressors, all in one 64 KiB of one address.
 *
 * <p>ISA-L's matchers for levels 1 and 2 mistake a register: of the third position of a block they
 * enter a hash of their state's address, but for its lowest 16 bits, instead of the bytes there. A
 * stream is right all the same, but one in some thousand depends on where the state lies. Where
 * that address is always the same, so is the stream. What lies there already is left alone, and
 * other systems than Linux give no place: states then lie anywhere.
 */
final class IgzipStates {
  /** sizeof(struct isal_zstream) in ISA-L 2.30. */
  private static final long STATE_SIZE = 82_384;

  /**
   * How far apart states lie, bytes. Above level 0, and of blocks that are given whole, only the
   * first 176 bytes of a state are used: behind them are level 0's hash table and history.
   */
  private static final int DISTANCE = 256;

  private static final long PLACE = 0x1000_0000_0000L;
  private static final int COUNT = (1 << 16) / DISTANCE;

  private static final BitSet TAKEN = new BitSet(COUNT);
  private static final MemorySegment STATES = map();

  private IgzipStates() {}

  /** A state that nobody else has, until it is {@linkplain #giveBack given back}. */
  static synchronized MemorySegment take() {
    int index = TAKEN.nextClearBit(0);
    if (STATES == null || index == COUNT) {
      return Arena.ofAuto().allocate(STATE_SIZE, 64);
    }
    TAKEN.set(index);
    return STATES.asSlice((long) index * DISTANCE, STATE_SIZE);
  }

  static synchronized void giveBack(MemorySegment state) {
    if (STATES != null) {
      long offset = state.address() - STATES.address();
      if (offset >= 0 && offset < (long) COUNT * DISTANCE) {
        TAKEN.clear((int) (offset / DISTANCE));
      }
    }
  }

  /** mmap(2); null where the place is taken, or this is not Linux. */
  @SuppressWarnings("restricted")
  private static MemorySegment map() {
    if (!System.getProperty("os.name").equals("Linux")) {
      return null;
    }
    int readWrite = 0x1 | 0x2; // PROT_READ, PROT_WRITE
    int flags = 0x2 | 0x20 | 0x10_0000; // MAP_PRIVATE, MAP_ANONYMOUS, MAP_FIXED_NOREPLACE
    long size = (long) COUNT * DISTANCE + STATE_SIZE;
    Linker linker = Linker.nativeLinker();
    MethodHandle mmap =
        linker.downcallHandle(
            linker.defaultLookup().findOrThrow("mmap"),
            FunctionDescriptor.of(
                ADDRESS, JAVA_LONG, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG));
    try {
      MemorySegment mapped =
          (MemorySegment) mmap.invokeExact(PLACE, size, readWrite, flags, -1, 0L);
      if (mapped.address() == PLACE) {
        return mapped.reinterpret(size);
      }
      // -1 says that the place is taken; a system that does not know of MAP_FIXED_NOREPLACE gives
      // another one, which is as good as none
      return null;
    } catch (Throwable e) {
      throw Libdeflate.unexpected(e);
    }
  }
}
