package dev.platter.server.image;

import dev.platter.server.http.ApiException;
import dev.platter.server.http.Call;
import dev.platter.server.http.Router;
import java.io.IOException;
import java.util.function.Consumer;

/** Tags: single words on an image. */
public final class TagApi {
  private final Images images;
  private final ImageLimits limits;

  public TagApi(Images images, ImageLimits limits) {
    this.images = images;
    this.limits = limits;
  }

  public void addTo(Router router) {
    router
        .put("/v2/images/{image_id}/tags/{tag}", this::add)
        .delete("/v2/images/{image_id}/tags/{tag}", this::remove);
  }

  private void add(Call call) throws IOException {
    String tag = ImageSchema.tag(call.variable("tag"));
    change(
        call,
        fields -> {
          fields.tags().add(tag);
          limits.checkTags(fields.tags().size());
        });
  }

  private void remove(Call call) throws IOException {
    change(
        call,
        fields -> {
          if (!fields.tags().remove(call.variable("tag"))) {
            throw ApiException.notFound("Tag not found");
          }
        });
  }

  private void change(Call call, Consumer<ImageFields> change) throws IOException {
    String id = call.variable("image_id");
    images
        .database()
        .transaction(session -> {
          Image image = images.lockPermitted(session, call.caller(), id, "modify_image");
          long before = image.fields().metadataBytes();
          change.accept(image.fields());
          if (image.fields().metadataBytes() > before) {
            limits.metadata().check(session, id, image.fields());
          }
          ImageTable.saveFields(session, id, image.fields());
          ImageTable.touch(session, id);
          return null;
        });
    call.answer(204);
  }
}
