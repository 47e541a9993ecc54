package dev.platter.server.imports;

import dev.platter.server.db.Session;
import dev.platter.server.http.ApiException;
import dev.platter.server.image.Image;
import dev.platter.server.image.ImageData;
import dev.platter.server.image.ImageFields;
import dev.platter.server.image.ImageLimits;
import dev.platter.server.image.ImageTable;
import dev.platter.server.image.Images;
import dev.platter.server.image.Location;
import dev.platter.server.policy.PropertyProtections.Action;
import dev.platter.server.store.Stores;
import dev.platter.service.Fingerprint;
import dev.platter.service.HashAlgorithm;
import dev.platter.service.ImportException;
import dev.platter.service.ImportMethod;
import dev.platter.service.store.Store;
import java.io.IOException;
import java.sql.SQLException;
import java.util.Optional;
import java.util.OptionalLong;

/** Finds out where the bytes of an import come from, when it is the import's turn. */
final class Sources {
  private final Images images;
  private final Stores stores;
  private final Optional<OtherRegions> regions;
  private final ImageLimits limits;

  /**
   * @param regions other image services, where there are any
   * @param limits how much the record of an image may say
   */
  Sources(Images images, Stores stores, Optional<OtherRegions> regions, ImageLimits limits) {
    this.images = images;
    this.stores = stores;
    this.regions = regions;
    this.limits = limits;
  }

  /**
   * Where bytes come from.
   *
   * @param said the record that says what they are; empty: that of the image that they become
   */
  record Source(ImportMethod method, Optional<ImageFields> said) {
    private static Source of(ImportMethod method) {
      return new Source(method, Optional.empty());
    }
  }

  /** What the image's record says may be changed by what the source says. */
  Source open(Image image, Order.Import order) throws IOException {
    return switch (order.request().method()) {
      case ImportRequest.WEB_DOWNLOAD ->
          Source.of(new ImportMethod.WebDownload(order.request().uri()));
      case ImportRequest.COPY_IMAGE -> Source.of(copyOf(image));
      case ImportRequest.CONVERT_IMAGE -> conversion(image, order);
      case ImportRequest.GLANCE_DOWNLOAD -> Source.of(adopt(image, order));
      default -> Source.of(new ImportMethod.GlanceDirect());
    };
  }

  /** Another image, if whoever asked for the conversion may still read it. */
  private Source conversion(Image image, Order.Import order) throws IOException {
    String id = order.request().source();
    Image other;
    try {
      other = images.downloadable(order.caller(), id);
    } catch (ApiException e) {
      throw new ImportException(
          ImportException.Reason.NO_DATA,
          "image " + id + ", which is to be converted, cannot be read: " + e.getMessage(),
          e);
    }
    if (!other.status().equals(Image.Status.ACTIVE)) {
      throw new ImportException(
          ImportException.Reason.NO_DATA,
          "image " + id + ", which is to be converted, is " + other.status());
    }
    Location place = place(other);
    ImportMethod method =
        new ImportMethod.ConvertImage(
            storeOf(place), place.url(), fingerprint(other.data()), image.fields().diskFormat());
    return new Source(method, Optional.of(other.fields()));
  }

  /** Takes over what an image of another region says of itself. */
  private ImportMethod adopt(Image image, Order.Import order) throws IOException {
    ImportRequest.Region region = order.request().region();
    OtherRegions.Source source =
        new OtherRegions.Source(
            region.name(), region.visibility(), region.imageId(), order.token().orElse(""));
    OtherRegions others =
        regions.orElseThrow(() ->
            new ImportException(
                ImportException.Reason.DOWNLOAD_FAILED,
                "the node that runs it does not know other regions"));
    OtherRegions.Description there = others.describe(source);
    there
        .properties()
        .keySet()
        .removeIf(name -> !images.allows(Action.CREATE, name, order.caller()));
    try {
      images.database().transaction(session -> takeOver(session, image.id(), there));
    } catch (ApiException e) {
      throw new ImportException(ImportException.Reason.TOO_LARGE, e.getMessage(), e);
    }
    return new ImportMethod.GlanceDownload(others.data(source, there.size()));
  }

  private Void takeOver(Session session, String id, OtherRegions.Description there)
      throws SQLException {
    Optional<Image> now = ImageTable.lock(session, id);
    if (now.isPresent()) {
      ImageFields fields = there.over(now.get().fields());
      limits.checkProperties(fields.properties().size());
      limits.metadata().check(session, id, fields);
      ImageTable.saveFields(session, id, fields);
    }
    return null;
  }

  private ImportMethod copyOf(Image image) throws IOException {
    Location place = place(image);
    OptionalLong virtualSize =
        image.data().virtualSize() == null
            ? OptionalLong.empty()
            : OptionalLong.of(image.data().virtualSize());
    return new ImportMethod.CopyImage(
        storeOf(place), place.url(), fingerprint(image.data()), virtualSize);
  }

  /** Where a store has the image. */
  private Location place(Image image) throws ImportException {
    return image.locations().stream()
        .filter(location -> stores.find(location.store()).isPresent())
        .findFirst()
        .orElseThrow(() ->
            new ImportException(
                ImportException.Reason.NO_DATA, "image " + image.id() + " has no data to copy"));
  }

  private Store storeOf(Location place) {
    return stores.find(place.store()).orElseThrow();
  }

  /** What the record says of the data; nothing where that does not tell copies apart. */
  private static Optional<Fingerprint> fingerprint(ImageData data) {
    if (data.checksum() == null || data.hashValue() == null) {
      return Optional.empty();
    }
    return HashAlgorithm.named(data.hashAlgorithm())
        .map(algorithm ->
            new Fingerprint(data.size(), data.checksum(), algorithm, data.hashValue()));
  }
}
