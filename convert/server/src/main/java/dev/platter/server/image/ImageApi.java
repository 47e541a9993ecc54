package dev.platter.server.image;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.platter.server.db.Database;
import dev.platter.server.db.DatabaseException;
import dev.platter.server.http.ApiException;
import dev.platter.server.http.Call;
import dev.platter.server.http.Json;
import dev.platter.server.http.Router;
import dev.platter.server.identity.Caller;
import dev.platter.server.policy.PropertyProtections.Action;
import dev.platter.server.policy.Target;
import dev.platter.server.quota.Quotas;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;

/** The records of images: create, list, show, change, delete. */
public final class ImageApi {
  private final Images images;
  private final ImageLimits limits;
  private final Quotas quotas;
  private final ImageSchema schema;
  private final ImageView view;
  private final LocationChanges locations;
  private final Removal removal;
  private final Map<String, String> created;

  /**
   * @param created headers of the answer to a creation: what a client can do next
   */
  public ImageApi(
      Images images,
      ImageLimits limits,
      Quotas quotas,
      ImageSchema schema,
      ImageView view,
      LocationChanges locations,
      Removal removal,
      Map<String, String> created) {
    this.images = images;
    this.limits = limits;
    this.quotas = quotas;
    this.schema = schema;
    this.view = view;
    this.locations = locations;
    this.removal = removal;
    this.created = created;
  }

  public void addTo(Router router) {
    router
        .get("/v2/images", this::list)
        .post("/v2/images", this::create)
        .get("/v2/images/{image_id}", this::show)
        .patch("/v2/images/{image_id}", this::change)
        .delete("/v2/images/{image_id}", this::delete)
        .post("/v2/images/{image_id}/actions/deactivate", this::deactivate)
        .post("/v2/images/{image_id}/actions/reactivate", this::reactivate);
  }

  private void create(Call call) throws IOException {
    ObjectNode body = call.jsonObject();
    ImageFields fields = readNew(body, call.caller());
    Instant now = Database.now();
    Image image =
        new Image(id(body), fields, Image.Status.QUEUED, ImageData.NONE, List.of(), now, now);
    try {
      images
          .database()
          .transaction(session -> {
            if (ImageTable.knows(session, image.id())) {
              throw alreadyThere(image.id());
            }
            limits.metadata().check(session, image.id(), fields);
            ImageTable.insert(session, image);
            return null;
          });
    } catch (DatabaseException e) {
      if (e.isDuplicate()) {
        throw alreadyThere(image.id());
      }
      throw e;
    }
    created.forEach(call::withHeader);
    call.withHeader("Location", call.baseUrl() + "/v2/images/" + image.id());
    call.answer(201, view.show(images.readable(call.caller(), image)));
  }

  /** Reads what a caller says about a new image, and refuses what the caller may not say. */
  public ImageFields readNew(ObjectNode body, Caller caller) {
    for (Map.Entry<String, JsonNode> entry : body.properties()) {
      ImageSchema.checkWritable(entry.getKey());
    }
    if (body.has("locations")) {
      throw ApiException.forbidden("Attribute 'locations' cannot be set when an image is created.");
    }
    ImageFields fields = schema.readNew(body, caller.projectId());
    checkNew(fields, caller);
    for (String property : fields.properties().keySet()) {
      images.require(Action.CREATE, property, caller);
    }
    limits.checkProperties(fields.properties().size());
    limits.checkTags(fields.tags().size());
    quotas.admitImage(fields.owner());
    return fields;
  }

  private void checkNew(ImageFields fields, Caller caller) {
    Target target =
        name ->
            switch (name) {
              case "project_id", "owner" -> Optional.ofNullable(fields.owner());
              case "visibility" -> Optional.of(fields.visibility());
              default -> Optional.empty();
            };
    boolean own = caller.isAdmin() || caller.owns(fields.owner());
    boolean allowed = images.policy().allows("add_image", caller, target);
    if (!own && (!allowed || images.policy().protectsOwners())) {
      throw ApiException.forbidden(
          "You are not permitted to create images owned by '" + fields.owner() + "'");
    }
    images.policy().require("add_image", caller, target);
    images.checkVisibility(caller, fields.visibility(), target);
  }

  private static ApiException alreadyThere(String id) {
    return ApiException.conflict("Image ID " + id + " already exists!");
  }

  private static String id(ObjectNode body) {
    JsonNode id = body.path("id");
    if (id.isMissingNode()) {
      return UUID.randomUUID().toString();
    }
    if (!id.isTextual() || !id.textValue().matches(ImageSchema.ID_PATTERN)) {
      throw ApiException.badRequest(
          "Provided object does not match schema 'image': id is not a UUID");
    }
    return id.textValue().toLowerCase(Locale.ROOT);
  }

  private void list(Call call) throws IOException {
    Caller caller = call.caller();
    images.policy().require("get_images", caller, Target.ofProject(caller.projectId()));
    List<Map.Entry<String, String>> parameters = call.query();
    ImageQuery query =
        new ImageQuery(parameters, limits, name -> images.allows(Action.READ, name, caller));
    ImagePage page =
        new ImagePage(
            images.database().read(session -> query.run(session, caller)),
            query.limit(),
            limits.metadata().perPage());
    ObjectNode links = Json.object();
    String rest = ImageQuery.withoutMarker(parameters);
    links.put("first", "/v2/images" + (rest.isEmpty() ? "" : "?" + rest));
    page.marker()
        .ifPresent(id ->
            links.put("next", "/v2/images?" + (rest.isEmpty() ? "" : rest + "&") + "marker=" + id));
    links.put("schema", "/v2/schemas/images");
    page.answer(call, images.database(), image -> seen(caller, image), view, links);
  }

