package dev.platter.guest.packages.rpm;

import dev.platter.guest.files.Bytes;
import dev.platter.guest.files.Source;
import java.io.IOException;

/**
 * A row of a table: a header with the type of each column, then their values.
 *
 * @param record both
 */
record SqliteRow(Source record) {
  private static final int MAX_HEADER = 1 << 12;
  private static final int FIRST_BLOB = 12;
  private static final int ZERO = 8;
  private static final int ONE = 9;

  /** Where a value lies. */
  private record Value(long type, long offset, long length) {}

  private Value value(int column) throws IOException {
    Bytes head = record.readUpTo(0, MAX_HEADER);
    SqliteFile.Varint length = SqliteFile.Varint.at(head, 0);
    int at = length.end();
    long offset = length.value();
    head.require(offset >= at && offset <= head.length(), "a row's header of " + offset + " bytes");
    for (int i = 0; ; i++) {
      head.require(at < offset, "a row of " + i + " columns");
      SqliteFile.Varint type = SqliteFile.Varint.at(head, at);
      at = type.end();
      long bytes = bytes(type.value());
      head.require(
          bytes >= 0 && bytes <= record.size() - offset,
          "a value of " + bytes + " bytes at " + offset + " of a row of " + record.size());
      if (i == column) {
        return new Value(type.value(), offset, bytes);
      }
      offset += bytes;
    }
  }

  private static long bytes(long type) {
    return switch (Math.clamp(type, -1, FIRST_BLOB)) {
      case 0, ZERO, ONE -> 0;
      case 1, 2, 3, 4 -> type;
      case 5 -> 6;
      case 6, 7 -> 8;
      case FIRST_BLOB -> (type - FIRST_BLOB) / 2;
      default -> -1;
    };
  }

  /** The text of a column; empty: something else is in it. */
  String text(int column) throws IOException {
    Value value = value(column);
    boolean isText = value.type() > FIRST_BLOB && value.type() % 2 == 1;
    if (!isText || value.length() > MAX_HEADER) {
      return "";
    }
    return record.read(value.offset(), value.length()).text(0, value.length());
  }

  /** The whole number of a column; 0: something else is in it. */
  long number(int column) throws IOException {
    Value value = value(column);
    if (value.type() < 1 || value.type() > 6) {
      return value.type() == ONE ? 1 : 0;
    }
    Bytes bytes = record.read(value.offset(), value.length());
    long number = (byte) bytes.u8(0);
    for (int i = 1; i < value.length(); i++) {
      number = number << 8 | bytes.u8(i);
    }
    return number;
  }

  /** The bytes of a column. */
  Source bytes(int column) throws IOException {
    Value value = value(column);
    boolean isBlob = value.type() >= FIRST_BLOB && value.type() % 2 == 0;
    record.readUpTo(0, 1).require(isBlob, "no bytes in column " + column);
    return record.window(record.name(), value.offset(), value.length(), record.budget());
  }
}
