package dev.platter.cli.text;

import dev.platter.storage.LockedException;
import dev.platter.storage.SystemException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;

/** Says in a few words what an exception means; the system's own words where it is the system's. */
public final class Reasons {
  private Reasons() {}

  public static String of(IOException e) {
    if (e instanceof SystemException system) {
      return system.reason();
    }
    if (e instanceof LockedException locked) {
      return locked.reason();
    }
    if (e instanceof NoSuchFileException) {
      return "No such file or directory";
    }
    if (e instanceof AccessDeniedException) {
      return "Permission denied";
    }
    if (e instanceof FileAlreadyExistsException) {
      return "File exists";
    }
    if (e instanceof FileSystemException file && file.getReason() != null) {
      return file.getReason();
    }
    return message(e);
  }

  /** The whole message in one line, with what it is about. */
  public static String message(Throwable e) {
    String message = e.getMessage();
    return message == null ? e.getClass().getSimpleName() : message.replace('\n', ' ');
  }
}
