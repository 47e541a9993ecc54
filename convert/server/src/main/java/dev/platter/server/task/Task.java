package dev.platter.server.task;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Instant;

/**
 * Work that outlives the request that began it.
 *
 * @param type {@link #IMPORT} or {@link #API_IMAGE_IMPORT}
 * @param status pending, processing, success or failure
 * @param imageId the image that it is about; may be null
 * @param input what was asked for
 * @param result what came of it; may be null
 * @param message how far it is, or why it failed
 * @param progress how far it is in numbers; null: it is not under way, or nobody knows
 */
public record Task(
    String id,
    String type,
    String status,
    String owner,
    String imageId,
    String userId,
    String requestId,
    JsonNode input,
    JsonNode result,
    String message,
    JsonNode progress,
    Instant expiresAt,
    Instant createdAt,
    Instant updatedAt) {
  /** Tasks that were made as such. */
  public static final String IMPORT = "import";

  /** Tasks that take in data which lie somewhere already. */
  public static final String LOCATION_IMPORT = "location_import";

  /** Tasks that imports of images make. */
  public static final String API_IMAGE_IMPORT = "api_image_import";

  /** Whether it has not ended. */
  boolean isUnderWay() {
    return status.equals("pending") || status.equals("processing");
  }
}
