package dev.platter.server.store;

import dev.platter.server.db.Database;
import dev.platter.server.db.Session;
import dev.platter.server.image.Location;
import dev.platter.service.store.Store;
import java.io.IOException;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;

/**
 * Deletes data in stores after their record is gone. What is to be deleted is written down in the
 * transaction that deletes the record, so that neither an end of the service nor a store that is
 * away leaves anything for ever.
 */
public final class Reaper implements Runnable {
  private static final System.Logger LOG = System.getLogger(Reaper.class.getName());

  private final Database database;
  private final Stores stores;

  private record Doomed(String store, String url) {}

  public Reaper(Database database, Stores stores) {
    this.database = database;
    this.stores = stores;
  }

  /** Writes down that the data at a place are to be deleted. */
  public static void doom(Session session, Location location) throws SQLException {
    if (location.store() != null) {
      session.update(
          "INSERT INTO doomed_data (store, url, since) VALUES (?, ?, ?)",
          location.store(),
          location.url(),
          Database.now());
    }
  }

  /** Deletes all that is written down; what cannot be deleted now stays written down. */
  @Override
  public void run() {
    List<Doomed> all =
        database.read(session ->
            session.list(
                "SELECT store, url FROM doomed_data ORDER BY since",
                row -> new Doomed(row.getString(1), row.getString(2))));
    for (Doomed doomed : all) {
      Optional<Store> store = stores.find(doomed.store());
      try {
        if (store.isPresent() && !store.get().readOnly()) {
          store.get().delete(doomed.url());
        }
        if (store.isPresent()) {
          database.update(
              "DELETE FROM doomed_data WHERE store = ? AND url = ?", doomed.store(), doomed.url());
        }
      } catch (IOException | RuntimeException e) {
        LOG.log(System.Logger.Level.WARNING, doomed.url() + " is not deleted yet", e);
      }
    }
  }
}
