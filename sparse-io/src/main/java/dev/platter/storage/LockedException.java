package dev.platter.storage;

import java.io.IOException;

/** Another program uses a file in a way that does not go together with what is wanted of it. */
public final class LockedException extends IOException {
  private static final long serialVersionUID = 1;

  private final String file;
  private final String reason;

  private LockedException(String file, String reason) {
    super(file + ": " + reason + ", is another process using it?");
    this.file = file;
    this.reason = reason;
  }

  /** Another program does not let anybody do this. */
  static LockedException refused(String file, int permission) {
    return new LockedException(
        file, "Failed to get \"" + Permissions.nameOf(permission) + "\" lock");
  }

  /** Another program does what nobody should do now. */
  static LockedException taken(String file, int permission) {
    return new LockedException(
        file, "Failed to get shared \"" + Permissions.nameOf(permission) + "\" lock");
  }

  /** What could not be had, in QEMU's words. */
  public String reason() {
    return reason;
  }

  /** The file that another program uses. */
  public String file() {
    return file;
  }
}
