package dev.platter.server.image;

import dev.platter.server.db.Session;
import dev.platter.server.http.ApiException;
import java.sql.SQLException;

/**
 * How much users may say about images, and how much of it one answer holds; in bytes of UTF-8. A
 * quota of -1 is none.
 *
 * @param perImage name, properties and tags of one image
 * @param perProject the same of all images of a project
 * @param perPage where a page of a list ends, although it could hold more images
 */
public record MetadataLimits(long perImage, long perProject, long perPage) {
  /** Glance's own limits would let an image have 8 MiB. */
  public static final MetadataLimits DEFAULT = new MetadataLimits(256 << 10, 64 << 20, 4 << 20);

  /** What a record takes in an answer besides what users say. */
  static final long RECORD = 1 << 10;

  /** An image of no more than this is not worth adding up what its project has. */
  private static final long SMALL = 4 << 10;

  /**
   * Refuses what is too much for an image, or for its project.
   *
   * @param id the image whose present metadata do not count
   */
  public void check(Session session, String id, ImageFields fields) throws SQLException {
    long bytes = fields.metadataBytes();
    check("this image", bytes, perImage);
    if (perProject >= 0 && bytes > SMALL && fields.owner() != null) {
      long others =
          session
              .first(
                  "SELECT SUM(metadata_bytes) FROM images WHERE owner = ? AND id <> ?",
                  row -> row.getLong(1),
                  fields.owner(),
                  id)
              .orElse(0L);
      check("the images of this project", others + bytes, perProject);
    }
  }

  private static void check(String whose, long attempted, long quota) {
    if (quota >= 0 && attempted > quota) {
      throw ApiException.tooLarge(
          "The limit has been exceeded on the bytes of metadata of %s. Attempted: %d, Maximum: %d"
              .formatted(whose, attempted, quota));
    }
  }
}
