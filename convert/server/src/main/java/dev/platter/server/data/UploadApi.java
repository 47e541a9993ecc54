package dev.platter.server.data;

import dev.platter.convert.Cancellation;
import dev.platter.server.db.Session;
import dev.platter.server.http.ApiException;
import dev.platter.server.http.BrokenBodyException;
import dev.platter.server.http.Call;
import dev.platter.server.http.Router;
import dev.platter.server.identity.Identity;
import dev.platter.server.image.Image;
import dev.platter.server.image.ImageData;
import dev.platter.server.image.ImageLimits;
import dev.platter.server.image.ImageTable;
import dev.platter.server.image.Images;
import dev.platter.server.image.Location;
import dev.platter.server.node.Nodes;
import dev.platter.server.quota.Quotas;
import dev.platter.server.store.Stores;
import dev.platter.server.turn.FairTurns;
import dev.platter.service.ImportException;
import dev.platter.service.ImportJob;
import dev.platter.service.ImportListener;
import dev.platter.service.ImportMethod;
import dev.platter.service.ImportWorkflow;
import dev.platter.service.Requester;
import dev.platter.service.Staging;
import dev.platter.service.StoredCopy;
import dev.platter.service.store.Store;
import dev.platter.service.store.StoreException;
import java.io.IOException;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.ObjLongConsumer;

/** Taking images in: straight into a store, or into the staging area for an import. */
public final class UploadApi {
  private static final System.Logger LOG = System.getLogger(UploadApi.class.getName());

  private final Images images;
  private final ImageLimits limits;
  private final Quotas quotas;
  private final Stores stores;
  private final Staging staging;
  private final ImportWorkflow workflow;
  private final FairTurns turns;
  private final Nodes nodes;
  private final Optional<String> keeper;
  private final ObjLongConsumer<String> stored;

  /**
   * @param turns whoever sends waits for one
   * @param nodes this node's mark is on an image while it is uploaded here
   * @param keeper the name of the only node that sees what is staged here; empty: all do
   * @param stored is told which store has taken how many bytes
   */
  public UploadApi(
      Images images,
      ImageLimits limits,
      Quotas quotas,
      Stores stores,
      Staging staging,
      ImportWorkflow workflow,
      FairTurns turns,
      Nodes nodes,
      Optional<String> keeper,
      ObjLongConsumer<String> stored) {
    this.stored = stored;
    this.turns = turns;
    this.images = images;
    this.limits = limits;
    this.quotas = quotas;
    this.stores = stores;
    this.staging = staging;
    this.workflow = workflow;
    this.nodes = nodes;
    this.keeper = keeper;
  }

  public void addTo(Router router) {
    router
        .put("/v2/images/{image_id}/file", this::upload)
        .put("/v2/images/{image_id}/stage", this::stage);
  }

  /** An image that this node alone works on. */
  private record Claimed(Image image, String claim) {
    String id() {
      return image.id();
    }
  }

  private void upload(Call call) throws IOException {
    Claimed claimed = begin(call, "upload_image", Image.Status.SAVING);
    Image image = claimed.image();
    Store store = null;
    StoredCopy copy = null;
    try (FairTurns.Turn turn = turns.take(call.caller().projectId())) {
      if (image.fields().diskFormat() == null || image.fields().containerFormat() == null) {
        throw ApiException.badRequest(
            "Properties disk_format, container_format must be set prior to saving data.");
      }
      store = chosenStore(call);
      OptionalLong announced = announced(call);
      long most = quotas.admitData(image.fields().owner(), image.id(), announced);
      quotas.admitTransfer(image.fields().owner());
      ImportJob job =
          new ImportJob(
              image.id(),
              new ImportMethod.GlanceDirect(),
              image.fields().diskFormat(),
              image.fields().containerFormat(),
              List.of(store),
              true,
              image.fields().properties(),
              new Requester(call.caller().roles(), call.header(Identity.TOKEN_HEADER)));
      copy =
          workflow
              .upload(
                  job,
                  new CappedBody(call.body(), most),
                  announced,
                  ImportListener.NONE,
                  new Cancellation())
              .first();
      activate(claimed, copy);
      stored.accept(store.id(), copy.stored().size());
      call.answer(204);
    } catch (IOException | RuntimeException e) {
      undo(claimed, store, copy);
      if (e instanceof ImportException failure) {
        throw answerTo(failure, store);
      }
      throw e;
    }
  }

