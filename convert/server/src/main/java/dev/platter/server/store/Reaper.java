package dev.platter.server.store;

import dev.platter.server.db.Database;
import dev.platter.server.db.Session;
import dev.platter.server.image.Location;
import dev.platter.service.store.Store;
import java.io.IOException;
import java.io.UncheckedIOException;
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
      if (store.isPresent()) {
        try {
          database.transaction(session -> delete(session, doomed, store.get()));
        } catch (RuntimeException e) {
          LOG.log(System.Logger.Level.WARNING, doomed.url() + " is not deleted yet", e);
        }
      }
    }
  }

  /**
   * The row is locked meanwhile: of several nodes one deletes, and none that was slow deletes what
   * has been brought there since.
   */
  private static boolean delete(Session session, Doomed doomed, Store store) throws SQLException {
    boolean there =
        session
            .first(
                "SELECT url FROM doomed_data WHERE store = ? AND url = ? FOR UPDATE",
                row -> row.getString(1),
                doomed.store(),
                doomed.url())
            .isPresent();
    if (!there) {
      return false;
    }
    try {
      if (!store.readOnly()) {
        store.delete(doomed.url());
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return session.update(
            "DELETE FROM doomed_data WHERE store = ? AND url = ?", doomed.store(), doomed.url())
        > 0;
  }
}
