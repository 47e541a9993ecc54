package dev.platter.server.imports;

import dev.platter.convert.Cancellation;
import dev.platter.server.db.Session;
import dev.platter.server.task.Tasks;
import java.sql.SQLException;

/**
 * One try at an import. A node that was taken for dead finds that another one has begun the next
 * try: then nothing that it still does may count. Whoever changes the image's record asks {@link
 * #require} in the same transaction, after the image's row is locked; whoever begins a try locks
 * that row, too.
 */
final class Attempt {
  private final String taskId;
  private final String imageId;
  private final int number;
  private final Cancellation cancellation = new Cancellation();
  private volatile boolean handedBack;

  /** Another try was begun. */
  static final class LostException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private LostException(String imageId) {
      super("another node has taken over the import of image " + imageId);
    }
  }

  /**
   * @param number the first one is 1
   */
  Attempt(String taskId, String imageId, int number) {
    this.taskId = taskId;
    this.imageId = imageId;
    this.number = number;
  }

  String taskId() {
    return taskId;
  }

  String imageId() {
    return imageId;
  }

  int number() {
    return number;
  }

  Cancellation cancellation() {
    return cancellation;
  }

  /** Ends it so that another node, or this one later, begins it again. */
  void handBack() {
    handedBack = true;
    cancellation.cancel();
  }

  boolean isHandedBack() {
    return handedBack;
  }

  /** Whether it is the last try that was begun, and the task has not ended. */
  boolean isCurrent(Session session) throws SQLException {
    return Tasks.isCurrent(session, taskId, number);
  }

  /**
   * @throws LostException if it is not
   */
  void require(Session session) throws SQLException {
    if (!isCurrent(session)) {
      throw new LostException(imageId);
    }
  }
}
