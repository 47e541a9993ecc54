package dev.platter.server.metadef;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.platter.server.db.Database;
import dev.platter.server.db.Session;
import dev.platter.server.http.ApiException;
import dev.platter.server.http.Json;
import dev.platter.server.metadef.Metadefs.Kind;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Definition files as Glance brings them: a JSON document for each namespace. They are loaded
 * together, or not at all.
 */
public final class MetadefFiles {
  private static final long LARGEST = 16 << 20;

  /** What is done about a namespace that is there already. */
  public enum Existing {
    /** It stays as it is. */
    SKIP,
    /** It gets what it lacks. */
    MERGE,
    /** It gets what it lacks, and the files' version of what it has. */
    PREFER_NEW,
    /** It makes room for the files' version. */
    OVERWRITE
  }

  private record Document(Path file, ObjectNode json) {}

  private final List<Document> documents = new ArrayList<>();

  /**
   * Reads a file, or all files of a directory whose names end in {@code .json}.
   *
   * @throws IOException if one of them is no definition of a namespace
   */
  public MetadefFiles(Path path) throws IOException {
    List<Path> files = new ArrayList<>();
    if (!Files.exists(path)) {
      throw new IOException(path + ": there is no such file or directory");
    }
    if (Files.isDirectory(path)) {
      try (DirectoryStream<Path> found = Files.newDirectoryStream(path, "*.json")) {
        found.forEach(files::add);
      }
    } else {
      files.add(path);
    }
    if (files.isEmpty()) {
      throw new IOException(path + ": there are no files whose names end in .json");
    }
    files.sort(null);
    for (Path file : files) {
      documents.add(new Document(file, read(file)));
    }
  }

  private static ObjectNode read(Path file) throws IOException {
    if (Files.size(file) > LARGEST) {
      throw new IOException(file + ": has more than " + LARGEST + " bytes");
    }
    try {
      if (Json.parse(Files.readString(file)) instanceof ObjectNode object) {
        Namespace.name(object, "namespace");
        return object;
      }
    } catch (JsonProcessingException e) {
      throw new IOException(
          file + ", line " + e.getLocation().getLineNr() + ": " + e.getOriginalMessage(), e);
    } catch (ApiException e) {
      throw new IOException(file + ": " + e.getMessage(), e);
    }
    throw new IOException(file + ": a JSON object is expected");
  }

  /**
   * Loads all of them.
   *
   * @return what was done, a line for each file
   * @throws IOException if something in them cannot be kept; nothing was loaded then
   */
  public List<String> load(Database database, Existing existing) throws IOException {
    List<String> told = new ArrayList<>();
    Document[] current = new Document[1];
    try {
      database.transaction(session -> {
        for (Document document : documents) {
          current[0] = document;
          told.add(load(session, document, existing));
        }
        return null;
      });
    } catch (ApiException e) {
      throw new IOException(current[0].file() + ": " + e.getMessage(), e);
    }
    return told;
  }

  private static String load(Session session, Document document, Existing existing)
      throws SQLException {
    ObjectNode json = document.json();
    String name = Namespace.name(json, "namespace");
    boolean there = Metadefs.find(session, name).isPresent();
    if (there && existing == Existing.OVERWRITE) {
      Metadefs.delete(session, name);
      there = false;
    }
    if (there && existing == Existing.SKIP) {
      return document.file() + ": skipped, " + name + " is there already";
    }
    boolean replace = existing == Existing.PREFER_NEW;
    if (!there) {
      Metadefs.insert(session, Namespace.load(json, null));
    } else if (replace) {
      Metadefs.update(session, name, Namespace.load(json, Database.now()));
    }
    for (JsonNode type : json.path("resource_type_associations")) {
      associate(session, name, type, replace);
    }
    for (Map.Entry<String, JsonNode> property : json.path("properties").properties()) {
      put(session, name, Kind.PROPERTY, property.getKey(), property.getValue(), replace);
    }
    for (JsonNode object : json.path("objects")) {
      put(session, name, Kind.OBJECT, Namespace.name(object, "name"), object, replace);
    }
    for (JsonNode tag : json.path("tags")) {
      put(session, name, Kind.TAG, Namespace.name(tag, "name"), tag, replace);
    }
    return document.file() + ": loaded " + name;
  }

  private static void associate(Session session, String namespace, JsonNode body, boolean replace)
      throws SQLException {
    Metadefs.Association association =
        new Metadefs.Association(
            Namespace.name(body, "name"),
            Namespace.optionalName(body, "prefix"),
            Namespace.optionalName(body, "properties_target"),
            Database.now(),
            null);
    boolean there =
        Metadefs.associations(session, namespace).stream()
            .anyMatch(known -> known.type().equals(association.type()));
    if (!there) {
      Metadefs.associate(session, namespace, association);
    } else if (replace) {
      Metadefs.dissociate(session, namespace, association.type());
      Metadefs.associate(session, namespace, association.updatedAt(Database.now()));
    }
  }

  private static void put(
      Session session, String namespace, Kind kind, String name, JsonNode body, boolean replace)
      throws SQLException {
    if (!(body instanceof ObjectNode document)) {
      throw ApiException.badRequest(
          "The definition of " + kind.word() + " " + name + " is no object");
    }
    if (name.length() > Namespace.LONGEST_NAME) {
      throw ApiException.badRequest("The name " + name + " has more than 80 characters");
    }
    Instant now = Database.now();
    ObjectNode kept = ItemApi.stripped(document);
    if (Metadefs.findItem(session, namespace, kind, name).isEmpty()) {
      Metadefs.insertItem(session, namespace, kind, new Metadefs.Item(name, kept, now, null));
    } else if (replace) {
      Metadefs.updateItem(session, namespace, kind, name, name, kept);
    }
  }
}
