package dev.platter.server.image;

import dev.platter.server.db.Database;
import dev.platter.server.db.Session;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** The rows of members: projects with which an image is shared. */
public final class Members {
  private Members() {}

  /**
   * A member.
   *
   * @param member the project
   * @param status pending, accepted or rejected
   */
  public record Member(String member, String status, Instant createdAt, Instant updatedAt) {}

  static Optional<Member> find(Session session, String imageId, String member) throws SQLException {
    return session.first(
        "SELECT * FROM image_members WHERE image_id = ? AND member = ?",
        Members::row,
        imageId,
        member);
  }

  static List<Member> list(Session session, String imageId) throws SQLException {
    return session.list(
        "SELECT * FROM image_members WHERE image_id = ? ORDER BY created_at, member",
        Members::row,
        imageId);
  }

  static void insert(Session session, String imageId, String member) throws SQLException {
    Instant now = Database.now();
    insert(session, imageId, new Member(member, "pending", now, now));
  }

  static void setStatus(Session session, String imageId, String member, String status)
      throws SQLException {
    session.update(
        "UPDATE image_members SET status = ?, updated_at = ? WHERE image_id = ? AND member = ?",
        status,
        Database.now(),
        imageId,
        member);
  }

  /** Adds a member as it is. */
  static void insert(Session session, String imageId, Member member) throws SQLException {
    session.update(
        "INSERT INTO image_members (image_id, member, status, created_at, updated_at)"
            + " VALUES (?, ?, ?, ?, ?)",
        imageId,
        member.member(),
        member.status(),
        member.createdAt(),
        member.updatedAt());
  }

  static boolean delete(Session session, String imageId, String member) throws SQLException {
    return session.update(
            "DELETE FROM image_members WHERE image_id = ? AND member = ?", imageId, member)
        > 0;
  }

  private static Member row(ResultSet row) throws SQLException {
    return new Member(
        row.getString("member"),
        row.getString("status"),
        Database.instant(row, "created_at"),
        Database.instant(row, "updated_at"));
  }
}
