package dev.platter.server.imports;

import dev.platter.server.config.NodeSettings;
import dev.platter.server.db.Database;
import dev.platter.server.db.Session;
import dev.platter.server.image.Image;
import dev.platter.server.image.ImageData;
import dev.platter.server.image.ImageTable;
import dev.platter.server.image.Location;
import dev.platter.server.job.Jobs;
import dev.platter.server.node.Nodes;
import dev.platter.server.store.Stores;
import dev.platter.server.task.Task;
import dev.platter.server.task.Tasks;
import dev.platter.service.Staging;
import dev.platter.service.store.Store;
import java.io.IOException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Puts right what nodes have left that died in the middle of their work: what they were sent, tasks
 * that wait for what only they have, and staged data that nobody knows of. Each node does it now
 * and then, for all; of several that find the same, one does. What a node is at work on that lives
 * is left alone. Imports are begun anew by whoever takes them next.
 */
public final class ImportRecovery implements Runnable {
  private static final System.Logger LOG = System.getLogger(ImportRecovery.class.getName());

  private final Database database;
  private final Stores stores;
  private final Tasks tasks;
  private final Staging staging;
  private final Nodes nodes;
  private final NodeSettings.Sharing sharing;

  /** An image that a node works on, and its mark. */
  private record Busy(String imageId, String claim) {}

  /** A task that waits for the only node that can do it. */
  private record Bound(String taskId, String imageId, String node, String message) {}

  public ImportRecovery(
      Database database,
      Stores stores,
      Tasks tasks,
      Staging staging,
      Nodes nodes,
      NodeSettings.Sharing sharing) {
    this.database = database;
    this.stores = stores;
    this.tasks = tasks;
    this.staging = staging;
    this.nodes = nodes;
    this.sharing = sharing;
  }

  @Override
  public void run() {
    if (nodes.mayJudge()) {
      endUploads();
      endTasksWithoutWork();
      endWaiting();
    }
    try {
      removeForgottenStaging();
    } catch (IOException e) {
      LOG.log(System.Logger.Level.WARNING, "the staging area is not looked through", e);
    }
  }

  /** What was being sent to a node that died is queued again. */
  private void endUploads() {
    List<Busy> busy =
        database.read(session ->
            session.list(
                "SELECT id, busy_node FROM images WHERE busy_node IS NOT NULL",
                row -> new Busy(row.getString(1), row.getString(2))));
    if (busy.isEmpty()) {
      return;
    }
    Set<String> present = nodes.ids();
    for (Busy one : busy) {
      if (!present.contains(Nodes.ownerOf(one.claim()))) {
        endUpload(one);
      }
    }
  }

  private void endUpload(Busy dead) {
    String claim = nodes.newClaim();
    boolean ours =
        database.update(
                "UPDATE images SET busy_node = ? WHERE id = ? AND busy_node = ?",
                claim,
                dead.imageId(),
                dead.claim())
            > 0;
    if (!ours) {
      return;
    }
    LOG.log(
        System.Logger.Level.INFO,
        "image {0} was being sent to a node that has died: it is queued again",
        dead.imageId());
    database.transaction(session -> {
      Optional<Image> image = ImageTable.lock(session, dead.imageId());
      if (ImageTable.claimOn(session, dead.imageId()).filter(claim::equals).isPresent()) {
        new Leftovers(stores).remove(dead.imageId(), image, writable());
        removeStaged(dead.imageId());
        revert(session, dead.imageId());
      }
      return null;
    });
  }

  private List<Store> writable() {
    return stores.all().stream()
        .map(Stores.Entry::store)
        .filter(store -> !store.readOnly())
        .toList();
  }

  private void removeStaged(String imageId) {
    try {
      staging.remove(imageId);
    } catch (IOException e) {
      LOG.log(System.Logger.Level.WARNING, "image " + imageId + " stays staged", e);
    }
  }

  private void endTasksWithoutWork() {
    for (Task task : tasks.abandoned()) {
      database.transaction(session -> {
        Optional<Image> image =
            task.imageId() == null ? Optional.empty() : ImageTable.lock(session, task.imageId());
        if (!tasks.isUnfinished(session, task.id())) {
          return false; // another node was faster
        }
        if (task.imageId() != null) {
          new Leftovers(stores).remove(task.imageId(), image, writable());
          removeStaged(task.imageId());
          revert(session, task.imageId());
        }
        return tasks.fail(session, task.id(), "The service was restarted while the task ran");
      });
    }
  }

  /** Nobody waits for ever for a node that does not come back. */
  private void endWaiting() {
    List<Bound> waiting =
        database.read(session ->
            session.list(
                "SELECT t.id, t.image_id, t.bound_to, t.message FROM tasks t"
                    + " JOIN scheduled_tasks s ON s.task_instance = t.id"
                    + " WHERE t.bound_to IS NOT NULL AND NOT s.picked",
                row ->
                    new Bound(
                        row.getString(1), row.getString(2), row.getString(3), row.getString(4))));
    for (Bound one : waiting) {
      Duration absence = nodes.absence(one.node());
      if (absence.compareTo(sharing.longestAbsence()) > 0) {
        giveUp(one);
      } else if (!absence.isZero()) {
        String why =
            "Waits for node " + one.node() + ", which has the staged data and is not seen.";
        if (!why.equals(one.message())) {
          database.transaction(session -> {
            tasks.waits(session, one.taskId(), why);
            return null;
          });
        }
      }
    }
  }

  private void giveUp(Bound one) {
    database.transaction(session -> {
      ImageTable.lock(session, one.imageId());
      if (Jobs.withdraw(session, one.taskId())) {
        revert(session, one.imageId());
        tasks.fail(
            session,
            one.taskId(),
            "Node " + one.node() + ", which has the staged data, has not been seen for too long.");
      }
      return null;
    });
  }

  /**
   * What was staged here and is not to be imported any more. The image's row is locked meanwhile,
   * so that nobody stages it anew.
   */
  private void removeForgottenStaging() throws IOException {
    for (String id : staging.imageIds()) {
      database.transaction(session -> {
        Optional<Image> image = ImageTable.lock(session, id);
        if (image.isEmpty() || !isWanted(session, image.get())) {
          removeStaged(id);
        }
        return null;
      });
    }
  }

  private boolean isWanted(Session session, Image image) throws SQLException {
    boolean mayBe = Set.of(Image.Status.UPLOADING, Image.Status.IMPORTING).contains(image.status());
    String elsewhere =
        session
            .first(
                "SELECT staged_on FROM images WHERE id = ? AND staged_on <> ?",
                row -> row.getString(1),
                image.id(),
                nodes.name())
            .orElse(null);
    return mayBe && (elsewhere == null || sharing.sharedStaging());
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
    ImportRecord.unlock(session, id);
    session.update("UPDATE images SET busy_node = NULL WHERE id = ?", id);
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
