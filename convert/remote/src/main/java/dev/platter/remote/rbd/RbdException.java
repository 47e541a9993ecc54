package dev.platter.remote.rbd;

import java.io.IOException;

/** Something about a disk in a Ceph cluster is not as it must be; one line says what. */
public final class RbdException extends IOException {
  private static final long serialVersionUID = 1;

  RbdException(String message) {
    super(message);
  }

  RbdException(String message, Throwable cause) {
    super(message, cause);
  }
}
