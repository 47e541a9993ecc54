package dev.platter.server.imports;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.platter.server.http.ApiException;
import dev.platter.server.http.Call;
import dev.platter.server.http.Router;
import dev.platter.server.identity.Caller;
import dev.platter.server.identity.Identity;
import dev.platter.server.image.Image;
import dev.platter.server.image.Images;
import dev.platter.server.quota.Quotas;
import dev.platter.server.store.Stores;
import dev.platter.service.download.UriFilter;
import dev.platter.service.inspect.FormatNames;
import dev.platter.service.store.Store;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.TreeSet;

/** Asking for an import: checks what can be checked at once, and leaves the rest to a task. */
public final class ImportApi {
  private static final String TARGETS = String.join(", ", new TreeSet<>(FormatNames.MADE));

  private final Images images;
  private final Stores stores;
  private final List<String> methods;
  private final UriFilter filter;
  private final Imports imports;
  private final Quotas quotas;

  /**
   * @param methods the methods that are switched on
   */
  public ImportApi(
      Images images,
      Stores stores,
      List<String> methods,
      UriFilter filter,
      Imports imports,
      Quotas quotas) {
    this.images = images;
    this.stores = stores;
    this.methods = methods;
    this.filter = filter;
    this.imports = imports;
    this.quotas = quotas;
  }

  public void addTo(Router router) {
    router.post("/v2/images/{image_id}/import", this::begin);
  }

  private void begin(Call call) throws IOException {
    ObjectNode body = call.jsonObject();
    ImportRequest request = ImportRequest.parse(body, call.decodedHeader("x-image-meta-store"));
    if (!methods.contains(request.method())) {
      throw ApiException.badRequest("Unknown import method name '" + request.method() + "'.");
    }
    if (!request.allMustSucceed() && !stores.several()) {
      throw ApiException.badRequest(
          "All_stores_must_succeed can only be set with enabled_backends");
    }
    boolean copy = request.method().equals(ImportRequest.COPY_IMAGE);
    Image image = images.found(call.caller(), call.variable("image_id"));
    checkState(image, request);
    if (request.source() != null) {
      checkConversion(call.caller(), image, request.source());
    }
    images.require(copy ? "copy_image" : "modify_image", call.caller(), image);
    List<Store> targets = targets(image, request);
    admit(image, targets, copy);
    if (request.uri() != null && !filter.accepts(request.uri())) {
      throw ImportRequest.notAllowed(request.uri().toString());
    }
    imports.begin(image, request, targets, call.caller(), call.header(Identity.TOKEN_HEADER));
    call.answer(202);
  }

  private void admit(Image image, List<Store> targets, boolean copy) {
    Long size = image.data().size();
    OptionalLong wanted =
        copy && size != null
            ? OptionalLong.of(Math.multiplyExact(size, targets.size()))
            : OptionalLong.empty();
    // Copies come to what the image has already.
    quotas.admitData(image.fields().owner(), copy ? null : image.id(), wanted);
  }

  private static void checkState(Image image, ImportRequest request) {
    boolean active = image.status().equals(Image.Status.ACTIVE);
    boolean copy = request.method().equals(ImportRequest.COPY_IMAGE);
    if (active && !copy) {
      throw ApiException.conflict("Image with status active cannot be target for import");
    }
    if (!active && copy) {
      throw ApiException.conflict("Only images with status active can be targeted for copying");
    }
    boolean fetches =
        request.method().equals(ImportRequest.WEB_DOWNLOAD)
            || request.method().equals(ImportRequest.GLANCE_DOWNLOAD)
            || request.method().equals(ImportRequest.CONVERT_IMAGE);
    if (fetches && !image.status().equals(Image.Status.QUEUED)) {
      throw ApiException.conflict(
          image.status().equals(Image.Status.IMPORTING)
              ? Imports.CONFLICT
              : "Image needs to be in 'queued' state to use '" + request.method() + "' method");
    }
    if (request.method().equals(ImportRequest.GLANCE_DIRECT)
        && !image.status().equals(Image.Status.UPLOADING)) {
      throw ApiException.conflict(
          image.status().equals(Image.Status.IMPORTING)
              ? Imports.CONFLICT
              : "Image needs to be staged before 'glance-direct' method can be used");
    }
    if (image.fields().containerFormat() == null) {
      throw ApiException.conflict("'container_format' needs to be set before import");
    }
    if (image.fields().diskFormat() == null) {
      throw ApiException.conflict("'disk_format' needs to be set before import");
    }
  }

  /** What is made must be a disk, of one that the caller may read. */
  private void checkConversion(Caller caller, Image image, String sourceId) {
    if (!FormatNames.MADE.contains(image.fields().diskFormat())
        || !image.fields().containerFormat().equals("bare")) {
      throw ApiException.conflict(
          "Nothing is converted to %s in %s: a disk_format of %s and the container_format bare are"
                  .formatted(image.fields().diskFormat(), image.fields().containerFormat(), TARGETS)
              + " expected");
    }
    Image source = images.downloadable(caller, sourceId);
    if (!source.status().equals(Image.Status.ACTIVE)) {
      throw ApiException.conflict("Only images with status active can be converted");
    }
    if (!FormatNames.isConvertible(
        source.fields().diskFormat(), source.fields().containerFormat())) {
      throw ApiException.conflict(
          "There is no disk to convert in %s in %s"
              .formatted(source.fields().diskFormat(), source.fields().containerFormat()));
    }
  }

  private List<Store> targets(Image image, ImportRequest request) {
    boolean copy = request.method().equals(ImportRequest.COPY_IMAGE);
    List<Store> targets = new ArrayList<>();
    if (request.allStores()) {
      for (Stores.Entry entry : stores.all()) {
        boolean there = image.stores().contains(entry.store().id());
        if (!entry.store().readOnly() && !(copy && there)) {
          targets.add(entry.store());
        }
      }
      return targets;
    }
    List<String> named =
        request.stores().isEmpty() ? List.of(stores.defaultStore()) : request.stores();
    for (String id : named) {
      Store store = stores.named(id);
      if (store.readOnly()) {
        throw ApiException.badRequest("Store '" + id + "' is read-only");
      }
      if (copy && image.stores().contains(id)) {
        throw ApiException.badRequest("Image is already present at store '" + id + "'");
      }
      targets.add(store);
    }
    return targets;
  }
}
