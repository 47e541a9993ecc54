package dev.platter.remote.nbd;

import dev.platter.storage.SystemException;
import java.io.IOException;

/**
 * Why a request is not carried out, or failed.
 *
 * @param error one of the protocol's error numbers
 */
record Refusal(int error, String why) {
  private static final int COMMON_FLAGS = Protocol.NBD_CMD_FLAG_FUA;

  /** What speaks against a request before it is tried; null: nothing. */
  static Refusal of(Request request, NbdExport export, Agreement agreement) {
    int flags = request.flags() & ~COMMON_FLAGS;
    boolean writes = false;
    int allowed = 0;
    switch (request.command()) {
      case Protocol.NBD_CMD_READ -> {
        allowed = agreement.structuredReplies() ? Protocol.NBD_CMD_FLAG_DF : 0;
        if (request.length() > Protocol.MAX_PAYLOAD_BYTES) {
          return new Refusal(Protocol.EINVAL, "a read of more than 32 MiB");
        }
      }
      case Protocol.NBD_CMD_WRITE, Protocol.NBD_CMD_TRIM -> writes = true;
      case Protocol.NBD_CMD_WRITE_ZEROES -> {
        writes = true;
        allowed = Protocol.NBD_CMD_FLAG_NO_HOLE;
      }
      case Protocol.NBD_CMD_FLUSH -> {
        return flags == 0 ? null : invalid();
      }
      case Protocol.NBD_CMD_BLOCK_STATUS -> {
        allowed = Protocol.NBD_CMD_FLAG_REQ_ONE;
        if (agreement.contexts().isEmpty() || request.length() == 0) {
          return new Refusal(
              Protocol.EINVAL, "no block status was agreed on, or none is asked for");
        }
      }
      default -> {
        return new Refusal(Protocol.EINVAL, "unknown command " + request.command());
      }
    }
    if ((flags & ~allowed) != 0) {
      return invalid();
    }
    if (writes && !export.isWritable()) {
      return new Refusal(Protocol.EPERM, "the export is read-only");
    }
    if (!request.fits(export.size())) {
      int error =
          request.command() == Protocol.NBD_CMD_WRITE
                  || request.command() == Protocol.NBD_CMD_WRITE_ZEROES
              ? Protocol.ENOSPC
              : Protocol.EINVAL;
      return new Refusal(error, "the request reaches past the end of the disk");
    }
    return null;
  }

  private static Refusal invalid() {
    return new Refusal(Protocol.EINVAL, "unknown flags");
  }

  /** What a client is told of a failure: no names of files. */
  static Refusal of(IOException failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof SystemException system && system.meansFull()) {
        return new Refusal(Protocol.ENOSPC, system.reason());
      }
    }
    return new Refusal(Protocol.EIO, "the request failed");
  }
}
