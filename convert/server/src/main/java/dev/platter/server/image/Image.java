package dev.platter.server.image;

import dev.platter.server.identity.Caller;
import dev.platter.server.policy.Target;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
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

  /** The same with other fields. */
  Image withFields(ImageFields other) {
    return new Image(id, other, status, data, locations, createdAt, updatedAt);
  }

  /** The same without the places of its data. */
  Image withoutLocations() {
    return new Image(id, fields, status, data, List.of(), createdAt, updatedAt);
  }

  /** Whether the caller's project owns the image, or the caller is an administrator. */
  boolean belongsTo(Caller caller) {
    return caller.isAdmin() || caller.owns(fields.owner());
  }

  /** The image as rules see it when this caller asks. */
  public Target target(Caller caller) {
    return name ->
        switch (name) {
          case "project_id", "owner" -> Optional.ofNullable(fields.owner());
          case "member_id", "member" -> member(caller);
          case "id", "image_id" -> Optional.of(id);
          case "name" -> Optional.ofNullable(fields.name());
          case "status" -> Optional.of(status);
          case "visibility" -> Optional.of(fields.visibility());
          case "disk_format" -> Optional.ofNullable(fields.diskFormat());
          case "container_format" -> Optional.ofNullable(fields.containerFormat());
          case "min_disk" -> Optional.of(Long.toString(fields.minDisk()));
          case "min_ram" -> Optional.of(Long.toString(fields.minRam()));
          case "size" -> Optional.ofNullable(data.size()).map(String::valueOf);
          case "protected" -> Optional.of(fields.isProtected() ? "True" : "False");
          case "os_hidden" -> Optional.of(fields.hidden() ? "True" : "False");
          default -> Optional.ofNullable(fields.properties().get(name));
        };
  }

  /** Whoever sees a shared image of others is a member of it. */
  private Optional<String> member(Caller caller) {
    boolean shared = fields.visibility().equals(Visibility.SHARED) && !caller.owns(fields.owner());
    return shared ? Optional.ofNullable(caller.projectId()) : Optional.empty();
  }
}
