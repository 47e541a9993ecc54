package dev.platter.server.image;

import dev.platter.server.db.Database;
import dev.platter.server.db.Session;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/** The rows of images: statements only, no rules. Every method runs in the caller's transaction. */
public final class ImageTable {
  static final String COLUMNS =
      "SELECT i.id, i.name, i.status, i.visibility, i.owner, i.disk_format, i.container_format,"
          + " i.size, i.virtual_size, i.checksum, i.os_hash_algo, i.os_hash_value, i.min_disk,"
          + " i.min_ram, i.protected, i.os_hidden, i.created_at, i.updated_at FROM images i";

  private ImageTable() {}

  /** Adds a record. */
  public static void insert(Session session, Image image) throws SQLException {
    ImageFields fields = image.fields();
    session.update(
        "INSERT INTO images (id, status, visibility, min_disk, min_ram, protected, os_hidden,"
            + " created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        image.id(),
        image.status(),
        fields.visibility(),
        fields.minDisk(),
        fields.minRam(),
        fields.isProtected(),
        fields.hidden(),
        image.createdAt(),
        image.updatedAt());
    saveFields(session, image.id(), fields);
    for (Location location : image.locations()) {
      addLocation(session, image.id(), location);
    }
  }

  /** Whether the identifier names an image, or named one that was deleted. */
  public static boolean knows(Session session, String id) throws SQLException {
    return session
        .first(
            "SELECT id FROM images WHERE id = ? UNION SELECT id FROM deleted_images WHERE id = ?",
            row -> row.getString(1),
            id,
            id)
        .isPresent();
  }

  public static Optional<Image> find(Session session, String id) throws SQLException {
    return complete(session, session.list(COLUMNS + " WHERE i.id = ?", ImageTable::row, id))
        .stream()
        .findFirst();
  }

  /** Finds several records, in the order of their identifiers; those that are gone are left out. */
  static List<Image> findAll(Session session, List<String> ids) throws SQLException {
    String in = " WHERE i.id IN (?" + ", ?".repeat(ids.size() - 1) + ")";
    List<Image> found =
        complete(session, session.list(COLUMNS + in, ImageTable::row, ids.toArray()));
    found.sort(Comparator.comparingInt(image -> ids.indexOf(image.id())));
    return found;
  }

  /** Finds the record and keeps others from changing it until the transaction ends. */
  public static Optional<Image> lock(Session session, String id) throws SQLException {
    session.list("SELECT id FROM images WHERE id = ? FOR UPDATE", row -> row.getString(1), id);
    return find(session, id);
  }

  /** Replaces what users say about the image, its properties and tags included. */
  public static void saveFields(Session session, String id, ImageFields fields)
      throws SQLException {
    session.update(
        "UPDATE images SET name = ?, visibility = ?, owner = ?, disk_format = ?,"
            + " container_format = ?, min_disk = ?, min_ram = ?, protected = ?, os_hidden = ?,"
            + " metadata_bytes = ? WHERE id = ?",
        fields.name(),
        fields.visibility(),
        fields.owner(),
        fields.diskFormat(),
        fields.containerFormat(),
        fields.minDisk(),
        fields.minRam(),
        fields.isProtected(),
        fields.hidden(),
        fields.metadataBytes(),
        id);
    session.update("DELETE FROM image_properties WHERE image_id = ?", id);
    for (Map.Entry<String, String> property : fields.properties().entrySet()) {
      session.update(
          "INSERT INTO image_properties (image_id, name, content) VALUES (?, ?, ?)",
          id,
          property.getKey(),
          property.getValue());
    }
    session.update("DELETE FROM image_tags WHERE image_id = ?", id);
    for (String tag : fields.tags()) {
      session.update("INSERT INTO image_tags (image_id, tag) VALUES (?, ?)", id, tag);
    }
  }

  /** Notes that the record was changed just now. */
  public static void touch(Session session, String id) throws SQLException {
    session.update("UPDATE images SET updated_at = ? WHERE id = ?", Database.now(), id);
  }

  public static void saveData(Session session, String id, ImageData data) throws SQLException {
    session.update(
        "UPDATE images SET size = ?, virtual_size = ?, checksum = ?, os_hash_algo = ?,"
            + " os_hash_value = ? WHERE id = ?",
        data.size(),
        data.virtualSize(),
        data.checksum(),
        data.hashAlgorithm(),
        data.hashValue(),
        id);
  }

  /**
   * Changes the state if it still is what it is believed to be.
   *
   * @param claim the mark of who alone works on the data from now on; null: nobody does
   * @return whether it was
   */
  public static boolean changeStatus(
      Session session, String id, String from, String to, String claim) throws SQLException {
    return session.update(
            "UPDATE images SET status = ?, busy_node = ?, updated_at = ?"
                + " WHERE id = ? AND status = ?",
            to,
            claim,
            Database.now(),
            id,
            from)
        == 1;
  }

