package dev.platter.codec;

import java.lang.foreign.MemorySegment;
import java.util.Locale;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.zip.Adler32;

/**
 * Where encoders and decoders come from.
 *
 * <p>Deflate and zlib run on libdeflate where its library can be loaded, else on the JDK's zlib;
 * with them, deflate is written by ISA-L where nobody asks for a level and it can be loaded. All
 * read each other's streams, but do not write the same bytes. The system property {@code
 * platter.codec=jdk} asks for the JDK's zlib. The system property {@code platter.native.dir} names
 * a directory that holds the native libraries ({@code libdeflate}, {@code libgkl_compression} and
 * {@code libzstd-jni} with the platform's suffix), so that none is unpacked into the temporary
 * directory.
 *
 * <p>All methods may be called from any thread. Nothing native is loaded before the first codec is
 * asked for.
 */
public final class Codecs {
  private Codecs() {}

  /**
   * Makes a decoder for one thread; close it to give its native state back.
   *
   * @throws IllegalStateException if zstd is asked for and its library cannot be loaded
   */
  public static Decoder newDecoder(Encoding encoding) {
    return switch (encoding) {
      case DEFLATE, ZLIB ->
          Libdeflate.isAvailable() ? new LibdeflateDecoder(encoding) : new JdkDecoder(encoding);
      case ZSTD -> {
        ZstdLibrary.load();
        yield new ZstdDecoder();
      }
      case LZ4 -> new Lz4Decoder();
      case BZIP2 -> new Bzip2Decoder();
      case XZ -> new XzDecoder();
      case LZFSE -> new LzfseDecoder();
      case ADC -> new AdcDecoder();
    };
  }

  /**
   * Makes an encoder for one thread, the one used when nobody asks for a level: the fastest that
   * makes a system image no larger than qemu-img does. That is one at the {@link #defaultLevel}, or
   * where ISA-L can be loaded, one that is faster: for deflate always, for zlib where a block is
   * incompressible.
   */
  public static Encoder newEncoder(Encoding encoding) {
    if (encoding == Encoding.DEFLATE && hasIgzip()) {
      return new FastDeflateEncoder();
    }
    if (encoding == Encoding.ZLIB && hasIgzip()) {
      return new FastZlibEncoder();
    }
    return newEncoder(encoding, defaultLevel(encoding));
  }

  /** Makes an encoder at that level, or the usual one when there is none. */
  public static Encoder newEncoder(Encoding encoding, OptionalInt level) {
    return level.isPresent() ? newEncoder(encoding, level.getAsInt()) : newEncoder(encoding);
  }

  private static boolean hasIgzip() {
    return Libdeflate.isAvailable() && Igzip.isAvailable();
  }

  /**
   * Makes an encoder for one thread; close it to give its native state back.
   *
   * @param level how hard to try, from {@link #minLevel} to {@link #maxLevel}
   * @throws IllegalArgumentException if the encoding has no such level, or is only read
   * @throws IllegalStateException if zstd is asked for and its library cannot be loaded
   */
  public static Encoder newEncoder(Encoding encoding, int level) {
    Objects.requireNonNull(encoding);
    if (level < minLevel(encoding) || level > maxLevel(encoding)) {
      throw new IllegalArgumentException(
          "%s level %d: expected %d to %d"
              .formatted(
                  encoding.name().toLowerCase(Locale.ROOT),
                  level,
                  minLevel(encoding),
                  maxLevel(encoding)));
    }
    return switch (encoding) {
      case DEFLATE, ZLIB ->
          Libdeflate.isAvailable()
              ? new LibdeflateEncoder(encoding, level)
              : new JdkEncoder(encoding, level);
      case ZSTD -> {
        ZstdLibrary.load();
        yield new ZstdEncoder(level);
      }
      case LZ4 -> new Lz4Encoder(level);
      case BZIP2, XZ, LZFSE, ADC -> throw onlyRead(encoding);
    };
  }

  /**
   * The lowest level that makes a system image no larger than qemu-img does, which compresses qcow2
   * clusters (deflate) with a window of 4 KiB only, and VMDK grains (zlib) with one of 32 KiB.
   */
  public static int defaultLevel(Encoding encoding) {
    return switch (encoding) {
      case DEFLATE -> 2;
      case ZLIB -> 5;
      case ZSTD -> 3;
      case LZ4 -> 1;
      case BZIP2, XZ, LZFSE, ADC -> throw onlyRead(encoding);
    };
  }

  private static IllegalArgumentException onlyRead(Encoding encoding) {
    return new IllegalArgumentException(encoding + " is only read");
  }

  /** The lowest, fastest level. */
  public static int minLevel(Encoding encoding) {
    return switch (encoding) {
      case DEFLATE, ZLIB, ZSTD, LZ4 -> 1;
      case BZIP2, XZ, LZFSE, ADC -> throw onlyRead(encoding);
    };
  }

  /**
   * The highest, slowest level. Above 9 the JDK's zlib, where it stands in for libdeflate, gives
   * its 9.
   */
  public static int maxLevel(Encoding encoding) {
    return switch (encoding) {
      case DEFLATE, ZLIB, LZ4 -> 12;
      case ZSTD -> 22;
      case BZIP2, XZ, LZFSE, ADC -> throw onlyRead(encoding);
    };
  }

  /** The Adler-32 of a block, which ends its zlib stream (RFC 1950, section 2.2). */
  public static int adler32(MemorySegment block) {
    if (block.isNative() && Libdeflate.isAvailable()) {
      return Libdeflate.adler32(block);
    }
    Adler32 checksum = new Adler32();
    checksum.update(block.asByteBuffer());
    return (int) checksum.getValue();
  }

  /**
   * Returns when zstd-jni's library is loaded. Whoever uses zstd-jni's own classes, such as its
   * streams, calls this before.
   *
   * @throws IllegalStateException if it cannot be loaded
   */
  public static void loadZstd() {
    ZstdLibrary.load();
  }

  /**
   * Names the implementation in use, for a person to read: "libdeflate (native)". Loads it to find
   * out.
   */
  public static String describe(Encoding encoding) {
    return switch (encoding) {
      case DEFLATE -> Libdeflate.describe() + (hasIgzip() ? ", ISA-L (native)" : "");
      case ZLIB -> Libdeflate.describe();
      case ZSTD -> ZstdLibrary.describe();
      case LZ4 -> "lz4-java (pure Java)";
      case XZ -> "XZ for Java (pure Java)";
      case BZIP2, LZFSE, ADC -> "own (pure Java)";
    };
  }
}
