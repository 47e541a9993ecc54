package dev.platter.qcow2.format;

import dev.platter.storage.Storage;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * Recently used pieces of L2 tables, decoded, shared by all threads. A piece is a whole table, or
 * 64 KiB of a larger one, so that a query far from all others reads little. Each piece has one slot
 * that it may stand in; whoever misses loads it and puts it there. Two threads that miss at once
 * load twice, and nobody ever waits.
 */
final class TableCache implements L2Pieces {
  private static final int MAX_PIECE_BYTES = 1 << 16;
  private static final int BUDGET_BYTES = 4 << 20;
  private static final int MAX_SLOTS = 2048;

  private final Storage storage;
  private final int pieceBytes;
  private final int slotMask;
  private final AtomicReferenceArray<Piece> slots;

  /**
   * @param words immutable once here
   */
  private record Piece(long hostOffset, long[] words) {}

  TableCache(Storage storage, int clusterSize) {
    this.storage = storage;
    this.pieceBytes = Math.min(clusterSize, MAX_PIECE_BYTES);
    int count = Math.min(MAX_SLOTS, BUDGET_BYTES / pieceBytes);
    this.slotMask = count - 1;
    this.slots = new AtomicReferenceArray<>(count);
  }

  /** The cluster size, or 64 KiB where that is less. */
  @Override
  public int pieceBytes() {
    return pieceBytes;
  }

  @Override
  public long[] pieceAt(long hostOffset) throws IOException {
    int slot = slotOf(hostOffset);
    Piece piece = slots.get(slot);
    if (piece == null || piece.hostOffset != hostOffset) {
      piece = new Piece(hostOffset, load(hostOffset));
      slots.set(slot, piece);
    }
    return piece.words;
  }

  private int slotOf(long hostOffset) {
    long number = hostOffset / pieceBytes;
    return (int) (number ^ number >>> 11 ^ number >>> 23) & slotMask;
  }

  private long[] load(long hostOffset) throws IOException {
    long[] words = new long[pieceBytes / Long.BYTES];
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment buffer = arena.allocate(pieceBytes, Long.BYTES);
      storage.readFully(hostOffset, buffer);
      MemorySegment.copy(buffer, Qcow2Header.LONG, 0, words, 0, words.length);
    }
    return words;
  }
}
