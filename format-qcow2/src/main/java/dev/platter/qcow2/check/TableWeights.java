package dev.platter.qcow2.check;

import dev.platter.image.Fault;
import dev.platter.image.UnsupportedFeatureException;
import dev.platter.qcow2.format.ImageHead;

/**
 * How often each L2 table is referred to by L1 tables, so that a check reads a table once however
 * often an image names it. Open addressing over the tables' offsets; 0, where no L2 table can be,
 * marks a free place.
 */
final class TableWeights {
  private static final int FIRST_CAPACITY = 1 << 10;
  private static final int MAX_TABLES = 1 << 22;

  private final ImageHead head;
  private long[] offsets = new long[FIRST_CAPACITY];
  private long[] weights = new long[FIRST_CAPACITY];
  private int size;

  TableWeights(ImageHead head) {
    this.head = head;
  }

  /** What to do with each table. */
  @FunctionalInterface
  interface Visitor {
    void visit(long tableOffset, long weight) throws java.io.IOException;
  }

  /** Counts one more reference; {@code tableOffset} is not 0. */
  void add(long tableOffset, long times) throws UnsupportedFeatureException {
    int place = placeOf(offsets, tableOffset);
    if (offsets[place] == 0) {
      if (size == MAX_TABLES) {
        throw Fault.in("qcow2", head.name())
            .unsupported("checking more than " + MAX_TABLES + " L2 tables");
      }
      size++;
      offsets[place] = tableOffset;
    }
    weights[place] += times;
    if (size > offsets.length / 2) {
      grow();
    }
  }

  /** The references counted; from now on 0, so that a table is taken once. */
  long take(long tableOffset) {
    int place = placeOf(offsets, tableOffset);
    long weight = weights[place];
    weights[place] = 0;
    return weight;
  }

  /** The references counted. */
  long at(long tableOffset) {
    return weights[placeOf(offsets, tableOffset)];
  }

  void forEach(Visitor visitor) throws java.io.IOException {
    for (int i = 0; i < offsets.length; i++) {
      if (offsets[i] != 0) {
        visitor.visit(offsets[i], weights[i]);
      }
    }
  }

  private void grow() {
    long[] newOffsets = new long[offsets.length * 2];
    long[] newWeights = new long[offsets.length * 2];
    for (int i = 0; i < offsets.length; i++) {
      if (offsets[i] != 0) {
        int place = placeOf(newOffsets, offsets[i]);
        newOffsets[place] = offsets[i];
        newWeights[place] = weights[i];
      }
    }
    offsets = newOffsets;
    weights = newWeights;
  }

  private static int placeOf(long[] offsets, long offset) {
    int place = (int) (offset * 0x9e3779b97f4a7c15L >>> 33) & offsets.length - 1;
    while (offsets[place] != 0 && offsets[place] != offset) {
      place = place + 1 & offsets.length - 1;
    }
    return place;
  }
}
