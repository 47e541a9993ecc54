package dev.platter.wrap;

import dev.platter.image.UnsupportedFeatureException;
import java.io.IOException;
import java.io.InputStream;
import java.util.zip.CRC32;

/**
 * The one file in a zip archive, read from front to back (APPNOTE 6.3): its header, its bytes, then
 * the central directory, which must list it and nothing else.
 */
final class ZipStream extends Unpacked {
  static final int LOCAL = 0x0403_4b50;

  private static final int DESCRIPTOR = 0x0807_4b50;
  private static final int CENTRAL = 0x0201_4b50;
  private static final int END = 0x0605_4b50;
  private static final int END_64 = 0x0606_4b50;
  private static final int LOCATOR_64 = 0x0706_4b50;

  private static final int ENCRYPTED = 1;
  private static final int SIZES_FOLLOW = 1 << 3;
  private static final int STORED = 0;
  private static final int DEFLATED = 8;
  private static final int EXTRA_64 = 1;
  private static final long IN_EXTRA_64 = 0xffff_ffffL;
  private static final int IN_RECORD_64 = 0xffff;

  private final PackedInput input;
  private final DeflatedPart part;
  private final CRC32 storedCrc = new CRC32();
  private int method = -1;
  private boolean sizesFollow;
  private boolean zip64;
  private int crc;
  private long size;
  private long left;
  private boolean ended;

  ZipStream(InputStream packed) {
    input = new PackedInput(packed);
    part = new DeflatedPart(input);
  }

  @Override
  public int read(byte[] target, int offset, int length) throws IOException {
    if (ended) {
      return -1;
    }
    if (method < 0) {
      readLocalHeader();
    }
    int count = method == STORED ? copy(target, offset, length) : part.read(target, offset, length);
    if (count < 0) {
      finish();
      ended = true;
    }
    return count;
  }

  private int copy(byte[] target, int offset, int length) throws IOException {
    if (left == 0) {
      return -1;
    }
    int count = (int) Math.min(length, left);
    input.readFully(target, offset, count);
    storedCrc.update(target, offset, count);
    left -= count;
    return count;
  }

  private void readLocalHeader() throws IOException {
    if (input.littleInt() != LOCAL) {
      throw new IOException("zip: no file's header at the beginning");
    }
    input.littleShort(); // version needed
    int flags = input.littleShort();
    int how = input.littleShort();
    input.littleInt(); // time and date
    crc = input.littleInt();
    long packed = input.littleInt() & 0xffff_ffffL;
    size = input.littleInt() & 0xffff_ffffL;
    int nameLength = input.littleShort();
    int extraLength = input.littleShort();
    input.skip(nameLength);
    byte[] extra = new byte[extraLength];
    input.readFully(extra, 0, extraLength);
    if ((flags & ENCRYPTED) != 0) {
      throw new UnsupportedFeatureException("zip: the file in it is encrypted");
    }
    sizesFollow = (flags & SIZES_FOLLOW) != 0;
    if (how != DEFLATED && (how != STORED || sizesFollow)) {
      throw new UnsupportedFeatureException("zip: compression method " + how);
    }
    left = packed;
    readExtra(extra, packed);
    if (how == STORED && left != size) {
      throw new IOException("zip: " + size + " bytes are stored in " + left);
    }
    part.start();
    method = how;
  }

  /** Takes sizes that do not fit into the header from its ZIP64 field. */
  private void readExtra(byte[] extra, long packed) throws IOException {
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
          left = littleLong(extra, field);
        }
      }
      at += 4 + length;
    }
    if (size < 0 || left < 0) {
      throw new IOException("zip: sizes beyond all files");
    }
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

  /** Compares checksum and size, and sees that the archive ends as it should. */
  private void finish() throws IOException {
    int found = method == STORED ? (int) storedCrc.getValue() : part.crc();
    long length = method == STORED ? size : part.length();
    int signature = input.littleInt();
    if (sizesFollow) {
      crc = signature == DESCRIPTOR ? input.littleInt() : signature;
      input.skip(zip64 ? Long.BYTES : Integer.BYTES); // the packed size, which was seen
      size = zip64 ? input.littleLong() : input.littleInt() & 0xffff_ffffL;
      signature = input.littleInt();
    }
    if (crc != found) {
      throw new IOException(
          "zip: the archive says CRC %08x, the file has %08x".formatted(crc, found));
    }
    if (size != length) {
      throw new IOException("zip: the archive says " + size + " bytes, the file has " + length);
    }
    readDirectory(signature);
  }

  private void readDirectory(int first) throws IOException {
    if (first == LOCAL) {
      throw several();
    }
    if (first != CENTRAL) {
      throw new IOException("zip: no central directory behind the file");
    }
    input.skip(24); // what was said before: versions, method, checksum, sizes
    int name = input.littleShort();
    int extra = input.littleShort();
    int comment = input.littleShort();
    input.skip(12L + name + extra + comment);
    int signature = input.littleInt();
    if (signature == CENTRAL) {
      throw several();
    }
    if (signature == END_64) {
      long length = input.littleLong();
      if (length < 0) {
        throw new IOException("zip: an end record of " + length + " bytes");
      }
      input.skip(length);
      signature = input.littleInt();
    }
    if (signature == LOCATOR_64) {
      input.skip(16);
      signature = input.littleInt();
    }
    if (signature != END) {
      throw new IOException("zip: no end record behind the central directory");
    }
    input.skip(4); // disk numbers
    int here = input.littleShort();
    int all = input.littleShort();
    if (here != all || all != 1 && all != IN_RECORD_64) {
      throw new IOException("zip: the end record lists " + all + " files, there is one");
    }
    input.skip(8); // size and place of the directory
    input.skip(input.littleShort());
    if (!input.isAtEnd()) {
      throw new IOException("zip: something follows the end record");
    }
  }

  private static UnsupportedFeatureException several() {
    return new UnsupportedFeatureException("zip: the archive holds more than one file");
  }

  @Override
  public void close() throws IOException {
    part.close();
  }
}
