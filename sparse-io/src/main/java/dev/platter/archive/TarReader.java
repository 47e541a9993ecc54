package dev.platter.archive;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The members of a tar archive, one after the other. Reads headers only, and never goes back, so
 * the archive may be a stream. For one thread at a time.
 */
public final class TarReader {
  /** More members than any archive around disks has. */
  private static final int MAX_MEMBERS = 10_000;

  /** The most that the headers before a member may take: long names and pax records. */
  private static final int MAX_EXTENSION = 1 << 20;

  private static final int OLD_SPARSE_AT = 386;
  private static final int OLD_SPARSE_COUNT = 4;
  private static final int OLD_SPARSE_MORE = 482;
  private static final int OLD_SPARSE_SIZE = 483;
  private static final int MORE_COUNT = 21;
  private static final int MORE_MORE = 504;
  private static final int NUMBER = 12;

  private final Bytes bytes;
  private long at;
  private int members;
  private boolean marked;

  /** Where the archive is read from. */
  @FunctionalInterface
  public interface Bytes {
    /**
     * Reads some bytes; {@code offset} never lies before the end of what was read before.
     *
     * @return how many; fewer than asked only at the end of the archive
     */
    int read(long offset, byte[] target) throws IOException;
  }

  /** An archive. */
  public TarReader(Bytes bytes) {
    this.bytes = bytes;
  }

  /** What headers before a member say of it. */
  private static final class Extension {
    private String name;
    private long size = -1;
    private final SparseRecords sparse = new SparseRecords();
  }

  /**
   * The next member; its bytes need not be read.
   *
   * @return empty at the end of the archive
   * @throws IOException if it is damaged; the message names no file
   */
  public Optional<TarMember> next() throws IOException {
    Extension extension = new Extension();
    while (true) {
      byte[] block = new byte[TarHeader.BLOCK];
      int count = bytes.read(at, block);
      if (count == 0) {
        return Optional.empty();
      }
      if (count < block.length) {
        throw endsEarly(at);
      }
      if (TarHeader.isZero(block)) {
        marked = true;
        at += TarHeader.BLOCK;
        return Optional.empty();
      }
      if (++members > MAX_MEMBERS) {
        throw new IOException("the tar has more than " + MAX_MEMBERS + " members");
      }
      long start = at;
      TarHeader header =
          TarHeader.parse(block)
              .orElseThrow(
                  () -> new IOException("there is no tar header at 0x" + Long.toHexString(start)));
      at += TarHeader.BLOCK;
      if ("xLKg".indexOf(header.type()) < 0) {
        return Optional.of(member(header, block, extension));
      }
      extend(header, extension);
    }
  }

  /** Where the next header is to lie; behind the end of the archive once that was found. */
  public long position() {
    return at;
  }

  /**
   * Whether the end that was found is one that is marked as such, and not only that of the file.
   */
  public boolean endIsMarked() {
    return marked;
  }

  private TarMember member(TarHeader header, byte[] block, Extension extension) throws IOException {
    String name = extension.name == null ? header.name() : extension.name;
    long stored = extension.size >= 0 ? extension.size : header.size();
    boolean link = header.type() >= '1' && header.type() <= '6';
    stored = link ? 0 : stored; // old tools tell the size of what a link leads to
    List<TarMember.Piece> pieces = List.of(new TarMember.Piece(0, stored));
    long size = stored;
    long end = Math.addExact(at, roundUp(stored));
    if (header.type() == 'S') {
      pieces = oldSparse(block);
      size = number(block, OLD_SPARSE_SIZE);
      end = Math.addExact(at, roundUp(stored));
    } else if (extension.sparse.isPresent()) {
      size = extension.sparse.size();
      name = extension.sparse.name().orElse(name);
      long before = at;
      pieces = extension.sparse.pieces(this::line);
      at = before + roundUp(at - before);
      stored -= at - before;
    }
    check(name, pieces, stored, size);
    TarMember member = new TarMember(name, header.type(), at, stored, size, pieces);
    at = end;
    return member;
  }

  private static void check(String name, List<TarMember.Piece> pieces, long stored, long size)
      throws IOException {
    long end = 0;
    long sum = 0;
    for (TarMember.Piece piece : pieces) {
      if (piece.offset() < end || piece.length() < 0 || piece.length() > size - piece.offset()) {
        throw new IOException("the map of the sparse tar member '" + name + "' is damaged");
      }
      end = piece.offset() + piece.length();
      sum += piece.length();
    }
    if (sum != stored) {
      throw new IOException(
          "the sparse tar member '%s' has %d bytes, its map tells of %d"
              .formatted(name, stored, sum));
    }
  }

