package dev.platter.server.image;

import dev.platter.server.db.Database;
import dev.platter.server.db.Session;
import dev.platter.server.http.ApiException;
import dev.platter.server.identity.Caller;
import java.sql.SQLException;

/** Deleting images: the record, and then all copies of the data. */
public final class Removal {
  private final Images images;
  private final DataRemover data;

  /** Takes away what lies in stores, in the staging area and in the cache. */
  public interface DataRemover {
    /** Writes down, in the transaction that deletes the record, what is to be removed. */
    void plan(Session session, Image image) throws SQLException;

    /** Removes; what fails is logged, and tried again later. */
    void remove(Image image);
  }

  public Removal(Images images, DataRemover data) {
    this.images = images;
    this.data = data;
  }

  void remove(Caller caller, String id) {
    Image removed =
        images
            .database()
            .transaction(session -> {
              Image image = images.lockPermitted(session, caller, id, "delete_image");
              if (image.fields().isProtected()) {
                throw ApiException.forbidden(
                    "Image " + id + " is protected and cannot be deleted.");
              }
              data.plan(session, image);
              ImageTable.delete(session, id, Database.now());
              return image;
            });
    data.remove(removed);
  }
}
