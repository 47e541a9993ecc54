package dev.platter.dmg;

import dev.platter.legacy.Disks;
import dev.platter.legacy.Lies;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** One lie each, told in a file that is otherwise right. */
class DmgAttackTest {
  private static final byte[] CONTENT = Disks.random(200 << 10, 3);
  private static final int FIRST = UdifWriter.HEADER + 40;

  private static UdifWriter writer() {
    try {
      return new UdifWriter()
          .part("one", Arrays.copyOf(CONTENT, 100 << 10), 8, UdifWriter.ZLIB)
          .part("two", Arrays.copyOfRange(CONTENT, 100 << 10, 200 << 10), 8, UdifWriter.RAW);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static final Lies LIES =
      new Lies(new DmgFormat(), writer().build(), ByteOrder.BIG_ENDIAN);

  /** A lie in the trailer, whose offsets count from its beginning. */
  private static void inTrailer(String words, int at, long value) {
    LIES.refused(words, file -> file.putLong(file.capacity() - 512 + at, value));
  }

  /** A lie in the table of the first part. */
  private static void inTable(String words, Consumer<ByteBuffer> lie) {
    UdifWriter writer = writer();
    lie.accept(ByteBuffer.wrap(writer.table(0)));
    LIES.refused(words, writer.build());
    LIES.refused(words, writer.buildOld());
  }

  /** Where the first chunk with data stands in the table. */
  private static int data(ByteBuffer table) {
    int at = FIRST;
    while (table.getInt(at) != UdifWriter.ZLIB) {
      at += 40;
    }
    return at;
  }

  @Test
  void trailersThatAreNone() {
    for (int length : new int[] {0, 511, LIES.honest().length - 1}) {
      LIES.refused("trailer of a disk image", Arrays.copyOf(LIES.honest(), length));
    }
    inTrailer("version 5", 0, 0x6b6f6c79_00000005L);
    inTrailer("trailer of a disk image", 8, 513L << 32);
    inTrailer("it is part 2 of an image in 3 files", 56, 2L << 32 | 3);
    inTrailer("in 4294967295 files", 56, -1);
  }

  @Test
  void placesOutsideTheFile() {
    for (long at : new long[] {1L << 40, Long.MAX_VALUE, Long.MIN_VALUE, -1}) {
      inTrailer("the data begin", 24, at);
      inTrailer("the property list lies", 216, at);
      inTrailer("the property list lies", 224, at);
    }
    inTrailer("neither a property list nor", 224, 0);
  }

  /** Whoever believed the trailer would cut the disk, and whoever did not would find nothing. */
  @Test
  void disksOfAnotherSizeThanTheTablesSay() {
    inTrailer("do not fit on a disk of 399 sectors", 492, 399);
    inTrailer("do not fit on a disk of 0 sectors", 492, 0);
    inTrailer("no table tells of sector 400", 492, 401);
    inTrailer("size is impossible", 492, -1);
    inTrailer("size is impossible", 492, Long.MAX_VALUE);
  }

  @Test
  void tablesThatAreNone() {
    inTable("does not begin with 'mish'", table -> table.putInt(0, 0));
    inTable("is of version 2", table -> table.putInt(4, 2));
    inTable("do not fit", table -> table.putLong(8, -1));
    inTable("do not fit", table -> table.putLong(8, Long.MAX_VALUE));
    inTable("do not fit", table -> table.putLong(16, -1));
    inTable("chunks in", table -> table.putInt(200, -1));
    inTable("chunks in", table -> table.putInt(200, table.getInt(200) + 1));
    inTable("ends it, of", table -> table.putInt(FIRST, -1));
    inTable("two chunks have sector", table -> table.putLong(8, 100));
  }

  @Test
  void chunksElsewhere() {
    for (long value : new long[] {-1, 201, Long.MAX_VALUE, Long.MIN_VALUE}) {
      inTable("the table is of 200 sectors", table -> table.putLong(FIRST + 8, value));
      inTable("the table is of 200 sectors", table -> table.putLong(FIRST + 16, value));
    }
    for (long value : new long[] {-1, 1L << 40, Long.MAX_VALUE, Long.MIN_VALUE}) {
      inTable("past the trailer", table -> table.putLong(24, value));
      inTable("past the trailer", table -> table.putLong(data(table) + 24, value));
      inTable("past the trailer", table -> table.putLong(data(table) + 32, value));
    }
    inTable("past the trailer", table -> table.putLong(data(table) + 32, 0));
    inTable("two chunks have", table -> table.putLong(FIRST + 40 + 8, 0));
    inTable("no table tells of sector 0", table -> table.putInt(FIRST, UdifWriter.COMMENT));
  }

  @Test
  void chunksOfOtherKindsAndLengths() {
    inTable("unknown kind, 0x80000003", table -> table.putInt(data(table), 0x80000003));
    inTable("unknown kind, 0x3", table -> table.putInt(data(table), 3));
    inTable("zlib stream", table -> table.putLong(data(table) + 32, 2));
    inTable("bzip2 stream", table -> table.putInt(data(table), UdifWriter.BZIP2));
    inTable("xz stream", table -> table.putInt(data(table), UdifWriter.XZ));
    inTable("lzfse stream", table -> table.putInt(data(table), UdifWriter.LZFSE));
    inTable("bytes in the file", table -> table.putInt(data(table), UdifWriter.RAW));
    inTable(
        "bytes in the file",
        table -> {
          int at = data(table);
          table.putInt(at, UdifWriter.RAW).putLong(at + 32, 8 * 512 + 1);
        });
  }

  /** A few bytes that say they hold gigabytes. */
  @Test
  void aChunkOfGigabytes() {
    UdifWriter writer = writer();
    ByteBuffer table = ByteBuffer.wrap(writer.table(1));
    int at = data0(table);
    table.putLong(8, 200).putLong(16, 1L << 30).putInt(at, UdifWriter.ZLIB);
    table.putLong(at + 16, 1L << 23);
    byte[] file = writer.build();
    ByteBuffer.wrap(file).putLong(file.length - 20, 1L << 31);
    LIES.refused("at most", file);
  }

  private static int data0(ByteBuffer table) {
    int at = FIRST;
    while (table.getInt(at) != UdifWriter.RAW) {
      at += 40;
    }
    return at;
  }

  @Test
  void propertyListsThatAreNone() {
    String list =
        "<plist><dict><key>resource-fork</key><dict><key>blkx</key><array><dict>%s</dict>"
            + "</array></dict></dict></plist>";
    LIES.refused("without data", writer().build(list.formatted("")));
    LIES.refused("not base64", writer().build(list.formatted("<key>Data</key><data>?!</data>")));
    LIES.refused("'mish'", writer().build(list.formatted("<key>Data</key><data>AAAA</data>")));
    LIES.refused("no resources 'blkx'", writer().build("<plist><dict/></plist>"));
    LIES.refused("well-formed", writer().build("<plist><dict>"));
    LIES.refused("nested more than", writer().build("<dict>".repeat(100_000)));
    LIES.refused(
        "document type or entities",
        writer().build("<!DOCTYPE plist [<!ENTITY a 'b'>]><plist><dict/></plist>"));
    LIES.refused(
        "document type or entities",
        writer()
            .build(
                "<!DOCTYPE plist SYSTEM 'file:///etc/passwd' [<!ENTITY % a SYSTEM 'x'> %a;]>"
                    + "<plist/>"));
    LIES.refused(
        "document type or entities",
        writer().build("<!--<!DOCTYPE a>--><!DOCTYPE plist [<!ENTITY a 'b'>]><plist/>"));
  }

  @Test
  void resourceForksThatPointElsewhere() {
    byte[] honest = writer().buildOld();
    Lies old = new Lies(new DmgFormat(), honest, ByteOrder.BIG_ENDIAN);
    int fork = (int) ByteBuffer.wrap(honest).getLong(honest.length - 512 + 40);
    for (int value : new int[] {-1, 1 << 30, Integer.MIN_VALUE}) {
      old.refused("past its end", file -> file.putInt(fork, value));
      old.refused("past its end", file -> file.putInt(fork + 4, value));
      old.refused("past its end", file -> file.putInt(fork + 256, value));
    }
  }
}