  public static boolean exists(Session session, String id) throws SQLException {
    return session
        .first("SELECT id FROM images WHERE id = ?", row -> row.getString(1), id)
        .isPresent();
  }

  /** The mark of who alone works on an image's data; empty: nobody does, or there is no image. */
  public static Optional<String> claimOn(Session session, String id) throws SQLException {
    return session.first(
        "SELECT busy_node FROM images WHERE id = ? AND busy_node IS NOT NULL",
        row -> row.getString(1),
        id);
  }

  /**
   * Notes where the staged data of an image are.
   *
   * @param node the name of the only node that has them; null: all nodes see them, or there are
   *     none
   */
  public static void setStagedOn(Session session, String id, String node) throws SQLException {
    session.update("UPDATE images SET staged_on = ? WHERE id = ?", node, id);
  }

  public static void setProperty(Session session, String id, String name, String content)
      throws SQLException {
    removeProperty(session, id, name);
    session.update(
        "INSERT INTO image_properties (image_id, name, content) VALUES (?, ?, ?)",
        id,
        name,
        content);
  }

  public static boolean removeProperty(Session session, String id, String name)
      throws SQLException {
    return session.update("DELETE FROM image_properties WHERE image_id = ? AND name = ?", id, name)
        > 0;
  }

  /** Notes how many copies of the data there will be when an import is done; 0: none is. */
  public static void promiseCopies(Session session, String id, int copies) throws SQLException {
    session.update("UPDATE images SET promised_copies = ? WHERE id = ?", copies, id);
  }

  public static void addLocation(Session session, String id, Location location)
      throws SQLException {
    session.update(
        "INSERT INTO image_locations (image_id, place, url, store, metadata) SELECT ?,"
            + " COALESCE(MAX(place), 0) + 1, ?, ?, ? FROM image_locations WHERE image_id = ?",
        id,
        location.url(),
        location.store(),
        location.metadata(),
        id);
  }

  public static void removeLocation(Session session, String id, String url) throws SQLException {
    session.update("DELETE FROM image_locations WHERE image_id = ? AND url = ?", id, url);
  }

  /** Deletes the record, whose identifier is never used again. */
  public static void delete(Session session, String id, Instant now) throws SQLException {
    session.update("DELETE FROM images WHERE id = ?", id);
    session.update("INSERT INTO deleted_images (id, deleted_at) VALUES (?, ?)", id, now);
  }

  /** An image without what other tables hold. */
  static Image row(ResultSet row) throws SQLException {
    ImageFields fields =
        new ImageFields(
            row.getString("name"),
            row.getString("visibility"),
            row.getString("owner"),
            row.getString("disk_format"),
            row.getString("container_format"),
            row.getLong("min_disk"),
            row.getLong("min_ram"),
            row.getBoolean("protected"),
            row.getBoolean("os_hidden"),
            new TreeMap<>(),
            new TreeSet<>());
    ImageData data =
        new ImageData(
            Database.number(row, "size"),
            Database.number(row, "virtual_size"),
            row.getString("checksum"),
            row.getString("os_hash_algo"),
            row.getString("os_hash_value"));
    return new Image(
        row.getString("id"),
        fields,
        row.getString("status"),
        data,
        new ArrayList<>(),
        Database.instant(row, "created_at"),
        Database.instant(row, "updated_at"));
  }

  /** Adds what other tables hold: properties, tags, locations. Three statements, however many. */
  static List<Image> complete(Session session, List<Image> images) throws SQLException {
    if (images.isEmpty()) {
      return images;
    }
    Map<String, Image> byId = new TreeMap<>();
    images.forEach(image -> byId.put(image.id(), image));
    Object[] ids = byId.keySet().toArray();
    String in = " WHERE image_id IN (?" + ", ?".repeat(ids.length - 1) + ")";
    session.list(
        "SELECT image_id, name, content FROM image_properties" + in,
        row -> {
          SortedMap<String, String> properties = byId.get(row.getString(1)).fields().properties();
          return properties.put(row.getString(2), row.getString(3));
        },
        ids);
    session.list(
        "SELECT image_id, tag FROM image_tags" + in,
        row -> {
          SortedSet<String> tags = byId.get(row.getString(1)).fields().tags();
          return tags.add(row.getString(2));
        },
        ids);
    session.list(
        "SELECT image_id, url, store, metadata FROM image_locations" + in + " ORDER BY place",
        row ->
            byId.get(row.getString(1))
                .locations()
                .add(new Location(row.getString(2), row.getString(3), row.getString(4))),
        ids);
    return images;
  }
}
