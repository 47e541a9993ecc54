package dev.platter.guest.packages.rpm;

import dev.platter.guest.files.Bytes;
import dev.platter.guest.files.Source;
import java.io.IOException;
import java.util.Optional;

/**
 * A database of SQLite, as its readers see it: what was committed to a log beside it counts
 * ("SQLite Database File Format"). Tables alone are read. Numbers are big-endian.
 */
final class SqliteFile {
  private static final int HEADER = 100;
  private static final String MAGIC = "SQLite format 3\0";
  private static final int WITH_LOG = 2;
  private static final int LEAF = 13;
  private static final int INNER = 5;
  private static final int MAX_DEPTH = 24;
  private static final int LEAST_USABLE = 480;
  private static final int ROOT_OF_SCHEMA = 1;
  private static final int SCHEMA_NAME = 1;
  private static final int SCHEMA_ROOT = 3;

  private final Source file;
  private final Optional<SqliteLog> log;
  private final int pageSize;
  private final int usable;
  private final PageUse use;

  private SqliteFile(Source file, Bytes header, Optional<SqliteLog> log) throws IOException {
    this.file = file;
    this.log = log;
    this.pageSize = pageSize(header);
    this.usable = pageSize - header.u8(20);
    header.require(usable >= LEAST_USABLE, usable + " bytes of a page are used");
    long pages = log.isPresent() ? log.get().pages() : file.size() / pageSize;
    this.use = new PageUse(file.name(), pages + 1); // the first one has the number 1
    use.meet(0);
  }

  /**
   * Opens a database.
   *
   * @param log the file of the same name with {@code -wal}; empty: there is none
   */
  static SqliteFile open(Source file, Optional<Source> log) throws IOException {
    Bytes header = file.read(0, HEADER).big();
    header.require(header.has(0, MAGIC), "no database of SQLite");
    Optional<SqliteLog> committed =
        log.isPresent() && header.u8(19) == WITH_LOG
            ? SqliteLog.read(log.get(), pageSize(header))
            : Optional.empty();
    return new SqliteFile(file, header, committed);
  }

  private static int pageSize(Bytes header) throws IOException {
    int size = header.u16(16) == 1 ? 1 << 16 : header.u16(16);
    header.require(size >= 512 && Integer.bitCount(size) == 1, "pages of " + size + " bytes");
    return size;
  }

  /** Takes rows. */
  interface RowTaker {
    void take(SqliteRow row) throws IOException;
  }

  /** Hands out the rows of a table, by their numbers. */
  void read(String table, RowTaker taker) throws IOException {
    long[] root = {0};
    readPage(
        ROOT_OF_SCHEMA,
        0,
        row -> {
          if (row.text(SCHEMA_NAME).equals(table)) {
            root[0] = row.number(SCHEMA_ROOT);
          }
        });
    Bytes header = file.read(0, HEADER);
    header.require(root[0] > 0, "no table " + table);
    readPage(root[0], 0, taker);
  }

  private void readPage(long number, int depth, RowTaker taker) throws IOException {
    use.meet(number);
    Bytes page = place(number).read(pageSize);
    int head = number == ROOT_OF_SCHEMA ? HEADER : 0;
    int type = page.u8(head);
    int cells = page.u16(head + 3);
    page.require(
        type == LEAF || type == INNER && depth < MAX_DEPTH,
        "a page of type " + type + " at depth " + depth);
    int pointers = head + (type == LEAF ? 8 : 12);
    for (int i = 0; i < cells; i++) {
      int cell = page.u16(pointers + 2L * i);
      if (type == LEAF) {
        taker.take(row(number, page, cell));
      } else {
        readPage(page.u32(cell), depth + 1, taker);
      }
    }
    if (type == INNER) {
      readPage(page.u32(head + 8), depth + 1, taker);
    }
  }

  private SqliteRow row(long number, Bytes page, int cell) throws IOException {
    Varint size = Varint.at(page, cell);
    Varint rowNumber = Varint.at(page, size.end());
    int start = rowNumber.end();
    long payload = size.value();
    page.require(payload > 0 && payload <= 1L << 31, "a row of " + payload + " bytes");
    long most = usable - 35L;
    long least = (usable - 12L) * 32 / 255 - 23;
    long fitting = least + (payload - least) % (usable - 4L);
    long local = payload <= most ? payload : fitting <= most ? fitting : least;
    page.require(start + local <= usable, "a row at " + cell + " of " + usable);
    long next = local < payload ? page.u32(start + local) : 0;
    Place place = place(number);
    PageChain.Link first = new PageChain.Link(place.source(), place.offset() + start, local, next);
    return new SqliteRow(new PageChain(file.name(), payload, file.budget(), first, this::overflow));
  }

  private PageChain.Link overflow(long number) throws IOException {
    use.meet(number);
    Place place = place(number);
    long next = place.read(4).u32(0);
    return new PageChain.Link(place.source(), place.offset() + 4, usable - 4L, next);
  }

  private record Place(Source source, long offset) {
    Bytes read(int length) throws IOException {
      return source.read(offset, length).big();
    }
  }

  private Place place(long number) {
    Optional<Long> logged = log.isPresent() ? log.get().offsetOf(number) : Optional.empty();
    return logged.isPresent()
        ? new Place(log.get().file(), logged.get())
        : new Place(file, (number - 1) * pageSize);
  }

  /** A number of one to nine bytes, and where it ends. */
  record Varint(long value, int end) {
    static Varint at(Bytes bytes, long from) throws IOException {
      long value = 0;
      int at = (int) from;
      for (int i = 0; i < 8; i++) {
        int next = bytes.u8(at++);
        value = value << 7 | next & 0x7F;
        if (next < 0x80) {
          return new Varint(value, at);
        }
      }
      return new Varint(value << 8 | bytes.u8(at++), at);
    }
  }
}
