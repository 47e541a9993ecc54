package dev.platter.guest.files.ntfs;

import dev.platter.guest.files.ArraySource;
import dev.platter.guest.files.Bytes;
import dev.platter.guest.files.MappedSource;
import dev.platter.guest.files.Source;
import dev.platter.image.CorruptImageException;
import java.io.IOException;

/**
 * A file that NTFS compressed, unit by unit: one whose clusters are all there is stored as it is,
 * one without any is zeros, and of the others those that are there hold it packed (LZNT1,
 * "[MS-XCA]", 2.5).
 */
final class NtfsCompressed extends MappedSource {
  private static final int CHUNK = 4096;
  private static final int PACKED = 0x8000;
  private static final int SHORTEST = 3;

  private final NtfsRuns runs;
  private final int unit;
  private final long written;
  private long decodedAt = -1;
  private Source decoded;

  /**
   * @param runs where the clusters of the file are
   * @param unit bytes of a unit
   * @param written what lies past it reads as zeros
   */
  NtfsCompressed(String name, long size, NtfsRuns runs, int unit, long written) {
    super(name, size, runs.budget());
    this.runs = runs;
    this.unit = unit;
    this.written = written;
  }

  @Override
  protected Piece pieceAt(long offset) throws IOException {
    if (offset >= written) {
      return Piece.zeros(size() - offset);
    }
    long start = offset / unit * unit;
    long left = Math.min(start + unit, written) - offset;
    long stored = runs.storedFrom(start, unit);
    if (stored == 0) {
      return Piece.zeros(left);
    }
    if (stored == unit) {
      return new Piece(left, runs, offset);
    }
    if (decodedAt != start) {
      byte[] bytes = new byte[unit];
      decode(runs.read(start, stored), bytes);
      decoded = new ArraySource(name(), bytes, budget());
      decodedAt = start;
    }
    return new Piece(left, decoded, offset - start);
  }

  /** Chunks, each of which makes 4 KiB, or less at the end; the rest stays zeros. */
  private static void decode(Bytes from, byte[] target) throws CorruptImageException {
    int at = 0;
    for (int to = 0; to < target.length && at + 2 <= from.length(); to += CHUNK) {
      int header = from.u16(at);
      if (header == 0) {
        return;
      }
      int length = (header & 0xFFF) + 1;
      at += 2;
      Bytes chunk = from.slice(at, length);
      if ((header & PACKED) == 0) {
        chunk.require(length <= target.length - to, "a chunk past the end of its unit");
        System.arraycopy(chunk.array(), 0, target, to, length);
      } else {
        unpack(chunk, target, to, Math.min(target.length - to, CHUNK));
      }
      at += length;
    }
  }

  /** Literals, and references to what was unpacked before in this chunk. */
  private static void unpack(Bytes chunk, byte[] target, int start, int room)
      throws CorruptImageException {
    int done = 0;
    for (int at = 0; at < chunk.length(); ) {
      int kinds = chunk.u8(at++);
      for (int bit = 0; bit < 8 && at < chunk.length(); bit++) {
        if ((kinds >> bit & 1) == 0) {
          chunk.require(done < room, "a chunk of more than " + room + " bytes");
          target[start + done++] = (byte) chunk.u8(at++);
          continue;
        }
        int token = chunk.u16(at);
        at += 2;
        int lengthBits = 12; // fewer, the more there is to point back to
        for (int i = done - 1; i >= 16; i >>= 1) {
          lengthBits--;
        }
        int length = (token & (1 << lengthBits) - 1) + SHORTEST;
        int back = (token >> lengthBits) + 1;
        chunk.require(
            back <= done && length <= room - done,
            length + " bytes from " + back + " bytes back at " + done);
        for (int i = 0; i < length; i++, done++) { // they may overlap
          target[start + done] = target[start + done - back];
        }
      }
    }
  }
}
