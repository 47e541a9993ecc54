package dev.platter.server;

import dev.platter.server.db.Database;
import dev.platter.server.store.Stores;
import java.io.IOException;

/** Stores that are full beside a database that is empty: somebody should look, before it grows. */
final class EmptiedDatabase {
  private static final System.Logger LOG = System.getLogger(EmptiedDatabase.class.getName());

  private EmptiedDatabase() {}

  static void warn(Database database, Stores stores) {
    boolean empty =
        database
            .read(session ->
                session.first(
                    "SELECT id FROM images UNION ALL SELECT id FROM deleted_images LIMIT 1",
                    row -> row.getString(1)))
            .isEmpty();
    if (!empty) {
      return;
    }
    for (Stores.Entry entry : stores.all()) {
      try {
        if (!entry.store().readOnly() && entry.store().holdsImages()) {
          LOG.log(
              System.Logger.Level.ERROR,
              "THE DATABASE IS EMPTY, AND STORE {0} HOLDS IMAGES: is this the right database?"
                  + " Nothing in the store is touched.",
              entry.store().id());
        }
      } catch (IOException e) {
        LOG.log(System.Logger.Level.WARNING, "store {0}: {1}", entry.store().id(), e.getMessage());
      }
    }
  }
}
