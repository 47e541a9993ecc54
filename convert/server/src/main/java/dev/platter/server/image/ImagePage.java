package dev.platter.server.image;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.platter.server.db.Database;
import dev.platter.server.http.Call;
import dev.platter.server.http.Json;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * A page of a list of images: as many as the caller wants, or fewer when users have said much about
 * them. It is read and sent in small parts, so that an answer of any size takes little memory, and
 * no connection to the database while somebody reads it slowly.
 */
final class ImagePage {
  private static final long PART_BYTES = 64 << 10;

  private final List<ImageQuery.Hit> hits = new ArrayList<>();
  private final boolean more;

  /**
   * @param found what the query found
   * @param limit how many it found at most
   * @param bytes where the page ends; one image is always on it
   */
  ImagePage(List<ImageQuery.Hit> found, int limit, long bytes) {
    long sum = 0;
    for (ImageQuery.Hit hit : found) {
      sum += hit.bytes() + MetadataLimits.RECORD;
      if (sum > bytes && !hits.isEmpty()) {
        break;
      }
      hits.add(hit);
    }
    more = hits.size() < found.size() || found.size() == limit;
  }

  /** The image after which the next page begins; nothing when there is none. */
  Optional<String> marker() {
    return more && !hits.isEmpty() ? Optional.of(hits.getLast().id()) : Optional.empty();
  }

  /**
   * Answers with the images, and the links after them.
   *
   * @param seen what the caller sees of an image, if anything
   */
  void answer(
      Call call,
      Database database,
      Function<Image, Optional<Image>> seen,
      ImageView view,
      ObjectNode links)
      throws IOException {
    // The first part is read before anything is sent, so that a failure can be told.
    List<Image> first = part(database, 0);
    call.answer(
        200,
        "application/json",
        output -> {
          write(output, "{\"images\":[");
          List<Image> part = first;
          String separator = "";
          for (int at = 0; at < hits.size(); part = part(database, at)) {
            for (Image image : part) {
              Optional<Image> shown = seen.apply(image);
              if (shown.isEmpty()) {
                continue;
              }
              write(output, separator);
              Json.write(view.show(shown.get()), output);
              separator = ",";
            }
            at = partEnd(at);
          }
          write(output, "],");
          write(output, Json.text(links).substring(1));
        });
  }

  private static void write(OutputStream output, String text) throws IOException {
    output.write(text.getBytes(StandardCharsets.UTF_8));
  }

  /** The images from one place on that are read at once; images that are gone are left out. */
  private List<Image> part(Database database, int from) {
    if (from == hits.size()) {
      return List.of();
    }
    List<String> ids = hits.subList(from, partEnd(from)).stream().map(h -> h.id()).toList();
    Database.Work<List<Image>> find = session -> ImageTable.findAll(session, ids);
    return from == 0 ? database.read(find) : database.readOn(find);
  }

  private int partEnd(int from) {
    long sum = 0;
    int end = from;
    while (end < hits.size() && (end == from || sum < PART_BYTES)) {
      sum += hits.get(end).bytes() + MetadataLimits.RECORD;
      end++;
    }
    return end;
  }
}
