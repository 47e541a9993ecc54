package dev.platter.server.imports;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.platter.server.db.Database;
import dev.platter.server.http.ApiException;
import dev.platter.server.http.Json;
import dev.platter.server.identity.Caller;
import dev.platter.server.image.Image;
import dev.platter.server.image.ImageApi;
import dev.platter.server.image.ImageData;
import dev.platter.server.image.ImageFields;
import dev.platter.server.image.ImageLimits;
import dev.platter.server.image.ImageTable;
import dev.platter.server.store.Stores;
import dev.platter.server.task.Task;
import dev.platter.server.task.TaskApi;
import dev.platter.server.task.Tasks;
import dev.platter.service.download.UriFilter;
import dev.platter.service.download.UriText;
import java.net.URI;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** The older way to import: a task that makes the image and fetches its data. */
public final class LegacyImport implements TaskApi.Starter {
  private final Stores stores;
  private final ImageApi records;
  private final ImageLimits limits;
  private final Tasks tasks;
  private final UriFilter filter;
  private final Imports imports;

  public LegacyImport(
      Stores stores,
      ImageApi records,
      ImageLimits limits,
      Tasks tasks,
      UriFilter filter,
      Imports imports) {
    this.stores = stores;
    this.limits = limits;
    this.records = records;
    this.tasks = tasks;
    this.filter = filter;
    this.imports = imports;
  }

  @Override
  public Task start(Caller caller, ObjectNode input) {
    for (String field : List.of("import_from", "import_from_format", "image_properties")) {
      if (input.path(field).isMissingNode()) {
        throw ApiException.badRequest("Input does not contain '" + field + "' field");
      }
    }
    URI uri = ImportRequest.uri(input.path("import_from"));
    if (!filter.accepts(uri)) {
      throw ImportRequest.notAllowed(uri.toString());
    }
    if (!(input.path("image_properties") instanceof ObjectNode given)) {
      throw ApiException.badRequest("The field 'image_properties' is a JSON object");
    }
    ObjectNode properties = given.deepCopy();
    defaults(properties, "disk_format", input.path("import_from_format"));
    defaults(properties, "container_format", new TextNode("bare"));
    ImageFields fields = records.readNew(properties, caller);
    if (fields.diskFormat() == null || fields.containerFormat() == null) {
      throw ApiException.badRequest("An import needs a disk_format and a container_format");
    }
    Instant now = Database.now();
    Image image =
        new Image(
            UUID.randomUUID().toString(),
            fields,
            Image.Status.IMPORTING,
            ImageData.NONE,
            List.of(),
            now,
            now);
    ImportRequest request =
        new ImportRequest(ImportRequest.WEB_DOWNLOAD, uri, null, null, List.of(), false, true);
    Order order =
        new Order.Import(
            image.id(),
            request,
            List.of(stores.defaultStore()),
            Order.OnFailure.DELETE,
            caller,
            Optional.empty());
    return imports.ask(
        image,
        order,
        caller,
        session -> {
          limits.metadata().check(session, image.id(), fields);
          ImageTable.insert(session, image);
          return tasks.create(session, Task.IMPORT, caller, image.id(), shown(input, uri));
        });
  }

  /** What a task keeps of the request, without what may be secret. */
  private static ObjectNode shown(ObjectNode input, URI uri) {
    ObjectNode shown = Json.object();
    shown.put("import_from", UriText.of(uri));
    shown.set("import_from_format", input.path("import_from_format"));
    shown.set("image_properties", input.path("image_properties"));
    return shown;
  }

  private static void defaults(ObjectNode properties, String name, JsonNode value) {
    if (!properties.has(name)) {
      properties.set(name, value);
    }
  }
}
