package dev.platter.storage;

import java.io.IOException;

/**
 * The system refused a call. Keeps the error number and the system's own words, so that a program
 * can say "Could not open 'a.img': No such file or directory" in its own form.
 */
public final class SystemException extends IOException {
  private static final long serialVersionUID = 1;

  private final int errno;
  private final String reason;

  /**
   * A refusal that a storage reports in the system's words.
   *
   * @param name the storage
   * @param action what can not be done, as in "read 512 bytes at 0x0"
   * @param errno the error number, in Linux's numbering
   */
  public SystemException(String name, String action, int errno) {
    this(name, action, errno, Errno.reason(errno));
  }

  SystemException(String name, String action, int errno, String reason) {
    super(name + ": cannot " + action + ": " + reason);
    this.errno = errno;
    this.reason = reason;
  }

  /**
   * What a Java channel threw: its message is the system's words and nothing else, so the name and
   * the place are put before them. Other exceptions, such as that of a closed channel, are answered
   * as they are.
   */
  static IOException of(String name, String action, IOException thrown) {
    if (thrown.getClass() != IOException.class || thrown.getMessage() == null) {
      return thrown;
    }
    SystemException exception =
        new SystemException(name, action, Errno.number(thrown.getMessage()), thrown.getMessage());
    exception.initCause(thrown);
    return exception;
  }

  /** The system's error number, in Linux's numbering; 0 where it is not known. */
  public int errno() {
    return errno;
  }

  /** Whether there is no room left, on the medium or in the user's quota. */
  public boolean meansFull() {
    return errno == Errno.ENOSPC || errno == Errno.EDQUOT;
  }

  /** The system's words for it, such as "No such file or directory", always in English. */
  public String reason() {
    return reason;
  }
}
