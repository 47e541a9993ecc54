package dev.platter.dmg;

import dev.platter.codec.Encoding;
import dev.platter.image.ImageException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * The table of one part of the disk: {@code mish}, where it begins and how long it is, and what its
 * chunks are, in 40 bytes each.
 */
final class ChunkTable {
  private static final int MAGIC = 0x6d697368;
  private static final int VERSION = 1;
  private static final int CHECKSUM = 64;
  private static final int HEADER = 204;
  private static final int ENTRY = 40;

  /** What one chunk decodes to, at most, and so about how much memory it takes. */
  private static final int MAX_DECODED = 64 << 20;

  private static final int ZERO = 0;
  private static final int PLAIN = 1;
  private static final int IGNORE = 2;
  private static final int COMMENT = 0x7ffffffe;
  private static final int END = -1;

  private final String file;
  private final Trailer trailer;
  private final String part;
  private final MemorySegment bytes;

  private ChunkTable(String file, Trailer trailer, Resource resource) {
    this.file = file;
    this.trailer = trailer;
    this.part = resource.name();
    this.bytes = MemorySegment.ofArray(resource.table());
  }

  /** A table, checked; chunks that are nothing but words are left out. */
  static Part read(String file, Trailer trailer, Resource resource) throws ImageException {
    ChunkTable table = new ChunkTable(file, trailer, resource);
    List<Chunk> chunks = table.chunks();
    return new Part(table.part, Checksum.at(table.bytes, CHECKSUM), chunks);
  }

  private List<Chunk> chunks() throws ImageException {
    if (bytes.byteSize() < HEADER || bytes.get(Trailer.INT, 0) != MAGIC) {
      throw corrupt("it does not begin with 'mish', or ends within its header");
    }
    if (bytes.get(Trailer.INT, 4) != VERSION) {
      throw Trailer.unsupported(
          file,
          "the table of '%s' is of version %s, expected 1"
              .formatted(part, Integer.toUnsignedString(bytes.get(Trailer.INT, 4))));
    }
    long first = bytes.get(Trailer.LONG, 8);
    long sectors = bytes.get(Trailer.LONG, 16);
    if (first < 0 || sectors < 0 || first > trailer.sectors() - sectors) {
      throw corrupt(
          "%s sectors from %s on do not fit on a disk of %d sectors"
              .formatted(
                  Long.toUnsignedString(sectors), Long.toUnsignedString(first), trailer.sectors()));
    }
    long count = bytes.get(Trailer.INT, 200) & 0xffff_ffffL;
    if (count > (bytes.byteSize() - HEADER) / ENTRY) {
      throw corrupt("it has %d chunks in %d bytes".formatted(count, bytes.byteSize()));
    }
    List<Chunk> chunks = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      MemorySegment entry = bytes.asSlice(HEADER + (long) i * ENTRY, ENTRY);
      int kind = entry.get(Trailer.INT, 0);
      if (kind == END) {
        if (i != count - 1) {
          throw corrupt("chunk " + i + " ends it, of " + count);
        }
        break;
      }
      if (kind != COMMENT) {
        add(chunks, i, kind, entry, first, sectors);
      }
    }
    return chunks;
  }

  private void add(
      List<Chunk> chunks, int number, int kind, MemorySegment entry, long first, long sectors)
      throws ImageException {
    long start = entry.get(Trailer.LONG, 8);
    long length = entry.get(Trailer.LONG, 16);
    if (start < 0 || length < 0 || start > sectors - length) {
      throw corrupt(
          "chunk %d has %s sectors from %s on, the table is of %d sectors"
              .formatted(
                  number, Long.toUnsignedString(length), Long.toUnsignedString(start), sectors));
    }
    if (length == 0) {
      return;
    }
    long offset = (first + start) * Trailer.SECTOR;
    long disk = length * Trailer.SECTOR;
    if (kind == ZERO || kind == IGNORE) {
      chunks.add(new Chunk(offset, disk, null, kind == ZERO ? Chunk.ZEROS : Chunk.IGNORED, 0));
      return;
    }
    Encoding encoding = kind == PLAIN ? null : encoding(number, kind);
    long host = bytes.get(Trailer.LONG, 24);
    long hostLength = entry.get(Trailer.LONG, 32);
    long begin = entry.get(Trailer.LONG, 24);
    long dataLength = trailer.position() - trailer.dataOffset();
    if (host < 0
        || host > dataLength
        || begin < 0
        || hostLength < 1
        || begin > dataLength - host
        || hostLength > dataLength - host - begin) {
      throw corrupt(
          "chunk %d lies at 0x%x with 0x%x bytes, past the trailer at 0x%x"
              .formatted(number, begin, hostLength, trailer.position()));
    }
    long most = encoding == null ? disk : disk + disk / 8 + (64 << 10);
    if (encoding == null ? hostLength != disk : disk > MAX_DECODED || hostLength > most) {
      throw corrupt(
          "chunk %d of %d sectors has %d bytes in the file, at most %d are possible and %d of the"
                  .formatted(number, length, hostLength, most, MAX_DECODED / Trailer.SECTOR)
              + " sectors where it is compressed");
    }
    chunks.add(
        new Chunk(
            offset,
            disk,
            encoding,
            trailer.dataOffset() + host + begin,
            (int) Math.min(hostLength, Integer.MAX_VALUE)));
  }

  private Encoding encoding(int number, int kind) throws ImageException {
    return switch (kind) {
      case 0x80000004 -> Encoding.ADC;
      case 0x80000005 -> Encoding.ZLIB;
      case 0x80000006 -> Encoding.BZIP2;
      case 0x80000007 -> Encoding.LZFSE;
      case 0x80000008 -> Encoding.XZ;
      default ->
          throw Trailer.unsupported(
              file,
              "chunk %d of the table of '%s' is of an unknown kind, 0x%x"
                  .formatted(number, part, kind));
    };
  }

  private ImageException corrupt(String what) {
    return Trailer.corrupt(file, "the table of '" + part + "': " + what);
  }
}
