package dev.platter.wrap;

import com.github.luben.zstd.ZstdInputStreamNoFinalizer;
import dev.platter.codec.bzip2.Bzip2Stream;
import dev.platter.image.Fault;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import org.tukaani.xz.LZMAInputStream;
import org.tukaani.xz.XZInputStream;

/**
 * What the header before a file in a zip archive says (APPNOTE 6.3, 4.3.7).
 *
 * @param flags the general purpose bits
 * @param method how the file is compressed
 * @param crc its checksum
 * @param packed how many bytes it takes in the archive
 * @param size how many bytes it has
 * @param name its name
 * @param zip64 whether its sizes have 64 bits where they follow it
 */
record ZipEntry(
    int flags, int method, int crc, long packed, long size, String name, boolean zip64) {
  private static final int ENCRYPTED = 1;
  private static final int SIZES_FOLLOW = 1 << 3;
  private static final int UTF_8 = 1 << 11;
  private static final int EXTRA_64 = 1;
  private static final long IN_EXTRA_64 = 0xffff_ffffL;

  private static final int STORED = 0;
  private static final int DEFLATED = 8;
  private static final int DEFLATED_64 = 9;
  private static final int BZIP2 = 12;
  private static final int LZMA = 14;
  private static final int ZSTD_ONCE = 20;
  private static final int ZSTD = 93;
  private static final int XZ = 95;

  /** Reads a header behind its signature. */
  static ZipEntry read(PackedInput input) throws IOException {
    input.littleShort(); // version needed
    int flags = input.littleShort();
    int method = input.littleShort();
    input.littleInt(); // time and date
    int crc = input.littleInt();
    long packed = input.littleInt() & 0xffff_ffffL;
    long size = input.littleInt() & 0xffff_ffffL;
    byte[] name = new byte[input.littleShort()];
    byte[] extra = new byte[input.littleShort()];
    input.readFully(name, 0, name.length);
    input.readFully(extra, 0, extra.length);
    boolean zip64 = false;
    for (int at = 0; at + 4 <= extra.length; ) {
      int id = extra[at] & 0xff | (extra[at + 1] & 0xff) << 8;
      int length = extra[at + 2] & 0xff | (extra[at + 3] & 0xff) << 8;
      if (id == EXTRA_64) {
        zip64 = true;
        int field = at + 4;
        if (size == IN_EXTRA_64) {
          size = littleLong(extra, field);
          field += Long.BYTES;
        }
        if (packed == IN_EXTRA_64) {
          packed = littleLong(extra, field);
        }
      }
      at += 4 + length;
    }
    if (size < 0 || packed < 0) {
      throw new IOException("zip: sizes beyond all files");
    }
    String text =
        new String(
            name, (flags & UTF_8) != 0 ? StandardCharsets.UTF_8 : StandardCharsets.ISO_8859_1);
    return new ZipEntry(flags, method, crc, packed, size, text, zip64);
  }

  private static long littleLong(byte[] bytes, int at) throws IOException {
    if (at + Long.BYTES > bytes.length) {
      throw new IOException("zip: a ZIP64 field without its sizes");
    }
    long value = 0;
    for (int i = Long.BYTES - 1; i >= 0; i--) {
      value = value << Byte.SIZE | bytes[at + i] & 0xff;
    }
    return value;
  }

  boolean sizesFollow() {
    return (flags & SIZES_FOLLOW) != 0;
  }

  boolean isDirectory() {
    return name.endsWith("/") || name.endsWith("\\");
  }

  /** Whether its last byte says that it is the last. */
  boolean endsByItself() {
    return method == DEFLATED || method == DEFLATED_64;
  }

  /**
   * Its bytes.
   *
   * @param input at the first of them, and behind the last at the end, if the file ends by itself
   * @param part as many bytes of the input as the header says; what is not read of it is no matter
   */
  InputStream open(PackedInput input, ZipPart part) throws IOException {
    if ((flags & ENCRYPTED) != 0) {
      throw Fault.ofFormat("zip").unsupported("the file in it is encrypted");
    }
    if (sizesFollow() && !endsByItself()) { // where such a one ends is not seen before it is read
      throw Fault.ofFormat("zip")
          .unsupported("compression method " + method + " without the size before the file");
    }
    switch (method) {
      case DEFLATED:
        return new DeflatedPart(input);
      case DEFLATED_64:
        return new Deflate64Stream(input);
      case STORED:
        if (packed != size) {
          throw new IOException("zip: " + size + " bytes are stored in " + packed);
        }
        return part;
      case BZIP2:
        return new Bzip2Stream(part);
      case LZMA:
        return lzma(part);
      case ZSTD, ZSTD_ONCE:
        ZstdWrapping.load();
        return new ZstdInputStreamNoFinalizer(part);
      case XZ:
        return XzWrapping.explaining(new XZInputStream(part, XzWrapping.MEMORY_KIB));
      default:
        throw Fault.ofFormat("zip").unsupported("compression method " + method);
    }
  }

  /** Behind a version and a length come the five bytes that .lzma files begin with (5.8.8). */
  private InputStream lzma(InputStream part) throws IOException {
    byte[] head = part.readNBytes(9);
    if (head.length < 9 || head[2] != 5 || head[3] != 0) {
      throw new IOException("zip: the properties of LZMA are damaged");
    }
    long window = 0;
    for (int i = 8; i > 4; i--) {
      window = window << Byte.SIZE | head[i] & 0xff;
    }
    if (window > (long) XzWrapping.MEMORY_KIB << 10) {
      throw Fault.ofFormat("zip").unsupported("LZMA with a window of " + window + " bytes");
    }
    LZMAInputStream stream = new LZMAInputStream(part, size, head[4], (int) window);
    stream.enableRelaxedEndCondition(); // some write a mark behind the last byte
    return stream;
  }
}
