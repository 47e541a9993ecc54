package dev.platter.qcow2;

import dev.platter.image.BlockMap;
import dev.platter.image.Extent;
import dev.platter.image.disk.GuestReader;
import dev.platter.image.spi.BlockEncoder;
import dev.platter.image.spi.Chunk;
import dev.platter.image.spi.ImageWriter;
import dev.platter.image.spi.Piece;
import dev.platter.image.spi.Placement;
import dev.platter.storage.ZeroScan;
import dev.platter.testdata.PlainMover;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;

/**
 * Moves a disk into a writer as anything that keeps to the rules might: chunks of any number of
 * blocks, cut into pieces of any kind at every unit that the writer allows.
 */
final class PieceMover {
  /** Some chunks are long enough for whole L2 tables of zeros. */
  private static final int MAX_CHUNK_BITS = 10;

  private final BlockMap source;
  private final BlockMap layer;
  private final ImageWriter writer;
  private final boolean keepAbsent;
  private final Random random;

  PieceMover(
      BlockMap source, BlockMap layer, ImageWriter writer, boolean keepAbsent, Random random) {
    this.source = source;
    this.layer = layer;
    this.writer = writer;
    this.keepAbsent = keepAbsent;
    this.random = random;
  }

  void move() throws IOException {
    long size = source.size();
    int block = writer.blockSize();
    try (GuestReader reader = new GuestReader()) {
      Optional<BlockEncoder> encoder = writer.newEncoder();
      for (long at = 0; at < size; ) {
        if (layer.extentAt(at, size) instanceof Extent.Absent rest && rest.end() == size) {
          // Nothing more comes, however long the disk is.
          Piece piece =
              keepAbsent ? new Piece.Absent(at, size - at) : new Piece.Zero(at, size - at);
          carryOut(writer.reserve(new Chunk(at, size - at, List.of(piece))));
          break;
        }
        long length =
            Math.min(
                size - at,
                (long) block * (1 + random.nextInt(1 << random.nextInt(MAX_CHUNK_BITS))));
        List<Piece> pieces = new ArrayList<>();
        int unit = encoder.isPresent() ? block : writer.granularity();
        for (long done = 0; done < length; done += unit) {
          int count = (int) Math.min(unit, length - done);
          add(pieces, piece(reader, at + done, count, encoder));
        }
        carryOut(writer.reserve(new Chunk(at, length, pieces)));
        at += length;
      }
      encoder.ifPresent(BlockEncoder::close);
    }
    writer.finish();
  }

  private Piece piece(GuestReader reader, long offset, int length, Optional<BlockEncoder> encoder)
      throws IOException {
    Extent extent = layer.extentAt(offset, offset + length);
    boolean whole = extent.length() == length;
    if (keepAbsent && whole && extent instanceof Extent.Absent) {
      return new Piece.Absent(offset, length);
    }
    byte[] bytes = new byte[encoder.isPresent() ? writer.blockSize() : length];
    reader.read(source, offset, MemorySegment.ofArray(bytes).asSlice(0, length));
    if (ZeroScan.isZero(MemorySegment.ofArray(bytes)) && random.nextInt(8) != 0) {
      return new Piece.Zero(offset, length);
    }
    if (encoder.isPresent() && random.nextInt(8) != 0) {
      byte[] target = new byte[encoder.get().maxStoredLength()];
      int stored =
          encoder.get().encode(offset, MemorySegment.ofArray(bytes), MemorySegment.ofArray(target));
      if (stored != BlockEncoder.STORE_PLAIN) {
        return new Piece.Encoded(offset, length, MemorySegment.ofArray(target).asSlice(0, stored));
      }
    }
    if (whole && extent instanceof Extent.Data data && random.nextBoolean()) {
      return new Piece.Stored(offset, length, data.storage(), data.hostOffset());
    }
    return new Piece.Bytes(offset, MemorySegment.ofArray(bytes).asSlice(0, length));
  }

  /** Joins what may be joined. */
  private static void add(List<Piece> pieces, Piece piece) {
    Piece last = pieces.isEmpty() ? null : pieces.getLast();
    if (last instanceof Piece.Zero && piece instanceof Piece.Zero) {
      pieces.set(pieces.size() - 1, new Piece.Zero(last.offset(), last.length() + piece.length()));
    } else if (last instanceof Piece.Absent && piece instanceof Piece.Absent) {
      pieces.set(
          pieces.size() - 1, new Piece.Absent(last.offset(), last.length() + piece.length()));
    } else {
      pieces.add(piece);
    }
  }

  private static void carryOut(List<Placement> placements) throws IOException {
    for (Placement placement : placements) {
      PlainMover.carryOut(placement);
    }
  }
}
