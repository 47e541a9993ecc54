package dev.platter.wrap;

import dev.platter.image.Fault;
import dev.platter.image.ImageException;
import dev.platter.image.UnsupportedFeatureException;
import java.io.IOException;
import java.io.InputStream;
import java.util.zip.CRC32;

/**
 * The one file in a zip archive, read from front to back (APPNOTE 6.3): headers and files, then the
 * central directory, which must list as many. Directories and what systems leave beside files do
 * not count.
 */
final class ZipStream extends Unpacked {
  static final int LOCAL = 0x0403_4b50;
  static final int END = 0x0605_4b50;

  /** Before the first header of an archive that was to be split, and fitted into one part. */
  static final int ONE_PART = 0x3030_4b50;

  private static final int DESCRIPTOR = 0x0807_4b50;
  private static final int CENTRAL = 0x0201_4b50;
  private static final int END_64 = 0x0606_4b50;
  private static final int LOCATOR_64 = 0x0706_4b50;
  private static final int IN_RECORD_64 = 0xffff;

  /** More than systems leave beside files, which is read and thrown away. */
  private static final long MAX_LEFT_OUT = 64 << 20;

  private final PackedInput input;
  private final CRC32 crc = new CRC32();
  private final byte[] scratch = new byte[1 << 13];
  private ZipEntry entry;
  private ZipPart part;
  private InputStream content;
  private long length;
  private int signature;
  private int entries;
  private String found;
  private boolean ended;

  ZipStream(InputStream packed) {
    input = new PackedInput(packed);
  }

  @Override
  public int read(byte[] target, int offset, int count) throws IOException {
    if (ended) {
      return -1;
    }
    if (content == null) {
      begin();
    }
    int done = next(target, offset, count);
    if (done < 0) {
      leaveOut();
      readDirectory();
      ended = true;
    }
    return done;
  }

  /** Goes to the bytes of the first file that counts. */
  private void begin() throws IOException {
    signature = input.littleInt();
    if (signature == ONE_PART) {
      signature = input.littleInt();
    }
    leaveOut();
    if (content == null) {
      readDirectory();
      throw Fault.ofFormat("zip").unsupported("there is no file in the archive");
    }
  }

  /** Goes over what does not count, up to a file that does or the central directory. */
  private void leaveOut() throws IOException {
    while (signature == LOCAL) {
      entry = ZipEntry.read(input);
      entries++;
      if (!SystemFiles.isOne(entry.name()) && !entry.isDirectory()) {
        if (found != null) {
          throw several(entry.name());
        }
        found = entry.name();
        open();
        return;
      }
      open();
      while (next(scratch, 0, scratch.length) >= 0) {
        if (length > MAX_LEFT_OUT) {
          throw Fault.ofFormat("zip")
              .unsupported(
                  "'" + ImageException.printable(entry.name()) + "' is too large to be left out");
        }
      }
      content = null;
    }
  }

  private void open() throws IOException {
    crc.reset();
    length = 0;
    part = new ZipPart(input, entry.packed());
    content = entry.open(input, part);
  }

  /** The next bytes of the file at hand; at its end, what is said of it has been compared. */
  private int next(byte[] target, int offset, int count) throws IOException {
    int done = content.read(target, offset, count);
    if (done >= 0) {
      crc.update(target, offset, done);
      length += done;
      return done;
    }
    finish();
    return -1;
  }

  private void finish() throws IOException {
    int expected = entry.crc();
    long size = entry.size();
    if (!entry.endsByItself()) {
      part.skipRest();
    }
    signature = input.littleInt();
    if (entry.sizesFollow()) {
      expected = signature == DESCRIPTOR ? input.littleInt() : signature;
      input.skip(entry.zip64() ? Long.BYTES : Integer.BYTES); // the packed size, which was seen
      size = entry.zip64() ? input.littleLong() : input.littleInt() & 0xffff_ffffL;
      signature = input.littleInt();
    }
    int sum = (int) crc.getValue();
    if (expected != sum) {
      throw new IOException(
          "zip: the archive says CRC %08x, the file has %08x".formatted(expected, sum));
    }
    if (size != length) {
      throw new IOException("zip: the archive says " + size + " bytes, the file has " + length);
    }
  }

  private void readDirectory() throws IOException {
    int listed = 0;
    for (; signature == CENTRAL; listed++) {
      input.skip(24); // what was said before: versions, method, checksum, sizes
      int name = input.littleShort();
      int extra = input.littleShort();
      int comment = input.littleShort();
      input.skip(12L + name + extra + comment);
      signature = input.littleInt();
    }
    if (listed != entries) {
      throw new IOException(
          "zip: the central directory lists " + listed + " files, there are " + entries);
    }
    if (signature == END_64) {
      long rest = input.littleLong();
      if (rest < 0) {
        throw new IOException("zip: an end record of " + rest + " bytes");
      }
      input.skip(rest);
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
    if (here != all || all != entries && all != IN_RECORD_64) {
      throw new IOException("zip: the end record lists " + all + " files, there are " + entries);
    }
    input.skip(8); // size and place of the directory
    input.skip(input.littleShort());
    if (!input.isAtEnd()) {
      throw new IOException("zip: something follows the end record");
    }
  }

  private UnsupportedFeatureException several(String second) {
    return Fault.ofFormat("zip")
        .unsupported(
            "the archive holds more than one file: '%s', '%s'"
                .formatted(ImageException.printable(found), ImageException.printable(second)));
  }

  @Override
  public void close() throws IOException {
    try (input) {
      if (content != null) {
        content.close();
      }
    }
  }
}
