package dev.platter.guest.files.btrfs;

import dev.platter.codec.CodecException;
import dev.platter.codec.Codecs;
import dev.platter.codec.Decoder;
import dev.platter.codec.Encoding;
import dev.platter.codec.Lzo;
import dev.platter.codec.Packing;
import dev.platter.guest.files.ArraySource;
import dev.platter.guest.files.Bytes;
import dev.platter.guest.files.MappedSource;
import dev.platter.guest.files.Source;
import dev.platter.image.Fault;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Map;
import java.util.TreeMap;

/** A file's bytes on btrfs: extents that are inline or not, compressed or not. */
final class BtrfsFile extends MappedSource {
  private static final int INLINE = 0;
  private static final int REGULAR = 1;
  private static final int PREALLOCATED = 2;
  private static final int INLINE_DATA = 21;
  private static final int NONE = 0;
  private static final int ZLIB = 1;
  private static final int LZO = 2;
  private static final int ZSTD = 3;

  private static final long MAX_EXTENT = 1L << 60;

  /** An extent is compressed in pieces of at most 128 KiB. */
  private static final int MAX_COMPRESSED = 1 << 17;

  private final Source logical;
  private final int sectorSize;
  private final TreeMap<Long, Bytes> extents = new TreeMap<>();
  private Bytes decodedOf;
  private Source decoded;

  BtrfsFile(String name, long size, Source logical, int sectorSize) {
    super(name, size, logical.budget());
    this.logical = logical;
    this.sectorSize = sectorSize;
  }

  int extents() {
    return extents.size();
  }

  void add(long offset, Bytes item) {
    extents.put(offset, item);
  }

  @Override
  protected Piece pieceAt(long offset) throws IOException {
    Map.Entry<Long, Bytes> floor = extents.floorEntry(offset);
    if (floor != null) {
      Piece piece = pieceOf(floor.getValue(), offset - floor.getKey());
      if (piece != null) {
        return piece;
      }
    }
    Long next = extents.higherKey(offset);
    return Piece.zeros((next == null ? size() : next) - offset);
  }

  /** Null: the extent ends before that. */
  private Piece pieceOf(Bytes item, long within) throws IOException {
    int type = item.u8(20);
    int compression = item.u8(16);
    item.require(type <= PREALLOCATED, "file extent of type " + type);
    if (item.u8(17) != 0 || item.u16(18) != 0) {
      throw Fault.on(name()).unsupported("encrypted");
    }
    long length;
    long skip = 0;
    if (type == INLINE) {
      length = compression == NONE ? item.length() - INLINE_DATA : item.u63(8);
    } else {
      length = item.u63(45);
      skip = item.u63(37);
      item.require(
          length <= MAX_EXTENT && skip <= MAX_EXTENT && item.u63(21) <= Long.MAX_VALUE / 2,
          "file extent of " + length + " bytes, " + skip + " skipped");
    }
    if (within >= length) {
      return null;
    }
    long left = length - within;
    if (type == PREALLOCATED || type == REGULAR && item.i64(21) == 0) {
      return Piece.zeros(left);
    }
    if (compression != NONE) {
      Source whole = decode(item, type, compression);
      return new Piece(left, whole, skip + within);
    }
    if (type == INLINE) {
      Bytes data = item.from(INLINE_DATA);
      return new Piece(left, new ArraySource(name(), data.array(), logical.budget()), within);
    }
    return new Piece(left, logical, item.u63(21) + skip + within);
  }

  private Source decode(Bytes item, int type, int compression) throws IOException {
    if (decodedOf != item) {
      long length = item.u63(8);
      long stored = type == INLINE ? item.length() - INLINE_DATA : item.u63(29);
      item.require(
          length <= MAX_COMPRESSED && stored <= MAX_COMPRESSED,
          stored + " compressed bytes of " + length + ", at most " + MAX_COMPRESSED);
      Bytes from = type == INLINE ? item.from(INLINE_DATA) : logical.read(item.u63(21), stored);
      // What is missing up to the extent's length was past the end of the file: zeros.
      byte[] target = new byte[(int) length];
      switch (compression) {
        case ZLIB -> inflate(from, target);
        case LZO -> unpackLzo(from, target, type == INLINE);
        case ZSTD -> decodeZstd(from, target);
        default -> throw Fault.on(name()).unsupported("compression " + compression);
      }
      decoded = new ArraySource(name(), target, logical.budget());
      decodedOf = item;
    }
    return decoded;
  }

  private static void inflate(Bytes from, byte[] target) throws IOException {
    try {
      Packing.ZLIB.unpack(from.array(), target);
    } catch (CodecException e) {
      throw from.wrong("damaged zlib data", e);
    }
  }

  /** Segments, each with its length in front of it, which does not cross a sector's border. */
  private void unpackLzo(Bytes from, byte[] target, boolean inline) throws IOException {
    long total = Math.min(from.u32(0), from.length());
    byte[] all = from.array();
    int done = 0;
    for (long at = 4; at + 4 <= total && done < target.length; ) {
      long length = from.u32(at);
      if (length == 0) {
        break;
      }
      int left = target.length - done;
      int room = inline ? left : Math.min(sectorSize, left);
      from.require(
          length <= from.length() - at - 4, "a segment of " + length + " bytes of lzo data");
      try {
        done += Lzo.decode(all, (int) at + 4, (int) length, target, done, room);
      } catch (CodecException e) {
        throw from.wrong("damaged lzo data", e);
      }
      at += 4 + length;
      long behind = sectorSize - at % sectorSize;
      at += behind < 4 ? behind : 0;
    }
  }

  private void decodeZstd(Bytes from, byte[] target) throws IOException {
    long declared = ZstdFrame.contentSize(from).orElse(target.length);
    from.require(declared <= target.length, "zstd frame of " + declared + " bytes");
    try (Decoder decoder = Codecs.newDecoder(Encoding.ZSTD)) {
      decoder.decode(
          MemorySegment.ofArray(from.array()), MemorySegment.ofArray(target).asSlice(0, declared));
    } catch (CodecException e) {
      throw from.wrong("damaged zstd data", e);
    } catch (IllegalStateException e) {
      throw Fault.on(name()).unsupported(e.getMessage(), e);
    }
  }
}
