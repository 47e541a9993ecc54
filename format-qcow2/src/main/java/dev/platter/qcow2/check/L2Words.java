package dev.platter.qcow2.check;

import dev.platter.qcow2.format.LenientReader;
import dev.platter.qcow2.format.Qcow2Header;
import java.io.IOException;

/** Visits the entries of an L2 table that say anything, standard or extended, for a check. */
final class L2Words {
  private final Visitor visitor;
  private long pendingIndex = -1;
  private long pendingEntry;

  private L2Words(Visitor visitor) {
    this.visitor = visitor;
  }

  /** What to do with each entry that is not all zero. */
  @FunctionalInterface
  interface Visitor {
    /**
     * @param bitmap the subcluster bitmap; 0 for standard entries
     */
    void entry(long index, long entry, long bitmap) throws IOException;
  }

  /** Visits the entries of the table at {@code tableOffset} in order. */
  static void forEach(LenientReader reader, Qcow2Header header, long tableOffset, Visitor visitor)
      throws IOException {
    if (!header.extendedL2()) {
      reader.forEachWord(
          tableOffset, header.clusterSize(), (index, entry) -> visitor.entry(index, entry, 0));
      return;
    }
    L2Words pairs = new L2Words(visitor);
    reader.forEachWord(tableOffset, header.clusterSize(), pairs::word);
    pairs.flush();
  }

  /** Puts the two words of an extended entry together; a word that is zero does not come. */
  private void word(long index, long value) throws IOException {
    if ((index & 1) == 0) {
      flush();
      pendingIndex = index;
      pendingEntry = value;
    } else if (pendingIndex == index - 1) {
      pendingIndex = -1;
      visitor.entry(index >> 1, pendingEntry, value);
    } else {
      flush();
      visitor.entry(index >> 1, 0, value);
    }
  }

  private void flush() throws IOException {
    if (pendingIndex >= 0) {
      long index = pendingIndex >> 1;
      pendingIndex = -1;
      visitor.entry(index, pendingEntry, 0);
    }
  }
}
