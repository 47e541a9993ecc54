package dev.platter.guest.packages.rpm;

import dev.platter.guest.files.Bytes;
import dev.platter.guest.files.Source;
import java.io.IOException;

/**
 * A hash of Berkeley DB, versions 3 to 5, in whichever order of bytes it was written: what RPM
 * before 4.16 keeps in {@code Packages}. Only its values are read, bucket by bucket. Names are
 * those of Berkeley DB's own {@code db_page.h}.
 */
final class BerkeleyHash {
  private static final int META = 512;
  private static final int MAGIC = 12;
  private static final int DB_HASHMAGIC = 0x061561;
  private static final int PAGE_HEADER = 26;
  private static final int P_INVALID = 0;
  private static final int P_HASH_UNSORTED = 2;
  private static final int P_OVERFLOW = 7;
  private static final int P_HASHMETA = 8;
  private static final int P_HASH = 13;
  private static final int H_KEYDATA = 1;
  private static final int H_OFFPAGE = 3;
  private static final int DBMETA_CHKSUM = 1;
  private static final int SPARES = 32;

  /** The key of what is no package: the number that the next one gets. */
  private static final int NO_PACKAGE = 0;

  private final Source file;
  private final Bytes meta;
  private final boolean isBig;
  private final int pageSize;
  private final PageUse use;

  private BerkeleyHash(Source file, Bytes meta, boolean isBig) throws IOException {
    this.file = file;
    this.meta = meta;
    this.isBig = isBig;
    long size = meta.u32(20);
    boolean isPower = Long.bitCount(size) == 1 && size >= META && size <= 1 << 16;
    meta.require(isPower && meta.u8(25) == P_HASHMETA, "pages of " + size + " bytes");
    if (meta.u8(24) != 0 || (meta.u8(26) & DBMETA_CHKSUM) != 0) {
      throw meta.unsupported("a database with checksums or encryption");
    }
    this.pageSize = (int) size;
    this.use = new PageUse(file.name(), file.size() / pageSize);
    use.meet(0);
  }

  /** Hands out the headers of all packages. */
  static void read(Source file, HeaderTaker taker) throws IOException {
    Bytes meta = file.read(0, META);
    boolean isBig = meta.i32(MAGIC) != DB_HASHMAGIC;
    Bytes ordered = isBig ? meta.big() : meta;
    meta.require(ordered.i32(MAGIC) == DB_HASHMAGIC, "no hash of Berkeley DB");
    new BerkeleyHash(file, ordered, isBig).readBuckets(taker);
  }

  private void readBuckets(HeaderTaker taker) throws IOException {
    long last = meta.u32(72);
    meta.require(last < file.size() / pageSize, "bucket " + last + " lies outside");
    for (long bucket = 0; bucket <= last; bucket++) {
      // Buckets come in groups that double; each group's pages lie together.
      int group = 64 - Long.numberOfLeadingZeros(bucket);
      meta.require(group < SPARES, "bucket " + bucket);
      readBucket(bucket + meta.u32(96 + 4L * group), taker);
    }
  }

  private void readBucket(long first, HeaderTaker taker) throws IOException {
    for (long number = first; number != 0; ) {
      use.meet(number);
      Bytes page = read(number * pageSize, pageSize);
      int type = page.u8(25);
      if (type == P_INVALID && number == first) {
        return; // set aside for a bucket in which nothing has been yet
      }
      page.require(type == P_HASH || type == P_HASH_UNSORTED, "a page of type " + type);
      readItems(page, number, taker);
      number = page.u32(16);
    }
  }

  /** Items grow from the end of the page, a key and its value in turn. */
  private void readItems(Bytes page, long number, HeaderTaker taker) throws IOException {
    int entries = page.u16(20);
    page.require(entries % 2 == 0, entries + " items");
    long end = pageSize;
    for (int i = 0; i < entries; i += 2) {
      long key = start(page, i, entries, end);
      long value = start(page, i + 1, entries, key);
      boolean isPackage =
          page.u8(key) != H_KEYDATA || end - key != 5 || page.i32(key + 1) != NO_PACKAGE;
      if (isPackage) {
        taker.take(value(page, number, value, key - value));
      }
      end = value;
    }
  }

  private static long start(Bytes page, int item, int entries, long end) throws IOException {
    long start = page.u16(PAGE_HEADER + 2L * item);
    page.require(
        start >= PAGE_HEADER + 2L * entries && start < end, "item " + item + " at " + start);
    return start;
  }

  private Source value(Bytes page, long number, long at, long length) throws IOException {
    int type = page.u8(at);
    if (type == H_KEYDATA) {
      return file.window(file.name(), number * pageSize + at + 1, length - 1, file.budget());
    }
    page.require(type == H_OFFPAGE, "an item of type " + type);
    long size = page.u32(at + 8);
    return new PageChain(file.name(), size, file.budget(), link(page.u32(at + 4)), this::link);
  }

  private PageChain.Link link(long number) throws IOException {
    use.meet(number);
    long at = number * pageSize;
    Bytes header = read(at, PAGE_HEADER);
    header.require(header.u8(25) == P_OVERFLOW, "no page of a large value");
    int length = header.u16(22);
    header.require(length <= pageSize - PAGE_HEADER, length + " bytes in a page");
    return new PageChain.Link(file, at + PAGE_HEADER, length, header.u32(16));
  }

  /** Bytes from the file, their numbers in the order that the database has. */
  private Bytes read(long at, long length) throws IOException {
    Bytes bytes = file.read(at, length);
    return isBig ? bytes.big() : bytes;
  }
}
