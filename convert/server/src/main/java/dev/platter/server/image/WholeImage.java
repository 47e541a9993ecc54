package dev.platter.server.image;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.platter.server.db.Session;
import dev.platter.server.http.Json;
import dev.platter.server.image.Members.Member;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * All that the database says of an image, to be moved from one to another.
 *
 * @param members by their project
 */
public record WholeImage(Image image, SortedMap<String, Member> members) {

  /**
   * Finds several.
   *
   * @param lock whether others are kept from changing them until the transaction ends
   */
  public static Map<String, WholeImage> find(Session session, Collection<String> ids, boolean lock)
      throws SQLException {
    Map<String, WholeImage> found = new HashMap<>();
    if (ids.isEmpty()) {
      return found;
    }
    Object[] all = ids.toArray();
    String in = " IN (?" + ", ?".repeat(all.length - 1) + ")";
    List<String> present =
        session.list(
            "SELECT id FROM images WHERE id" + in + (lock ? " FOR UPDATE" : ""),
            row -> row.getString(1),
            all);
    if (!present.isEmpty()) {
      for (Image image : ImageTable.findAll(session, present)) {
        SortedMap<String, Member> members = new TreeMap<>();
        for (Member member : Members.list(session, image.id())) {
          members.put(member.member(), member);
        }
        found.put(image.id(), new WholeImage(image, members));
      }
    }
    return found;
  }

  /** Adds it, or replaces what is there. */
  public void save(Session session) throws SQLException {
    session.update("DELETE FROM images WHERE id = ?", image.id());
    ImageTable.insert(session, image);
    ImageTable.saveData(session, image.id(), image.data());
    for (Member member : members.values()) {
      Members.insert(session, image.id(), member);
    }
  }

  /** Keeps an identifier from ever naming an image here, as one that was deleted. */
  public static void retire(Session session, String id, Instant since) throws SQLException {
    session.update("INSERT INTO deleted_images (id, deleted_at) VALUES (?, ?)", id, since);
  }

  /** The same for all that can be compared. */
  public ObjectNode record() {
    ImageFields fields = image.fields();
    ImageData data = image.data();
    ObjectNode node = Json.object();
    node.put("id", image.id());
    node.put("status", image.status());
    node.put("name", fields.name());
    node.put("visibility", fields.visibility());
    node.put("owner", fields.owner());
    node.put("disk_format", fields.diskFormat());
    node.put("container_format", fields.containerFormat());
    node.put("min_disk", fields.minDisk());
    node.put("min_ram", fields.minRam());
    node.put("protected", fields.isProtected());
    node.put("os_hidden", fields.hidden());
    node.set("tags", Json.array(fields.tags()));
    ObjectNode properties = node.putObject("properties");
    fields.properties().forEach(properties::put);
    node.put("size", data.size());
    node.put("virtual_size", data.virtualSize());
    node.put("checksum", data.checksum());
    node.put("os_hash_algo", data.hashAlgorithm());
    node.put("os_hash_value", data.hashValue());
    ArrayNode locations = node.putArray("locations");
    for (Location location : image.locations()) {
      locations.add(
          Json.array(
              new ArrayList<>(
                  List.of(location.url(), String.valueOf(location.store()), location.metadata()))));
    }
    ArrayNode shared = node.putArray("members");
    for (Member member : members.values()) {
      shared.add(
          Json.array(
              List.of(
                  member.member(),
                  member.status(),
                  member.createdAt().toString(),
                  member.updatedAt().toString())));
    }
    node.put("created_at", image.createdAt().toString());
    node.put("updated_at", image.updatedAt().toString());
    return node;
  }
}
