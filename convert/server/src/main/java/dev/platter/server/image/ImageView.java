package dev.platter.server.image;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.platter.server.http.Json;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.function.Function;

/**
 * An image as callers see it: what users said first, then the record's own fields, in the order in
 * which clients have always got them.
 *
 * @param showLocations whether callers see where the data lie
 * @param showDirectUrl whether callers see the first of these places
 * @param showStores whether there are several stores, and callers see which of them have the data
 * @param order the places of an image, the best one first
 */
public record ImageView(
    boolean showLocations,
    boolean showDirectUrl,
    boolean showStores,
    Function<Image, List<Location>> order) {

  public ObjectNode show(Image image) {
    ImageFields fields = image.fields();
    ImageData data = image.data();
    ObjectNode node = Json.object();
    fields.properties().forEach(node::put);
    node.put("name", fields.name());
    node.put("disk_format", fields.diskFormat());
    node.put("container_format", fields.containerFormat());
    node.put("visibility", fields.visibility());
    node.put("size", data.size());
    node.put("virtual_size", data.virtualSize());
    node.put("status", image.status());
    node.put("checksum", data.checksum());
    node.put("protected", fields.isProtected());
    node.put("min_ram", fields.minRam());
    node.put("min_disk", fields.minDisk());
    node.put("owner", fields.owner());
    node.put("os_hidden", fields.hidden());
    node.put("os_hash_algo", data.hashAlgorithm());
    node.put("os_hash_value", data.hashValue());
    node.put("id", image.id());
    node.put("created_at", time(image.createdAt()));
    node.put("updated_at", time(image.updatedAt()));
    if (showLocations) {
      node.set("locations", locations(image));
    }
    if (showDirectUrl && !image.locations().isEmpty()) {
      node.put("direct_url", order.apply(image).getFirst().url());
    }
    node.set("tags", Json.array(fields.tags()));
    node.put("self", "/v2/images/" + image.id());
    node.put("file", "/v2/images/" + image.id() + "/file");
    node.put("schema", "/v2/schemas/image");
    if (showStores && !image.stores().isEmpty()) {
      node.put("stores", String.join(",", image.stores()));
    }
    return node;
  }

  private ArrayNode locations(Image image) {
    ArrayNode locations = Json.array();
    for (Location location : order.apply(image)) {
      ObjectNode node = locations.addObject();
      node.put("url", location.url());
      node.set("metadata", Json.parseOwn(location.metadata()));
    }
    return locations;
  }

  /** A moment as the interface writes it, to the second, in UTC. */
  public static String time(Instant instant) {
    return instant == null
        ? null
        : DateTimeFormatter.ISO_INSTANT.format(instant.truncatedTo(ChronoUnit.SECONDS));
  }
}
