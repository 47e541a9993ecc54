package dev.platter.server.quota;

import dev.platter.server.db.Session;
import java.sql.SQLException;

/** What projects use, as the records of images tell it. */
final class UsageTable {
  private static final String COPYING =
      "EXISTS (SELECT 1 FROM image_properties p WHERE p.image_id = i.id"
          + " AND p.name = 'os_glance_importing_to_stores' AND p.content <> '')";

  /** How many projects can take room at the same time, at most. */
  private static final int LOCKS = 16;

  private UsageTable() {}

  /** Keeps others from taking room for the project until the transaction ends. */
  static void lock(Session session, String project) throws SQLException {
    session.list(
        "SELECT number FROM quota_locks WHERE number = ? FOR UPDATE",
        row -> row.getInt(1),
        Math.floorMod(project.hashCode(), LOCKS));
  }

  /**
   * The bytes in stores, with the copies that imports will have made when they are done.
   *
   * @param except an image that does not count; null: all do
   */
  static long storedBytes(Session session, String project, String except) throws SQLException {
    String counted =
        "SELECT SUM(i.size * GREATEST(i.promised_copies,"
            + " (SELECT COUNT(*) FROM image_locations l WHERE l.image_id = i.id))) FROM images i WHERE i.owner = ? AND i.size > 0";
    return except == null
        ? sum(session, counted, project)
        : sum(session, counted + " AND i.id <> ?", project, except);
  }

  /** How much of a resource a project uses, in the resource's unit. */
  static long used(Session session, Resource resource, String project) throws SQLException {
    return switch (resource) {
      case SIZE -> storedBytes(session, project, null) >> 20;
      case STAGED ->
          sum(
                  session,
                  "SELECT SUM(i.size) FROM images i WHERE i.owner = ? AND i.size > 0"
                      + " AND (i.status IN ('uploading', 'importing') OR "
                      + COPYING
                      + ")",
                  project)
              >> 20;
      case COUNT -> sum(session, "SELECT COUNT(*) FROM images i WHERE i.owner = ?", project);
      case UPLOADING ->
          sum(
              session,
              "SELECT COUNT(*) FROM images i WHERE i.owner = ?"
                  + " AND (i.status IN ('saving', 'uploading', 'importing') OR "
                  + COPYING
                  + ")",
              project);
    };
  }

  private static long sum(Session session, String sql, Object... parameters) throws SQLException {
    // NULL, the sum of nothing, reads as 0.
    return session.first(sql, row -> row.getLong(1), parameters).orElse(0L);
  }
}
