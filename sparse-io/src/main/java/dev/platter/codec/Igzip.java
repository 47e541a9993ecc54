package dev.platter.codec;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;

/**
 * One deflate compressor of ISA-L (igzip), at its level 2. For one thread at a time.
 *
 * <p>The library comes from Intel's Genomics Kernel Library, which carries all of it, for x86-64
 * alone; elsewhere it {@linkplain #isAvailable is not there}. What it writes for a block depends on
 * nothing but the block, thanks to {@link IgzipStates}.
 */
final class Igzip implements AutoCloseable {
  private static final int LEVEL = 2;

  /** ISAL_DEF_LVL2_DEFAULT: what level 2 wants for its hash table and its tokens, bytes. */
  private static final int LEVEL_BUFFER = 331_776;

  // struct isal_zstream
  private static final int NEXT_IN = 0;
  private static final int AVAIL_IN = 8;
  private static final int NEXT_OUT = 16;
  private static final int AVAIL_OUT = 24;
  private static final int TOTAL_OUT = 28;
  private static final int LEVEL_FIELD = 40;
  private static final int LEVEL_BUFFER_SIZE = 44;
  private static final int LEVEL_BUFFER_FIELD = 48;
  private static final int END_OF_STREAM = 56;

  /** Null once closed: another compressor may have it then. */
  private MemorySegment stream;

  private final MemorySegment levelBuffer;

  Igzip() {
    stream = IgzipStates.take();
    levelBuffer = Arena.ofAuto().allocate(LEVEL_BUFFER, 64);
  }

  static boolean isAvailable() {
    return Library.CALL != null;
  }

  /**
   * Compresses a block into a bare deflate stream. Both segments are off-heap.
   *
   * @return its length, or 0 when it does not fit with some bytes to spare
   */
  int compress(MemorySegment source, MemorySegment target) {
    call(Library.STATELESS_INIT);
    stream.set(ADDRESS, NEXT_IN, source);
    stream.set(JAVA_INT, AVAIL_IN, Math.toIntExact(source.byteSize()));
    stream.set(ADDRESS, NEXT_OUT, target);
    stream.set(JAVA_INT, AVAIL_OUT, Math.toIntExact(target.byteSize()));
    stream.set(JAVA_INT, LEVEL_FIELD, LEVEL);
    stream.set(JAVA_INT, LEVEL_BUFFER_SIZE, LEVEL_BUFFER);
    stream.set(ADDRESS, LEVEL_BUFFER_FIELD, levelBuffer);
    stream.set(JAVA_SHORT, END_OF_STREAM, (short) 1);
    return call(Library.STATELESS) == 0 ? stream.get(JAVA_INT, TOTAL_OUT) : 0;
  }

  @Override
  public void close() {
    if (stream != null) {
      IgzipStates.giveBack(stream);
      stream = null;
    }
  }

  private int call(MemorySegment function) {
    try {
      return (int) (long) Library.CALL.invokeExact(function, stream.address());
    } catch (Throwable e) {
      throw Libdeflate.unexpected(e);
    }
  }

  private static final class Library {
    static final MemorySegment STATELESS_INIT;
    static final MemorySegment STATELESS;

    /** The shape of libdeflate's handle for its states, so that it is made but once. */
    static final MethodHandle CALL;

    static {
      MemorySegment init = null;
      MemorySegment stateless = null;
      MethodHandle call = null;
      try {
        SymbolLookup symbols = NativeLibraries.load("gkl_compression");
        init = symbols.findOrThrow("isal_deflate_stateless_init");
        stateless = symbols.findOrThrow("isal_deflate_stateless");
        call = handle();
      } catch (IOException // not for this platform
          | IllegalArgumentException // the system cannot load it
          | IllegalCallerException // native access is denied
          | UnsupportedOperationException // a platform without a linker
          | LinkageError e) {
        // libdeflate, or whatever takes its place, does the work
        call = null;
      }
      STATELESS_INIT = init;
      STATELESS = stateless;
      CALL = call;
    }

    @SuppressWarnings("restricted")
    private static MethodHandle handle() {
      return Linker.nativeLinker().downcallHandle(FunctionDescriptor.of(JAVA_LONG, JAVA_LONG));
    }
  }
}
