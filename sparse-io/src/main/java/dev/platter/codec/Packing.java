package dev.platter.codec;

import com.github.luben.zstd.ZstdInputStreamNoFinalizer;
import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import org.tukaani.xz.LZMAInputStream;
import org.tukaani.xz.SingleXZInputStream;

/**
 * How file systems compress their blocks. Unlike a {@link Decoder}, which is told how much a block
 * holds, {@link #unpack} is told the most that is wanted: some file systems do not say how much a
 * block decodes to, and some want the beginning of it only. Keeps no state; any thread may use it.
 */
public enum Packing {
  /** A zlib stream (RFC 1950). */
  ZLIB {
    @Override
    int fill(byte[] source, byte[] target) throws IOException {
      return inflate(source, target, false);
    }
  },
  /** A bare deflate stream (RFC 1951). */
  DEFLATE {
    @Override
    int fill(byte[] source, byte[] target) throws IOException {
      return inflate(source, target, true);
    }
  },
  /** One bare LZ4 block. */
  LZ4 {
    @Override
    int fill(byte[] source, byte[] target) throws IOException {
      return new Lz4Prefix(source, target).decode();
    }
  },
  /** One LZO1X stream. */
  LZO {
    @Override
    int fill(byte[] source, byte[] target) throws IOException {
      return Lzo.decode(source, 0, source.length, target, 0, target.length);
    }
  },
  /** Zstandard frames (RFC 8878). */
  ZSTD {
    @Override
    int fill(byte[] source, byte[] target) throws IOException {
      ZstdLibrary.load();
      try (ZstdInputStreamNoFinalizer stream =
          new ZstdInputStreamNoFinalizer(new ByteArrayInputStream(source))) {
        stream.setLongMax(MAX_ZSTD_WINDOW_LOG);
        return stream.readNBytes(target, 0, target.length);
      }
    }
  },
  /** One xz stream. */
  XZ {
    @Override
    int fill(byte[] source, byte[] target) throws IOException {
      return read(new SingleXZInputStream(new ByteArrayInputStream(source), MEMORY_KIB), target);
    }
  },
  /** The format of {@code .lzma} files: a header of thirteen bytes, and the stream. */
  LZMA {
    @Override
    int fill(byte[] source, byte[] target) throws IOException {
      return read(new LZMAInputStream(new ByteArrayInputStream(source), MEMORY_KIB), target);
    }
  },
  /**
   * LZMA without a header: the inverted byte of its properties stands in the place of the stream's
   * first byte, which is zero always. The dictionary is as large as what is wanted. It has no end
   * mark: to want more than it holds is an error.
   */
  MICRO_LZMA {
    @Override
    int fill(byte[] source, byte[] target) throws IOException {
      if (source.length == 0) {
        throw new EOFException("no data");
      }
      InputStream stream =
          new SequenceInputStream(
              new ByteArrayInputStream(new byte[1]),
              new ByteArrayInputStream(source, 1, source.length - 1));
      int dictionary = Math.max(target.length, SMALLEST_DICTIONARY);
      return read(new LZMAInputStream(stream, -1, (byte) ~source[0], dictionary), target);
    }
  };

  /** Dictionaries of 1 MiB, and a little more: no file system that has them has larger blocks. */
  private static final int MEMORY_KIB = 2 << 10;

  /** Windows of up to 16 MiB. */
  private static final int MAX_ZSTD_WINDOW_LOG = 24;

  private static final int SMALLEST_DICTIONARY = 4096;

  /**
   * Decodes a block until it ends or {@code target} is full.
   *
   * @param source the block; what lies behind its end is left alone where it has an end mark
   * @return how many bytes it decoded to
   * @throws CodecException if what was looked at is damaged
   * @throws IllegalStateException if zstd is asked for and its library cannot be loaded
   */
  public int unpack(byte[] source, byte[] target) throws CodecException {
    try {
      return fill(source, target);
    } catch (CodecException e) {
      throw e;
    } catch (EOFException e) {
      throw new CodecException("data that ends early");
    } catch (IOException e) {
      throw new CodecException("damaged data: " + e.getMessage());
    }
  }

  abstract int fill(byte[] source, byte[] target) throws IOException;

  private static int read(InputStream stream, byte[] target) throws IOException {
    try (stream) {
      return stream.readNBytes(target, 0, target.length);
    }
  }

  private static int inflate(byte[] source, byte[] target, boolean bare) throws IOException {
    Inflater inflater = new Inflater(bare);
    try {
      inflater.setInput(source);
      int done = 0;
      while (done < target.length && !inflater.finished()) {
        int count = inflater.inflate(target, done, target.length - done);
        if (count == 0 && !inflater.finished()) {
          throw new CodecException("deflated data ends early");
        }
        done += count;
      }
      return done;
    } catch (DataFormatException e) {
      throw new CodecException("damaged deflated data: " + e.getMessage());
    } finally {
      inflater.end();
    }
  }
}
