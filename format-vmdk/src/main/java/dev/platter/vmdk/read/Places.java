package dev.platter.vmdk.read;

import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;

/** A set of numbers of places in a file, in pieces that are made when they are needed. */
public final class Places {
  private static final int PIECE_BITS = 20;

  private final Map<Long, BitSet> pieces = new HashMap<>();

  /** Whether the number was not in the set. */
  public boolean add(long number) {
    BitSet piece = pieces.computeIfAbsent(number >>> PIECE_BITS, _ -> new BitSet());
    int bit = (int) number & (1 << PIECE_BITS) - 1;
    boolean isNew = !piece.get(bit);
    piece.set(bit);
    return isNew;
  }
}
