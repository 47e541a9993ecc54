package dev.platter.codec;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;

/**
 * The functions of libdeflate that are used here, bound on first use.
 *
 * <p>A native handle costs milliseconds to make, and what counts for that is its shape, not the
 * function: deflate and zlib share one handle each way and take the function's address as their
 * first argument. Decoding and encoding are bound apart, as most commands only decode. The calls
 * are ordinary ones, which let the garbage collector run while they take their time.
 */
final class Libdeflate {
  /** Results of the decompressing functions (enum libdeflate_result). */
  static final int SUCCESS = 0;

  static final int BAD_DATA = 1;
  static final int SHORT_OUTPUT = 2;
  static final int INSUFFICIENT_SPACE = 3;

  private Libdeflate() {}

  static boolean isAvailable() {
    return Library.SYMBOLS != null && !"jdk".equals(System.getProperty("platter.codec"));
  }

  static String describe() {
    if (isAvailable()) {
      return "libdeflate (native)";
    }
    return Library.SYMBOLS != null
        ? "JDK zlib"
        : "JDK zlib (libdeflate cannot be loaded: " + Library.FAILURE + ")";
  }

  static MemorySegment newDecompressor() {
    try {
      return notNull((long) Library.STATE.invokeExact(Decompress.ALLOC_DECOMPRESSOR, 0L));
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  static void freeDecompressor(MemorySegment decompressor) {
    try {
      long unused =
          (long) Library.STATE.invokeExact(Decompress.FREE_DECOMPRESSOR, decompressor.address());
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /**
   * libdeflate_{deflate,zlib}_decompress_ex without actual_out_nbytes_ret: the output must be
   * filled exactly.
   */
  static int decompress(
      boolean zlib,
      MemorySegment decompressor,
      MemorySegment source,
      MemorySegment target,
      MemorySegment consumed) {
    MemorySegment function = zlib ? Decompress.ZLIB : Decompress.DEFLATE;
    try {
      return (int)
          Decompress.DECOMPRESS_EX.invokeExact(
              function,
              decompressor,
              source,
              source.byteSize(),
              target,
              target.byteSize(),
              consumed,
              MemorySegment.NULL);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  static MemorySegment newCompressor(int level) {
    try {
      return notNull((long) Library.STATE.invokeExact(Compress.ALLOC_COMPRESSOR, (long) level));
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  static void freeCompressor(MemorySegment compressor) {
    try {
      long unused =
          (long) Library.STATE.invokeExact(Compress.FREE_COMPRESSOR, compressor.address());
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /** libdeflate_{deflate,zlib}_compress: the length of the stream, 0 when it does not fit. */
  static long compress(
      boolean zlib, MemorySegment compressor, MemorySegment source, MemorySegment target) {
    MemorySegment function = zlib ? Compress.ZLIB : Compress.DEFLATE;
    try {
      return (long)
          Compress.COMPRESS.invokeExact(
              function, compressor, source, source.byteSize(), target, target.byteSize());
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /** libdeflate_adler32 of an off-heap segment. */
  static int adler32(MemorySegment block) {
    try {
      return (int)
          Checksum.CALL.invokeExact(Checksum.ADLER32, Checksum.START, block, block.byteSize());
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  private static MemorySegment notNull(long state) {
    if (state == 0) {
      throw new OutOfMemoryError("libdeflate got no memory");
    }
    return MemorySegment.ofAddress(state);
  }

  static RuntimeException unexpected(Throwable e) {
    switch (e) {
      case RuntimeException unchecked -> throw unchecked;
      case Error error -> throw error;
      default -> throw new IllegalStateException(e);
    }
  }

  private static final class Library {
    static final SymbolLookup SYMBOLS;
    static final String FAILURE;

    /**
     * Allocates or frees a compressor or a decompressor. All four take at most one integer or
     * pointer and answer at most a pointer; under the C calling conventions of the 64-bit platforms
     * a register that a function does not look at, or does not set, is harmless, so that one handle
     * will do for all.
     */
    static final MethodHandle STATE;

    static {
      SymbolLookup symbols = null;
      MethodHandle state = null;
      String failure = "";
      try {
        SymbolLookup found = NativeLibraries.load("deflate");
        state = handle(FunctionDescriptor.of(JAVA_LONG, JAVA_LONG));
        symbols = found;
      } catch (IOException
          | IllegalArgumentException // the system cannot load it: noexec, wrong C library
          | IllegalCallerException // native access is denied
          | UnsupportedOperationException // a platform without a linker
          | LinkageError e) {
        failure = e.getMessage();
      }
      SYMBOLS = symbols;
      FAILURE = failure;
      STATE = state;
    }

    @SuppressWarnings("restricted")
    static MethodHandle handle(FunctionDescriptor shape) {
      return Linker.nativeLinker().downcallHandle(shape);
    }

    static MemorySegment function(String name) {
      return SYMBOLS.findOrThrow("libdeflate_" + name);
    }
  }

  private static final class Decompress {
    static final MemorySegment ALLOC_DECOMPRESSOR = Library.function("alloc_decompressor");
    static final MemorySegment FREE_DECOMPRESSOR = Library.function("free_decompressor");
    static final MemorySegment DEFLATE = Library.function("deflate_decompress_ex");
    static final MemorySegment ZLIB = Library.function("zlib_decompress_ex");
    static final MethodHandle DECOMPRESS_EX =
        Library.handle(
            FunctionDescriptor.of(
                JAVA_INT, ADDRESS, ADDRESS, JAVA_LONG, ADDRESS, JAVA_LONG, ADDRESS, ADDRESS));
  }

  private static final class Compress {
    static final MemorySegment ALLOC_COMPRESSOR = Library.function("alloc_compressor");
    static final MemorySegment FREE_COMPRESSOR = Library.function("free_compressor");
    static final MemorySegment DEFLATE = Library.function("deflate_compress");
    static final MemorySegment ZLIB = Library.function("zlib_compress");
    static final MethodHandle COMPRESS =
        Library.handle(
            FunctionDescriptor.of(JAVA_LONG, ADDRESS, ADDRESS, JAVA_LONG, ADDRESS, JAVA_LONG));
  }

  private static final class Checksum {
    /** The checksum of no bytes. */
    static final int START = 1;

    static final MemorySegment ADLER32 = Library.function("adler32");
    static final MethodHandle CALL =
        Library.handle(FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, JAVA_LONG));
  }
}