  /** How many bytes the sender says that there are, in either of two headers. */
  private static OptionalLong announced(Call call) {
    OptionalLong length = call.contentLength();
    Optional<String> header = call.decodedHeader("x-openstack-image-size");
    if (header.isEmpty()) {
      return length;
    }
    if (!header.get().matches("[0-9]{1,18}")) {
      throw ApiException.badRequest(
          "The header x-openstack-image-size is a count of bytes, not " + header.get());
    }
    long size = Long.parseLong(header.get());
    if (length.isPresent() && length.getAsLong() != size) {
      throw ApiException.badRequest(
          "The header x-openstack-image-size says %d, the body has %d bytes"
              .formatted(size, length.getAsLong()));
    }
    return OptionalLong.of(size);
  }

  private Store chosenStore(Call call) {
    String id = call.decodedHeader("x-image-meta-store").orElse(stores.defaultStore());
    Store store =
        stores
            .find(id)
            .orElseThrow(
                () -> ApiException.badRequest("Store '" + id + "' is not an enabled store"));
    if (store.readOnly()) {
      throw ApiException.badRequest("Store '" + id + "' is read-only");
    }
    return store;
  }

  /** Takes the image out of the state "queued", which only one can do. */
  private Claimed begin(Call call, String rule, String status) {
    if (!call.contentType().equals("application/octet-stream")) {
      throw new ApiException(
          415, "The content type application/octet-stream is expected for an image's data");
    }
    String id = call.variable("image_id");
    return images
        .database()
        .transaction(session -> {
          Image image = images.lockPermitted(session, call.caller(), id, rule);
          String claim = nodes.newClaim();
          if (!ImageTable.changeStatus(session, id, Image.Status.QUEUED, status, claim)) {
            throw ApiException.conflict(
                "Image status transition from %s to %s is not allowed"
                    .formatted(image.status(), status));
          }
          return new Claimed(image, claim);
        });
  }

  /** Whether the image, whose row is locked, is still kept for this upload. */
  private static boolean isOurs(Session session, Claimed claimed) throws SQLException {
    return ImageTable.claimOn(session, claimed.id()).filter(claimed.claim()::equals).isPresent();
  }

  private void activate(Claimed claimed, StoredCopy copy) {
    Image image = claimed.image();
    boolean activated =
        images
            .database()
            .persist(session -> {
              ImageTable.lock(session, image.id());
              if (!isOurs(session, claimed)
                  || !ImageTable.changeStatus(
                      session, image.id(), Image.Status.SAVING, Image.Status.ACTIVE, null)) {
                return false;
              }
              ImageTable.saveData(session, image.id(), data(copy));
              ImageTable.addLocation(
                  session, image.id(), Location.in(copy.storeId(), copy.stored().location()));
              quotas.checkStored(session, image.fields().owner());
              return true;
            });
    if (!activated) {
      throw new ApiException(
          410,
          "Image %s could not be found after upload. The image may have been deleted during the"
                  .formatted(image.id())
              + " upload.");
    }
  }

  /** What the record says of a copy. */
  public static ImageData data(StoredCopy copy) {
    return new ImageData(
        copy.fingerprint().size(),
        copy.virtualSize(),
        copy.fingerprint().checksum(),
        copy.fingerprint().algorithm().apiName(),
        copy.fingerprint().osHash());
  }

  /**
   * Takes back what was done. If this node was taken for dead meanwhile, what lies in the store may
   * be another's: then it stays, unless nobody speaks of it.
   */
  private void undo(Claimed claimed, Store store, StoredCopy stored) {
    images
        .database()
        .persist(session -> {
          Optional<Image> now = ImageTable.lock(session, claimed.id());
          boolean ours = isOurs(session, claimed);
          if (stored != null && (now.isEmpty() || ours || isForgotten(now.get()))) {
            delete(claimed.id(), store, stored);
          }
          return ours
              && ImageTable.changeStatus(
                  session, claimed.id(), Image.Status.SAVING, Image.Status.QUEUED, null);
        });
  }

