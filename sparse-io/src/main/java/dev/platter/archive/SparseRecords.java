package dev.platter.archive;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What GNU tar's pax records say of one sparse member, in their three forms. */
final class SparseRecords {
  static final String PREFIX = "GNU.sparse.";
  static final int MAX_PIECES = 1 << 20;

  private boolean present;
  private boolean before;
  private String name;
  private long size = -1;
  private final List<Long> numbers = new ArrayList<>();

  /** The numbers of a map that lies before the bytes, one a line. */
  interface Lines {
    long next() throws IOException;
  }

  boolean isPresent() {
    return present;
  }

  void add(String key, String value) throws IOException {
    present = true;
    switch (key) {
      case "name" -> name = value;
      case "size", "realsize" -> size = number(key, value);
      case "major" -> {
        before = !value.equals("0");
        if (!value.equals("0") && !value.equals("1")) {
          throw new IOException("a sparse tar member of the form " + value);
        }
      }
      case "offset", "numbytes" -> numbers.add(number(key, value));
      case "map" -> {
        for (String text : value.split(",", -1)) {
          numbers.add(number(key, text));
        }
      }
      default -> {} // "minor", "numblocks"
    }
  }

  Optional<String> name() {
    return Optional.ofNullable(name);
  }

  long size() throws IOException {
    if (size < 0) {
      throw new IOException("a sparse tar member does not tell its size");
    }
    return size;
  }

  /**
   * The parts that are stored; the lines are read in the form that has the map before the bytes.
   */
  List<TarMember.Piece> pieces(Lines lines) throws IOException {
    List<TarMember.Piece> pieces = new ArrayList<>();
    if (before) {
      long count = lines.next();
      if (count > MAX_PIECES) {
        throw tooMany();
      }
      for (long i = 0; i < count; i++) {
        pieces.add(new TarMember.Piece(lines.next(), lines.next()));
      }
      return List.copyOf(pieces);
    }
    if (numbers.size() % 2 != 0) {
      throw new IOException("the map of a sparse tar member is damaged");
    }
    for (int i = 0; i < numbers.size(); i += 2) {
      pieces.add(new TarMember.Piece(numbers.get(i), numbers.get(i + 1)));
    }
    return List.copyOf(pieces);
  }

  static long number(String key, String value) throws IOException {
    if (!value.matches("[0-9]{1,18}")) {
      throw new IOException("a pax record of the tar says " + key + " '" + value + "'");
    }
    return Long.parseLong(value);
  }

  static IOException tooMany() {
    return new IOException("a sparse tar member of more than " + MAX_PIECES + " parts");
  }
}
