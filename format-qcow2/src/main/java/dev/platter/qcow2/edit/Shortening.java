package dev.platter.qcow2.edit;

import dev.platter.image.Limits;
import dev.platter.image.support.Undo;
import dev.platter.qcow2.format.HeaderUpdate;
import java.io.IOException;

/**
 * Moves to the front the tables that a change has put at the end, where the file can end sooner.
 */
final class Shortening {
  private Shortening() {}

  /**
   * @param done a change that counts, and has given back what it had to
   */
  static void run(ImageChange done, Limits limits) throws IOException {
    ImageChange change = done.next(limits);
    Undo.ifFails(() -> shorten(change), change::undo);
    if (change.isRebuilt()) {
      change.release();
    }
  }

  private static void shorten(ImageChange change) throws IOException {
    ActiveTables tables = new ActiveTables(change);
    tables.moveLast();
    long l1 = tables.takeL1();
    change.planRefcounts();
    if (change.end() < change.storage().size()) {
      change.write(l1, tables.bytes());
      change.commit(new HeaderUpdate(change.storage()).l1Table(l1, tables.entries()));
    } else {
      change.undo();
      change.storage().sync(); // an operation that has ended leaves nothing on its way
    }
  }
}