  /** Nobody works on it, and it has no data. */
  private static boolean isForgotten(Image now) {
    return now.status().equals(Image.Status.QUEUED) && now.locations().isEmpty();
  }

  private static void delete(String id, Store store, StoredCopy stored) {
    try {
      store.delete(stored.stored().location());
    } catch (IOException e) {
      LOG.log(System.Logger.Level.WARNING, "image " + id + " stays in store " + store.id(), e);
    }
  }

  private void stage(Call call) throws IOException {
    Claimed claimed = begin(call, "modify_image", Image.Status.UPLOADING);
    Image image = claimed.image();
    try (FairTurns.Turn turn = turns.take(call.caller().projectId())) {
      OptionalLong announced = announced(call);
      long most = quotas.admitStaging(image.fields().owner(), image.id(), announced);
      quotas.admitTransfer(image.fields().owner());
      staging.remove(image.id());
      long size =
          staging.stage(
              image.id(),
              new CappedBody(call.body(), most),
              limits.sizeCap(),
              workflow.settings().pace(),
              new Cancellation());
      if (announced.isPresent() && announced.getAsLong() != size) {
        throw ApiException.badRequest(
            "%d bytes were announced, %d came".formatted(announced.getAsLong(), size));
      }
      boolean kept =
          images
              .database()
              .persist(session -> {
                ImageTable.lock(session, image.id());
                if (!isOurs(session, claimed)) {
                  return false;
                }
                ImageTable.saveData(
                    session, image.id(), new ImageData(size, null, null, null, null));
                ImageTable.setStagedOn(session, image.id(), keeper.orElse(null));
                return ImageTable.changeStatus(
                    session, image.id(), Image.Status.UPLOADING, Image.Status.UPLOADING, null);
              });
      if (!kept) {
        throw new ApiException(410, "Image " + image.id() + " was deleted during the upload.");
      }
      LOG.log(System.Logger.Level.DEBUG, "image {0}: {1} bytes staged", image.id(), size);
      call.answer(204);
    } catch (IOException | RuntimeException e) {
      unstage(claimed);
      if (e instanceof ImportException failure) {
        throw answerTo(failure, null);
      }
      throw e;
    }
  }

  private void unstage(Claimed claimed) {
    images
        .database()
        .persist(session -> {
          Optional<Image> now = ImageTable.lock(session, claimed.id());
          boolean ours = isOurs(session, claimed);
          if (ours || now.isEmpty() || isForgotten(now.get())) {
            removeStaged(claimed.id());
          }
          return ours
              && ImageTable.changeStatus(
                  session, claimed.id(), Image.Status.UPLOADING, Image.Status.QUEUED, null);
        });
  }

  private void removeStaged(String id) {
    try {
      staging.remove(id);
    } catch (IOException e) {
      LOG.log(System.Logger.Level.WARNING, "image " + id + " stays staged", e);
    }
  }

  /** What an upload's failure is answered with. */
  private static ApiException answerTo(ImportException failure, Store store) {
    if (BrokenBodyException.isBehind(failure)) {
      return ApiException.badRequest("The request's body broke off, or is not what was announced.");
    }
    int status =
        switch (failure.reason()) {
          case TOO_LARGE, NO_ROOM -> 413;
          case STORE_FAILED -> 503;
          case CANCELLED -> 410;
          case INTERNAL -> 500;
          default -> 400;
        };
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof StoreException place) {
        status =
            switch (place.kind()) {
              case FULL -> 413;
              case DUPLICATE -> 409;
              case READ_ONLY -> 400;
              case UNAVAILABLE, NOT_FOUND -> 503;
            };
      }
    }
    if (status >= 500) {
      // What goes wrong inside, with the names of files, is for the log.
      LOG.log(System.Logger.Level.ERROR, "an upload failed", failure);
      return new ApiException(
          status,
          status == 503 && store != null
              ? "Store '" + store.id() + "' is not available."
              : "The image's data could not be stored.");
    }
    return new ApiException(status, failure.getMessage());
  }
}
