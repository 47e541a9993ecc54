package dev.platter.server.image;

import dev.platter.server.db.Database;
import dev.platter.server.db.Session;
import dev.platter.server.http.ApiException;
import dev.platter.server.identity.Caller;
import dev.platter.server.policy.LiveRules;
import dev.platter.server.policy.Policy;
import dev.platter.server.policy.PropertyProtections.Action;
import dev.platter.server.policy.Target;
import java.io.IOException;
import java.sql.SQLException;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/** The rules about who sees and changes which image. */
public final class Images {
  private static final String GET = "get_image";

  /** What the rules of earlier releases left to the owner, whatever they said. */
  private static final Set<String> OWNERS_ONLY =
      Set.of(
          "delete_image",
          "upload_image",
          "modify_image",
          "deactivate",
          "reactivate",
          "delete_image_location",
          "add_member",
          "delete_member");

  private final Database database;
  private final LiveRules rules;

  public Images(Database database, LiveRules rules) {
    this.database = database;
    this.rules = rules;
  }

  public Database database() {
    return database;
  }

  /** The rules as they are now. */
  public Policy policy() {
    return rules.now().policy();
  }

  /** The image if the caller may see it; else it is not there (404). */
  public Image visible(Caller caller, String id) {
    return permitted(caller, id, GET);
  }

  /** The image if the caller may do with it what the rule is about. */
  public Image permitted(Caller caller, String id, String rule) {
    Image image = found(caller, id);
    require(rule, caller, image);
    return image;
  }

  /** The image if the caller may read its data. */
  public Image downloadable(Caller caller, String id) {
    Image image = found(caller, id);
    if (image.status().equals(Image.Status.DEACTIVATED) && !caller.isAdmin()) {
      throw ApiException.forbidden(
          "The requested image has been deactivated. Image data download is forbidden.");
    }
    require("download_image", caller, image);
    return image;
  }

  /** The image if it is shown to the caller at all; no rule was asked yet. */
  public Image found(Caller caller, String id) {
    return database.read(session -> visible(session, caller, id));
  }

  /**
   * The image if the caller may do with it what the rule is about; others are kept from changing it
   * until the transaction ends.
   */
  public Image lockPermitted(Session session, Caller caller, String id, String rule)
      throws SQLException {
    Image image = lockFound(session, caller, id);
    require(rule, caller, image);
    return image;
  }

  /** The same before any rule is asked. */
  static Image lockFound(Session session, Caller caller, String id) throws SQLException {
    return ImageTable.lock(session, id)
        .filter(found -> sees(session, caller, found))
        .orElseThrow(() -> noImage(id));
  }

  /** The image if it is shown to the caller at all, before any rule is asked. */
  static Image visible(Session session, Caller caller, String id) throws SQLException {
    return ImageTable.find(session, id)
        .filter(image -> sees(session, caller, image))
        .orElseThrow(() -> noImage(id));
  }

  private static ApiException noImage(String id) {
    return ApiException.notFound("No image found with ID " + id);
  }

  private static boolean sees(Session session, Caller caller, Image image) {
    String visibility = image.fields().visibility();
    if (image.belongsTo(caller)
        || image.fields().owner() == null
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

  /** Refuses what the rule refuses: with 403, or with 404 when the image is not to be known of. */
  public void require(String rule, Caller caller, Image image) {
    if (!allows(rule, caller, image)) {
      if (rule.equals(GET) || !allows(GET, caller, image)) {
        throw noImage(image.id());
      }
      throw ApiException.forbidden("You are not authorized to complete " + rule + " action.");
    }
  }

  /** Whether the caller may do with the image what the rule is about. */
  boolean allows(String rule, Caller caller, Image image) {
    boolean owners = policy().protectsOwners() && OWNERS_ONLY.contains(rule);
    return policy().allows(rule, caller, image.target(caller))
        && (!owners || image.belongsTo(caller));
  }

  /** Whether the caller may do this with properties of this name. */
  public boolean allows(Action action, String property, Caller caller) {
    return rules.now().properties().allows(action, property, caller);
  }

  /** Refuses with 403 what the caller may not do with properties of this name. */
  void require(Action action, String property, Caller caller) {
    if (!allows(action, property, caller)) {
      throw ApiException.forbidden("Property '" + property + "' is protected");
    }
  }

  /**
   * The project that owns an image; empty: nobody, or there never was one.
   *
   * @throws IOException if the image was deleted, and whose it was is not known any more
   */
  public Optional<String> ownerOf(String imageId) throws IOException {
    Optional<Image> image = database.read(session -> ImageTable.find(session, imageId));
    if (image.isEmpty() && database.read(session -> ImageTable.knows(session, imageId))) {
      throw new IOException("image " + imageId + " was deleted, and its owner forgotten");
    }
    return image.map(found -> found.fields().owner());
  }

  /**
   * The image without the properties that the caller may not read, and without the places of its
   * data if it is deactivated, which are for administrators only.
   */
  Image readable(Caller caller, Image image) {
    SortedMap<String, String> seen = new TreeMap<>(image.fields().properties());
    seen.keySet().removeIf(name -> !allows(Action.READ, name, caller));
    Image readable =
        seen.size() == image.fields().properties().size()
            ? image
            : image.withFields(image.fields().withProperties(seen));
    return image.status().equals(Image.Status.DEACTIVATED) && !caller.isAdmin()
        ? readable.withoutLocations()
        : readable;
  }

  /** Refuses to make an image public or a community's where the policy does. */
  void checkVisibility(Caller caller, String visibility, Target target) {
    if (visibility.equals(Visibility.PUBLIC)) {
      policy().require("publicize_image", caller, target);
    } else if (visibility.equals(Visibility.COMMUNITY)) {
      policy().require("communitize_image", caller, target);
    }
  }
}
