package dev.platter.server.migrate;

import dev.platter.server.image.Image;
import dev.platter.server.image.ImageData;
import dev.platter.server.image.ImageFields;
import dev.platter.server.image.ImageSchema;
import dev.platter.server.image.Location;
import dev.platter.server.image.Visibility;
import dev.platter.server.image.WholeImage;
import dev.platter.service.store.ImageIds;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/** What becomes of an image of Glance's here. */
final class ImageMove {
  private static final Set<String> UNDER_WAY =
      Set.of(Image.Status.SAVING, Image.Status.UPLOADING, Image.Status.IMPORTING);

  /** Properties by which Glance notes what it is at: nobody goes on with that. */
  private static final List<String> WORK = List.of("os_glance_import_task", "os_glance_stage_host");

  private static final String IMPORTING = "os_glance_importing_to_stores";
  private static final String FAILED = "os_glance_failed_import";

  /**
   * The outcome.
   *
   * @param image what is to be written; null: nothing
   * @param retired since when the identifier names nothing any more; null: it does
   * @param left why it is not taken over; null: it is, or nobody would want it
   * @param missed what of it is not taken over that somebody may miss
   * @param notes what else should be known
   */
  record Outcome(
      WholeImage image, Instant retired, String left, List<String> missed, List<String> notes) {
    static Outcome left(String why) {
      return new Outcome(null, null, why, List.of(), List.of());
    }
  }

  private ImageMove() {}

  /** Decides, and looks at the data where they lie. */
  static Outcome of(GlanceImage image, Places places) {
    try {
      return decide(image, places);
    } catch (BadValueException e) {
      return Outcome.left(e.getMessage());
    }
  }

  private static Outcome decide(GlanceImage image, Places places) throws BadValueException {
    String status = image.at("status").required(30);
    Instant created = image.at("created_at").moment();
    if (created == null) {
      throw new BadValueException("created_at is missing");
    }
    if (image.at("deleted").flag()
        || Set.of("deleted", "killed", "pending_delete").contains(status)) {
      return retired(image, status, created);
    }
    if (!ImageIds.valid(image.id)) {
      throw new BadValueException("the identifier is none");
    }
    image.check();
    Instant updated = image.at("updated_at").moment();
    List<String> notes = new ArrayList<>();
    List<String> missed = new ArrayList<>();
    ImageFields fields = fields(image, status, notes);
    ImageData data = data(image);
    List<Location> locations = List.of();
    if (status.equals(Image.Status.ACTIVE) || status.equals(Image.Status.DEACTIVATED)) {
      Places.Found found = places.find(image, data.size());
      if (found.usable().isEmpty()) {
        throw new BadValueException(
            found.problems().isEmpty()
                ? "it is " + status + " and has no location"
                : String.join("; ", found.problems()));
      }
      locations = found.usable();
      found.problems().forEach(problem -> missed.add("a copy is not taken over: " + problem));
    } else if (UNDER_WAY.contains(status)) {
      notes.add("was " + status + ", which nobody goes on with: it is queued");
      for (String leftover : places.leftovers(image.id, fields.owner())) {
        notes.add("what was sent of it lies in the way of another try: " + leftover);
      }
      status = Image.Status.QUEUED;
      data = ImageData.NONE;
    } else if (!status.equals(Image.Status.QUEUED)) {
      throw new BadValueException("status is unknown: " + status.replaceAll("\\p{Cntrl}", "?"));
    }
    WholeImage whole =
        new WholeImage(
            new Image(
                image.id,
                fields,
                status,
                data,
                locations,
                created,
                updated == null ? created : updated),
            image.members);
    return new Outcome(whole, null, null, missed, notes);
  }

  /** Nobody can use it, and its identifier names nothing else, there or here. */
  private static Outcome retired(GlanceImage image, String status, Instant created)
      throws BadValueException {
    Instant deleted = image.at("deleted_at").moment();
    List<String> notes = new ArrayList<>();
    if (status.equals("pending_delete")) {
      notes.add("waits for its data to be deleted, which are left: glance-scrubber deletes them");
    } else if (status.equals("killed")) {
      notes.add("was killed while it was uploaded, and has no data");
    }
    return new Outcome(null, deleted == null ? created : deleted, null, List.of(), notes);
  }

  private static ImageFields fields(GlanceImage image, String status, List<String> notes)
      throws BadValueException {
    Value visibility = image.at("visibility");
    String word = visibility.required(20).strip();
    if (!Visibility.ALL.contains(word)) {
      throw visibility.wrong("is none of public, community, shared and private");
    }
    return new ImageFields(
        image.at("name").optional(255),
        word,
        image.at("owner").optional(255),
        image.at("disk_format").optional(20),
        image.at("container_format").optional(20),
        image.at("min_disk").countOrZero(),
        image.at("min_ram").countOrZero(),
        image.at("protected").flag(),
        image.at("os_hidden").flag(),
        properties(image, status, notes),
        image.tags);
  }

  private static SortedMap<String, String> properties(
      GlanceImage image, String status, List<String> notes) throws BadValueException {
    SortedMap<String, String> properties = new TreeMap<>();
    for (Map.Entry<String, String> property : image.properties.entrySet()) {
      String name = property.getKey();
      if (name.isEmpty() || !ImageSchema.isProperty(name)) {
        throw new BadValueException("a property is called '" + name + "', as something else is");
      }
      if (!WORK.contains(name)) {
        properties.put(name, Objects.requireNonNullElse(property.getValue(), "")); // so shown there
      }
    }
    String waiting = properties.get(IMPORTING);
    if (waiting != null && (!waiting.isEmpty() || UNDER_WAY.contains(status))) {
      String failed = properties.getOrDefault(FAILED, "");
      properties.put(IMPORTING, "");
      properties.put(FAILED, failed + (failed.isEmpty() || waiting.isEmpty() ? "" : ",") + waiting);
      if (!waiting.isEmpty()) {
        notes.add(
            "was being brought to stores, which nobody goes on with: "
                + waiting.replaceAll("\\p{Cntrl}", "?"));
      }
    }
    return properties;
  }

  private static ImageData data(GlanceImage image) throws BadValueException {
    return new ImageData(
        image.at("size").count(),
        image.at("virtual_size").count(),
        image.at("checksum").optional(32),
        image.at("os_hash_algo").optional(64),
        image.at("os_hash_value").optional(128));
  }
}