  private Optional<Image> seen(Caller caller, Image image) {
    return images.allows("get_image", caller, image)
        ? Optional.of(images.readable(caller, image))
        : Optional.empty();
  }

  private void show(Call call) throws IOException {
    Image image = images.visible(call.caller(), call.variable("image_id"));
    call.answer(200, view.show(images.readable(call.caller(), image)));
  }

  private void change(Call call) throws IOException {
    String type = call.contentType();
    if (!Set.of(ImagePatch.V20, ImagePatch.V21).contains(type)) {
      call.withHeader("Accept-Patch", ImagePatch.V20 + ", " + ImagePatch.V21);
      throw new ApiException(415, "The content type " + type + " is not a patch of an image");
    }
    List<ImagePatch> changes = ImagePatch.parse(type, call.json());
    String id = call.variable("image_id");
    Caller caller = call.caller();
    Map<String, Long> sizes = locations.measure(caller, id, changes);
    Image changed =
        images
            .database()
            .transaction(session -> {
              Image image = Images.lockFound(session, caller, id);
              requireChanges(changes, image, caller);
              ImageFields fields = apply(changes, image, caller);
              if (fields.metadataBytes() > image.fields().metadataBytes()) {
                limits.metadata().check(session, id, fields);
              }
              ImageTable.saveFields(session, id, fields);
              locations.apply(session, caller, image, fields, changes, sizes);
              ImageTable.touch(session, id);
              return ImageTable.find(session, id).orElseThrow();
            });
    call.answer(200, view.show(images.readable(caller, changed)));
  }

  /** Refuses what the caller may not change, in the order in which it is asked for. */
  private void requireChanges(List<ImagePatch> changes, Image image, Caller caller) {
    for (ImagePatch change : changes) {
      String name = change.path().getFirst();
      if (name.equals("owner") && !caller.isAdmin()) {
        throw newOwner();
      }
      if (name.equals("visibility") && change.value() != null) {
        images.checkVisibility(caller, change.value().asText(), image.target(caller));
      }
      if (!change.isLocation()) {
        images.require("modify_image", caller, image);
      }
    }
    if (changes.isEmpty()) {
      images.require("modify_image", caller, image);
    }
  }

  private static ApiException newOwner() {
    return ApiException.forbidden("You are not permitted to change the owner of an image.");
  }

  private ImageFields apply(List<ImagePatch> changes, Image image, Caller caller) {
    ObjectNode document =
        new ImageView(false, false, false, Image::locations).show(images.readable(caller, image));
    document.remove(ImageSchema.READ_ONLY);
    document.remove("id");
    ObjectNode old = document.deepCopy();
    ImageFields before = image.fields();
    for (ImagePatch change : changes) {
      if (!change.isLocation()) {
        checkProtection(change, document, before, caller);
        change.apply(document);
      }
    }
    ImageFields after = schema.readChanged(document, old, before.owner());
    before
        .properties()
        .forEach((name, value) -> {
          if (!images.allows(Action.READ, name, caller)) {
            after.properties().putIfAbsent(name, value); // What is not seen stays.
          }
        });
    boolean queued = image.status().equals(Image.Status.QUEUED);
    if (!queued && !Objects.equals(before.diskFormat(), after.diskFormat())) {
      throw onlyQueued("disk_format");
    }
    if (!queued && !Objects.equals(before.containerFormat(), after.containerFormat())) {
      throw onlyQueued("container_format");
    }
    if (!Objects.equals(before.owner(), after.owner()) && !caller.isAdmin()) {
      throw newOwner();
    }
    limits.checkTags(after.tags().size());
    int own = ownCount(after);
    if (after.properties().size() > before.properties().size()) {
      limits.checkProperties(after.properties().size() - own);
    }
    return after;
  }

  /** Refuses a change of a property that the caller may not change so. */
  private void checkProtection(
      ImagePatch change, ObjectNode document, ImageFields before, Caller caller) {
    String name = change.path().getFirst();
    if (!ImageSchema.isProperty(name)) {
      return;
    }
    if (document.has(name)) {
      boolean remove = change.operation().equals("remove");
      images.require(remove ? Action.DELETE : Action.UPDATE, name, caller);
    } else if (change.operation().equals("add")) {
      images.require(Action.CREATE, name, caller);
      if (before.properties().containsKey(name)) {
        images.require(Action.UPDATE, name, caller); // There is one that the caller cannot see.
      }
    }
  }

  private static int ownCount(ImageFields fields) {
    SortedMap<String, String> own =
        new TreeMap<>(fields.properties()).tailMap(ImageSchema.OWN_PREFIX);
    return (int) own.keySet().stream().filter(n -> n.startsWith(ImageSchema.OWN_PREFIX)).count();
  }

  private static ApiException onlyQueued(String attribute) {
    return ApiException.forbidden(
        "Attribute " + attribute + " can be only replaced for a queued image.");
  }

  private void delete(Call call) throws IOException {
    removal.remove(call.caller(), call.variable("image_id"));
    call.answer(204);
  }

  private void deactivate(Call call) throws IOException {
    act(call, "deactivate", Image.Status.ACTIVE, Image.Status.DEACTIVATED);
  }

  private void reactivate(Call call) throws IOException {
    act(call, "reactivate", Image.Status.DEACTIVATED, Image.Status.ACTIVE);
  }

  private void act(Call call, String action, String from, String to) throws IOException {
    String id = call.variable("image_id");
    images
        .database()
        .transaction(session -> {
          Image image = images.lockPermitted(session, call.caller(), id, action);
          if (!image.status().equals(to) && !ImageTable.changeStatus(session, id, from, to, null)) {
            throw ApiException.forbidden(
                "Not allowed to %s image in status '%s'".formatted(action, image.status()));
          }
          return null;
        });
    call.answer(204);
  }
}