  /** The map in GNU's own header, and in the blocks that may follow it. */
  private List<TarMember.Piece> oldSparse(byte[] header) throws IOException {
    List<TarMember.Piece> pieces = new ArrayList<>();
    addPieces(header, OLD_SPARSE_AT, OLD_SPARSE_COUNT, pieces);
    boolean more = header[OLD_SPARSE_MORE] != 0;
    while (more) {
      byte[] block = new byte[TarHeader.BLOCK];
      if (bytes.read(at, block) < block.length) {
        throw endsEarly(at);
      }
      at += block.length;
      addPieces(block, 0, MORE_COUNT, pieces);
      more = block[MORE_MORE] != 0;
      if (pieces.size() > SparseRecords.MAX_PIECES) {
        throw SparseRecords.tooMany();
      }
    }
    return List.copyOf(pieces);
  }

  private static void addPieces(byte[] block, int at, int count, List<TarMember.Piece> pieces)
      throws IOException {
    for (int i = 0; i < count; i++) {
      int entry = at + i * 2 * NUMBER;
      if (block[entry] != 0) {
        pieces.add(new TarMember.Piece(number(block, entry), number(block, entry + NUMBER)));
      }
    }
  }

  private static long number(byte[] block, int at) throws IOException {
    long number = TarHeader.number(block, at, NUMBER);
    if (number < 0) {
      throw new IOException("a number in a sparse tar member's header is damaged");
    }
    return number;
  }

  /** A decimal number of the map before a member's bytes, and the line's end. */
  private long line() throws IOException {
    byte[] one = new byte[1];
    long value = 0;
    for (int digits = 0; digits < 19; digits++) {
      if (bytes.read(at, one) < 1) {
        throw endsEarly(at);
      }
      at++;
      if (one[0] == '\n' && digits > 0) {
        return value;
      }
      if (one[0] < '0' || one[0] > '9') {
        break;
      }
      value = value * 10 + one[0] - '0';
    }
    throw new IOException("the map of a sparse tar member is damaged");
  }

  private void extend(TarHeader header, Extension extension) throws IOException {
    if (header.size() > MAX_EXTENSION) {
      throw new IOException(
          "a tar header of type '%c' has %d bytes, at most %d are expected"
              .formatted(header.type(), header.size(), MAX_EXTENSION));
    }
    byte[] text = new byte[(int) header.size()];
    if (bytes.read(at, text) < text.length) {
      throw endsEarly(at);
    }
    at += roundUp(text.length);
    if (header.type() == 'L') {
      String name = new String(text, StandardCharsets.UTF_8);
      int end = name.indexOf(0);
      extension.name = end < 0 ? name : name.substring(0, end);
    } else if (header.type() == 'x') {
      readRecords(text, extension);
    }
  }

  /** Records of the form {@code "LENGTH KEY=VALUE\n"}, the length that of the whole record. */
  private static void readRecords(byte[] bytes, Extension extension) throws IOException {
    for (int at = 0; at < bytes.length; ) {
      int space = at;
      while (space < bytes.length && bytes[space] >= '0' && bytes[space] <= '9') {
        space++;
      }
      String digits = new String(bytes, at, space - at, StandardCharsets.US_ASCII);
      int length = digits.matches("[0-9]{1,7}") ? Integer.parseInt(digits) : 0;
      if (length <= space - at + 1 || length > bytes.length - at) {
        throw new IOException("a pax record of the tar has an impossible length");
      }
      String record = new String(bytes, space + 1, at + length - space - 2, StandardCharsets.UTF_8);
      int equals = record.indexOf('=');
      String key = equals < 0 ? record : record.substring(0, equals);
      String value = record.substring(equals + 1);
      if (key.startsWith(SparseRecords.PREFIX)) {
        extension.sparse.add(key.substring(SparseRecords.PREFIX.length()), value);
      } else if (key.equals("path")) {
        extension.name = value;
      } else if (key.equals("size")) {
        extension.size = SparseRecords.number("size", value);
      }
      at += length;
    }
  }

  private static IOException endsEarly(long at) {
    return new IOException("the tar ends within a header at 0x" + Long.toHexString(at));
  }

  private static long roundUp(long length) throws IOException {
    if (length > Long.MAX_VALUE / 2) {
      throw new IOException("a tar member of " + length + " bytes");
    }
    return (length + TarHeader.BLOCK - 1) / TarHeader.BLOCK * TarHeader.BLOCK;
  }
}
