package dev.platter.server.migrate;

import dev.platter.server.image.Members.Member;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Reads images page by page, with all that belongs to them, in bounded memory. */
final class GlanceImages {
  /** Of rows that belong to an image, characters; Glance's own quotas end at half of it. */
  private static final long LARGEST = 16 << 20;

  /** Of a page: with more, it is read in smaller ones. */
  private static final long LARGEST_PAGE = 32 << 20;

  private static final int USUAL_PAGE = 100;
  private static final int LONGEST_NAME = 255;
  private static final int LONGEST_TEXT = 65_535;
  private static final int LONGEST_URL = 2048;

  /** A location in Base64 and a block more. */
  private static final int LONGEST_LOCATION = LONGEST_URL * 2;

  private final GlanceDatabase database;
  private final Dialect dialect;
  private final Map<String, String> columns;
  private String after = "";
  private int limit = USUAL_PAGE;

  /** The rows of the images of a page, and how much they are. */
  private static final class Rows {
    private final Map<String, GlanceImage> images = new LinkedHashMap<>();
    private final Map<String, Long> sizes = new LinkedHashMap<>();
    private final boolean single;
    private long total;

    Rows(boolean single) {
      this.single = single;
    }

    /** The image that a row belongs to; null: it has too many already. */
    GlanceImage take(String id, String... texts) throws TooLargeException {
      long size = 200;
      for (String text : texts) {
        size += text == null ? 0 : text.length();
      }
      long sum = sizes.merge(id, size, Long::sum);
      total += size;
      GlanceImage image = images.get(id);
      if (sum > LARGEST) {
        image.note(new BadValueException("its rows have more than " + LARGEST + " characters"));
        return null;
      }
      if (total > LARGEST_PAGE && !single) {
        throw new TooLargeException();
      }
      return image;
    }
  }

  private static final class TooLargeException extends SQLException {
    private static final long serialVersionUID = 1L;
  }

  GlanceImages(GlanceDatabase database) {
    this.database = database;
    dialect = database.dialect();
    columns = columns();
  }

  private Map<String, String> columns() {
    Map<String, String> columns = new LinkedHashMap<>();
    for (String text :
        List.of("name", "status", "owner", "disk_format", "container_format", "checksum")) {
      columns.put(text, dialect.text(text, LONGEST_NAME));
    }
    columns.put("os_hash_algo", dialect.text("os_hash_algo", LONGEST_NAME));
    columns.put("os_hash_value", dialect.text("os_hash_value", LONGEST_NAME));
    for (String other :
        List.of(
            "visibility",
            "size",
            "virtual_size",
            "min_disk",
            "min_ram",
            "protected",
            "os_hidden",
            "created_at",
            "updated_at",
            "deleted_at",
            "deleted")) {
      columns.put(other, Dialect.other(other));
    }
    return Collections.unmodifiableMap(columns);
  }

  /** How many images there are, deleted ones included, whose identifiers cannot be read. */
  long unreadable() throws SQLException {
    return database.count("images", "NOT " + dialect.orderly("id"));
  }

  /** The next images; none: there are no more. */
  List<GlanceImage> next() throws SQLException {
    while (true) {
      try {
        List<GlanceImage> page = page();
        limit = USUAL_PAGE;
        return page;
      } catch (TooLargeException e) {
        limit = Math.max(1, limit / 10);
      }
    }
  }

  private List<GlanceImage> page() throws SQLException {
    Rows rows = new Rows(limit == 1);
    database
        .page("images", "id", columns, after, limit)
        .forEach((id, values) -> {
          GlanceImage image = new GlanceImage(id);
          image.row.putAll(values);
          rows.images.put(id, image);
        });
    if (rows.images.isEmpty()) {
      return List.of();
    }
    readProperties(rows);
    readTags(rows);
    readMembers(rows);
    readPlaces(rows);
    List<GlanceImage> page = new ArrayList<>(rows.images.values());
    after = page.getLast().id;
    return page;
  }

  private void read(Rows rows, String columns, String table, GlanceDatabase.RowReader reader)
      throws SQLException {
    Object[] ids = rows.images.keySet().toArray();
    database.read(
        "SELECT image_id, %s FROM %s WHERE NOT deleted AND image_id IN (?%s) ORDER BY id"
            .formatted(columns, table, ", ?".repeat(ids.length - 1)),
        reader,
        ids);
  }

  private void readProperties(Rows rows) throws SQLException {
    read(
        rows,
        dialect.text("name", LONGEST_NAME) + ", " + dialect.text("value", LONGEST_TEXT),
        "image_properties",
        row -> {
          Value name = row.at(2, "the name of a property");
          Value content = row.at(3, "property " + shown(name.text()));
          GlanceImage image = rows.take(row.result().getString(1), name.text(), content.text());
          if (image != null) {
            try {
              String text = content.optional(LONGEST_TEXT);
              image.properties.put(name.required(LONGEST_NAME), text);
            } catch (BadValueException e) {
              image.note(e);
            }
          }
        });
  }

  private static String shown(String text) {
    String start = text == null || text.length() <= 80 ? text : text.substring(0, 80) + "...";
    return String.valueOf(start).replaceAll("\\p{Cntrl}", "?");
  }

  private void readTags(Rows rows) throws SQLException {
    read(
        rows,
        dialect.text("value", LONGEST_NAME),
        "image_tags",
        row -> {
          Value tag = row.at(2, "a tag");
          GlanceImage image = rows.take(row.result().getString(1), tag.text());
          if (image != null) {
            try {
              image.tags.add(tag.required(LONGEST_NAME));
            } catch (BadValueException e) {
              image.note(e);
            }
          }
        });
  }

  private void readMembers(Rows rows) throws SQLException {
    read(
        rows,
        "%s, %s, %s, %s"
            .formatted(
                dialect.text("member", LONGEST_NAME),
                dialect.text("status", 20),
                Dialect.other("created_at"),
                Dialect.other("updated_at")),
        "image_members",
        row -> {
          Value project = row.at(2, "a member");
          GlanceImage image = rows.take(row.result().getString(1), project.text());
          if (image != null) {
            try {
              String member = project.required(LONGEST_NAME);
              image.members.put(member, member(member, row));
            } catch (BadValueException e) {
              image.note(e);
            }
          }
        });
  }

  private static Member member(String project, GlanceDatabase.Row row)
      throws SQLException, BadValueException {
    Value status = row.at(3, "the status of a member");
    String word = status.required(20);
    if (!List.of("pending", "accepted", "rejected").contains(word)) {
      throw status.wrong("is none of pending, accepted and rejected");
    }
    Instant created = row.at(4, "created_at of a member").moment();
    if (created == null) {
      throw new BadValueException("created_at of a member is missing");
    }
    Instant updated = row.at(5, "updated_at of a member").moment();
    return new Member(project, word, created, updated == null ? created : updated);
  }

  private void readPlaces(Rows rows) throws SQLException {
    read(
        rows,
        "%s, %s, %s"
            .formatted(
                dialect.text("value", LONGEST_LOCATION),
                dialect.text("meta_data", LONGEST_TEXT),
                dialect.text("status", 30)),
        "image_locations",
        row -> {
          Value url = row.at(2, "a location");
          Value metadata = row.at(3, "what is said of a location");
          GlanceImage image = rows.take(row.result().getString(1), url.text(), metadata.text());
          if (image != null && "active".equals(row.result().getString(4))) {
            try {
              image.places.add(
                  new GlanceImage.Place(
                      url.required(LONGEST_LOCATION), metadata.optional(LONGEST_TEXT)));
            } catch (BadValueException e) {
              image.note(e);
            }
          }
        });
  }
}
