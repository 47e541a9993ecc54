package dev.platter.server.image;

import dev.platter.server.identity.Caller;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * The record of an image at one moment.
 *
 * @param status one of {@link Status}'s words
 */
public record Image(
    String id,
    ImageFields fields,
    String status,
    ImageData data,
    List<Location> locations,
    Instant createdAt,
    Instant updatedAt) {

  /** The states of an image. */
  public static final class Status {
    /** A record without data. */
    public static final String QUEUED = "queued";

    /** Data are being uploaded. */
    public static final String SAVING = "saving";

    /** Data are in the staging area, or on their way there. */
    public static final String UPLOADING = "uploading";

    /** An import is under way. */
    public static final String IMPORTING = "importing";

    /** Can be used. */
    public static final String ACTIVE = "active";

    /** Data may be read by administrators only. */
    public static final String DEACTIVATED = "deactivated";

    private Status() {}
  }

  /** The identifiers of the stores that hold the data. */
  public Set<String> stores() {
    Set<String> stores = new TreeSet<>();
    for (Location location : locations) {
      if (location.store() != null) {
        stores.add(location.store());
      }
    }
    return stores;
  }

  /** Whether the caller may change the record. */
  public boolean mayChange(Caller caller) {
    return caller.isAdmin() || caller.owns(fields.owner());
  }
}
