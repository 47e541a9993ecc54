package dev.platter.service;

import java.io.IOException;

/** An import failed; nothing of it is left in a store or in the staging area's own files. */
public final class ImportException extends IOException {
  private static final long serialVersionUID = 1L;

  private final Reason reason;

  /** Why it failed, for whoever must choose an answer. */
  public enum Reason {
    /** The URI does not pass the filter, or leads to an address that it must not lead to. */
    URI_REFUSED,
    /** The server, or what lies between, failed. */
    DOWNLOAD_FAILED,
    /** There is no data under the image's identifier. */
    NO_DATA,
    /** More bytes, or a larger disk, than the limits allow. */
    TOO_LARGE,
    /** The content is not what the user said. */
    FORMAT_MISMATCH,
    /** The deployer does not allow this format or container. */
    FORMAT_NOT_ALLOWED,
    /** The image refers to other files, is damaged, or is something that no image should be. */
    UNSAFE,
    /** The signature does not fit, or cannot be judged. */
    SIGNATURE,
    /** The image cannot be converted. */
    CONVERSION_FAILED,
    /** There is no room for it, but for a reserve that is kept. */
    NO_ROOM,
    /** No store, or not every store that must, has the image. */
    STORE_FAILED,
    /** A plugin refused. */
    PLUGIN,
    /** Something of the service itself failed: the staging area is full, or the like. */
    INTERNAL,
    /** Somebody cancelled it. */
    CANCELLED
  }

  public ImportException(Reason reason, String message) {
    super(message);
    this.reason = reason;
  }

  public ImportException(Reason reason, String message, Throwable cause) {
    super(message, cause);
    this.reason = reason;
  }

  /** Why it failed. */
  public Reason reason() {
    return reason;
  }
}
