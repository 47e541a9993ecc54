package dev.platter.server.image;

import dev.platter.server.db.Database;
import dev.platter.server.db.Session;
import dev.platter.server.http.ApiException;
import dev.platter.server.identity.Caller;
import dev.platter.server.policy.Policy;
import java.sql.SQLException;

/** The rules about who sees and changes which image. */
public final class Images {
  private final Database database;
  private final Policy policy;

  public Images(Database database, Policy policy) {
    this.database = database;
    this.policy = policy;
  }

  public Database database() {
    return database;
  }

  public Policy policy() {
    return policy;
  }

  /** The image if the caller may see it; else it is not there (404). */
  public Image visible(Caller caller, String id) {
    return database.read(session -> visible(session, caller, id));
  }

  public static Image visible(Session session, Caller caller, String id) throws SQLException {
    return ImageTable.find(session, id)
        .filter(image -> sees(session, caller, image))
        .orElseThrow(() -> noImage(id));
  }

  private static ApiException noImage(String id) {
    return ApiException.notFound("No image found with ID " + id);
  }

  private static boolean sees(Session session, Caller caller, Image image) {
    String visibility = image.fields().visibility();
    if (image.mayChange(caller)
        || visibility.equals(Visibility.PUBLIC)
        || visibility.equals(Visibility.COMMUNITY)) {
      return true;
    }
    try {
      return visibility.equals(Visibility.SHARED)
          && caller.projectId() != null
          && Members.find(session, image.id(), caller.projectId()).isPresent();
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The image if the caller may change it. */
  public Image changeable(Caller caller, String id, String action) {
    return database.transaction(session -> requireChange(session, caller, id, action, false));
  }

  /** The same within a transaction, which keeps others from changing it meanwhile. */
  public static Image lockChangeable(Session session, Caller caller, String id, String action)
      throws SQLException {
    return requireChange(session, caller, id, action, true);
  }

  private static Image requireChange(
      Session session, Caller caller, String id, String action, boolean lock) throws SQLException {
    Image image =
        (lock ? ImageTable.lock(session, id) : ImageTable.find(session, id))
            .filter(found -> sees(session, caller, found))
            .orElseThrow(() -> noImage(id));
    if (!image.mayChange(caller)) {
      throw ApiException.forbidden("You are not authorized to complete " + action + " action.");
    }
    return image;
  }

  /** Refuses to make an image public or a community's where the policy does. */
  void checkVisibility(Caller caller, String visibility) {
    if (visibility.equals(Visibility.PUBLIC)) {
      policy.require("publicize_image", caller);
    } else if (visibility.equals(Visibility.COMMUNITY)) {
      policy.require("communitize_image", caller);
    }
  }
}
