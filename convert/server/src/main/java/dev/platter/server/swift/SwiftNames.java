package dev.platter.server.swift;

import dev.platter.server.client.HttpRequests.Answer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * What objects are called, and what their headers say. Segments of an image have names that no
 * other upload has, {@code IMAGE/UPLOAD/00000001}: otherwise what is left of an upload that failed
 * could become part of the next one's dynamic large object.
 */
final class SwiftNames {
  /** The header that tells which upload an image or a segment came with. */
  static final String UPLOAD = "X-Object-Meta-Platter-Upload";

  private SwiftNames() {}

  /** MD5, which Swift has of every object; it tells errors, not forgeries. */
  static MessageDigest md5() {
    try {
      return MessageDigest.getInstance("MD5");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  /** What the names of an upload's segments begin with, and no others. */
  static String prefix(String imageId, String upload) {
    return imageId + "/" + upload + "/";
  }

  static String segment(String imageId, String upload, int number) {
    return prefix(imageId, upload) + "%08d".formatted(number);
  }

  /** Whether an object may be a segment of the image: ours, or one of Glance's. */
  static boolean isSegment(String object, String imageId) {
    return object.startsWith(imageId + "/") || object.startsWith(imageId + "-");
  }

  /** The upload that an object came with; empty if another program made it. */
  static String uploadOf(Answer head) {
    return head.header(UPLOAD).orElse("");
  }

  /** The size of an object; -1 where it is not told. */
  static long sizeOf(Answer head) {
    return head.header("Content-Length")
        .filter(text -> text.matches("[0-9]{1,18}"))
        .map(Long::parseLong)
        .orElse(-1L);
  }

  /** The entity tag without quotes; empty where there is none. */
  static String tagOf(Answer answer) {
    return answer.header("ETag").orElse("").replace("\"", "");
  }
}
