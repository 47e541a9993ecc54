package dev.platter.server.imports;

import dev.platter.server.db.Database;
import dev.platter.server.db.Session;
import dev.platter.server.image.Image;
import dev.platter.server.image.ImageData;
import dev.platter.server.image.ImageTable;
import dev.platter.server.image.Location;
import dev.platter.server.store.Stores;
import dev.platter.server.task.Task;
import dev.platter.server.task.Tasks;
import dev.platter.service.Staging;
import dev.platter.service.store.Store;
import java.io.IOException;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;

/**
 * Puts right what an end of the service in the middle of its work has left: runs when it starts,
 * before it answers anybody, and only for what this node was doing.
 */
public final class ImportRecovery {
  private static final System.Logger LOG = System.getLogger(ImportRecovery.class.getName());

  private final Database database;
  private final Stores stores;
  private final Tasks tasks;
  private final Staging staging;
  private final String node;

  public ImportRecovery(
      Database database, Stores stores, Tasks tasks, Staging staging, String node) {
    this.database = database;
    this.stores = stores;
    this.tasks = tasks;
    this.staging = staging;
    this.node = node;
  }

  public void run() throws IOException {
    Leftovers leftovers = new Leftovers(database, stores, staging);
    List<Store> all = stores.all().stream().map(Stores.Entry::store).toList();
    for (String id : busyImages()) {
      LOG.log(System.Logger.Level.INFO, "image {0} was being worked on: put right", id);
      database.transaction(session -> {
        revert(session, id);
        return null;
      });
      leftovers.remove(id, all);
    }
    for (Task task : tasks.interrupted()) {
      database.transaction(session -> {
        tasks.fail(session, task.id(), "The service was restarted while the task ran");
        return null;
      });
      if (task.imageId() != null) {
        // The image may have been deleted while it was imported.
        leftovers.remove(task.imageId(), all);
      }
    }
    removeForgottenStaging();
  }

  private List<String> busyImages() {
    return database.read(session ->
        session.list("SELECT id FROM images WHERE busy_node = ?", row -> row.getString(1), node));
  }

  private void removeForgottenStaging() throws IOException {
    for (String id : staging.imageIds()) {
      Optional<Image> image = database.read(session -> ImageTable.find(session, id));
      if (image.isEmpty() || image.get().status().equals(Image.Status.ACTIVE)) {
        staging.remove(id);
      }
    }
  }

  /**
   * Takes an image back to the state in which its data can be brought once more: queued, without
   * data. An image that is active already stays so, with the places that have it.
   */
  static void revert(Session session, String id) throws SQLException {
    Optional<Image> found = ImageTable.lock(session, id);
    if (found.isEmpty()) {
      return;
    }
    Image image = found.get();
    if (!image.status().equals(Image.Status.ACTIVE)
        && !image.status().equals(Image.Status.DEACTIVATED)) {
      ImageTable.changeStatus(session, id, image.status(), Image.Status.QUEUED, null);
      ImageTable.saveData(session, id, ImageData.NONE);
      for (Location location : image.locations()) {
        ImageTable.removeLocation(session, id, location.url());
      }
    } else if (image.data().hashAlgorithm() != null && image.data().hashValue() == null) {
      // Nobody computes digests any more: an algorithm would say that they are still to come.
      ImageTable.saveData(session, id, new ImageData(image.data().size(), null, null, null, null));
    }
    moveToFailed(session, image);
    ImageTable.removeProperty(session, id, Imports.LOCK);
    ImageTable.promiseCopies(session, id, 0);
    session.update(
        "UPDATE images SET busy_node = NULL, updated_at = ? WHERE id = ?", Database.now(), id);
  }

  /** Stores that were waited for have failed. */
  private static void moveToFailed(Session session, Image image) throws SQLException {
    String waiting = image.fields().properties().get(Imports.IMPORTING);
    if (waiting == null) {
      return;
    }
    String failed = image.fields().properties().getOrDefault(Imports.FAILED, "");
    boolean both = !waiting.isEmpty() && !failed.isEmpty();
    ImageTable.setProperty(session, image.id(), Imports.IMPORTING, "");
    ImageTable.setProperty(
        session, image.id(), Imports.FAILED, failed + (both ? "," : "") + waiting);
  }
}
