package dev.platter.server.imports;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.platter.server.http.ApiException;
import dev.platter.server.http.Json;
import dev.platter.service.download.UriText;
import dev.platter.service.store.ImageIds;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What a caller asks for when importing.
 *
 * @param method the method's name
 * @param uri what is to be fetched; null for other methods
 * @param region where it is to be fetched from; null for other methods
 * @param source the image that is to be converted; null for other methods
 * @param stores the stores that the caller names; empty when there are none
 * @param allStores whether all stores are meant
 * @param allMustSucceed whether one store that fails undoes all others
 */
record ImportRequest(
    String method,
    URI uri,
    Region region,
    String source,
    List<String> stores,
    boolean allStores,
    boolean allMustSucceed) {
  /**
   * An image that another region has.
   *
   * @param visibility of the endpoint: public, internal or admin
   */
  record Region(String name, String imageId, String visibility) {
    static Region parse(JsonNode method) {
      JsonNode name = method.path("glance_region");
      JsonNode id = method.path("glance_image_id");
      if (!name.isTextual() || !id.isTextual()) {
        throw ApiException.badRequest(
            "'glance_region' and 'glance_image_id' need to be set for glance-download import method");
      }
      if (!ImageIds.valid(id.textValue())) {
        throw ApiException.badRequest("Remote image id does not look like a UUID: " + id.asText());
      }
      String visibility = method.path("glance_service_interface").asText("public");
      if (!Set.of("public", "internal", "admin").contains(visibility)) {
        throw ApiException.badRequest(
            "'glance_service_interface' is public, internal or admin, not " + visibility);
      }
      return new Region(name.textValue(), id.textValue(), visibility);
    }
  }

  static final String GLANCE_DIRECT = "glance-direct";
  static final String WEB_DOWNLOAD = "web-download";
  static final String GLANCE_DOWNLOAD = "glance-download";
  static final String COPY_IMAGE = "copy-image";

  /**
   * Ours: a new image is made of one that is there, in the format that the new one's record says.
   */
  static final String CONVERT_IMAGE = "convert-image";

  /**
   * @param header the store that a header names
   */
  static ImportRequest parse(ObjectNode body, Optional<String> header) {
    JsonNode method = body.path("method");
    JsonNode name = method.path("name");
    if (!method.isObject() || !name.isTextual()) {
      throw ApiException.badRequest("Import request requires a 'name' field.");
    }
    boolean all = body.path("all_stores").asBoolean(false);
    List<String> stores = stores(body.path("stores"));
    if (all && (!stores.isEmpty() || header.isPresent())) {
      throw ApiException.badRequest(
          "All_stores parameter can't be used with x-image-meta-store header or stores parameter");
    }
    if (!stores.isEmpty() && header.isPresent()) {
      throw ApiException.badRequest(
          "Stores parameter and x-image-meta-store header can't be both" + " specified");
    }
    header.ifPresent(stores::add);
    return new ImportRequest(
        name.textValue(),
        name.textValue().equals(WEB_DOWNLOAD) ? uri(method.path("uri")) : null,
        name.textValue().equals(GLANCE_DOWNLOAD) ? Region.parse(method) : null,
        name.textValue().equals(CONVERT_IMAGE) ? source(method) : null,
        stores,
        all,
        body.path("all_stores_must_succeed").asBoolean(true));
  }

  private static List<String> stores(JsonNode node) {
    List<String> stores = new ArrayList<>();
    if (!node.isMissingNode() && !node.isArray()) {
      throw ApiException.badRequest("The stores of an import are a list of names");
    }
    for (JsonNode store : node) {
      if (!stores.contains(store.asText())) {
        stores.add(store.asText());
      }
    }
    return stores;
  }

  private static String source(JsonNode method) {
    JsonNode id = method.path("image_id");
    if (!id.isTextual() || !ImageIds.valid(id.textValue())) {
      throw ApiException.badRequest(
          "Import request of method convert-image requires an 'image_id': the image to convert.");
    }
    return id.textValue();
  }

  static URI uri(JsonNode node) {
    if (!node.isTextual()) {
      throw ApiException.badRequest(
          "Import request of method web-download requires a 'uri' field.");
    }
    try {
      return new URI(node.textValue());
    } catch (URISyntaxException e) {
      throw notAllowed(node.textValue());
    }
  }

  /** What a task keeps of the request: what it means, and nothing that may be secret. */
  ObjectNode shown() {
    return json(uri == null ? null : UriText.of(uri));
  }

  /** All of it, for {@link #parse}. */
  ObjectNode json() {
    return json(uri == null ? null : uri.toString());
  }

  private ObjectNode json(String uriText) {
    ObjectNode request = Json.object();
    ObjectNode said = request.putObject("method").put("name", method);
    if (uriText != null) {
      said.put("uri", uriText);
    }
    if (region != null) {
      said.put("glance_region", region.name());
      said.put("glance_image_id", region.imageId());
      said.put("glance_service_interface", region.visibility());
    }
    if (source != null) {
      said.put("image_id", source);
    }
    if (!stores.isEmpty()) {
      request.set("stores", Json.array(stores));
    }
    request.put("all_stores", allStores);
    request.put("all_stores_must_succeed", allMustSucceed);
    return request;
  }

  static ApiException notAllowed(String uri) {
    return ApiException.badRequest("URI for web-download does not pass filtering: " + uri);
  }
}
