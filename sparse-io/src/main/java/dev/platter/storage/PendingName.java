package dev.platter.storage;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/**
 * The name that a new file gets once it is whole. Until then it has none, or a temporary one where
 * the file system cannot do without.
 */
final class PendingName {
  private final OpenFile file;
  private boolean nameless;
  private boolean keepsAttributes;

  /** The name it has meanwhile; null: none. */
  private Path temporary;

  private PendingName(OpenFile file, boolean nameless, Path temporary) {
    this.file = file;
    this.nameless = nameless;
    this.temporary = temporary;
  }

  /** Of a file that is gone when it is closed. */
  static PendingName ofNameless(OpenFile file) {
    return new PendingName(file, true, null);
  }

  /** Of a file that has a temporary name. */
  static PendingName ofTemporary(OpenFile file, Path temporary) {
    return new PendingName(file, false, temporary);
  }

  /** The file has the attributes already that it is to have, of which its name is the last. */
  void keepAttributes() {
    keepsAttributes = true;
  }

  /** Whether it has no name of its own yet. */
  boolean isPending() {
    return nameless || temporary != null;
  }

  /** As {@link FileStorage#linkTo}. */
  void linkTo(Path target) throws IOException {
    if (nameless && file.link(target)) {
      nameless = false;
      return;
    }
    Path goal = Successor.goalOf(target);
    if (temporary == null) {
      Path beside;
      do {
        beside = Successor.temporaryIn(goal.getParent());
      } while (!file.link(beside));
      temporary = beside;
      nameless = false;
    }
    if (!keepsAttributes) {
      Successor.inheritAttributes(goal, temporary);
    }
    Files.move(temporary, goal, StandardCopyOption.ATOMIC_MOVE);
    temporary = null;
  }

  /** As {@link FileStorage#linkToNew}. */
  void linkToNew(Path target) throws IOException {
    if (nameless) {
      if (!file.link(target)) {
        throw new FileAlreadyExistsException(FileNames.text(target));
      }
      nameless = false;
    } else {
      Files.createLink(target, temporary);
      Files.delete(temporary);
      temporary = null;
    }
  }

  /** It is not to get a name any more. */
  void giveUp() throws IOException {
    if (temporary != null) {
      Files.deleteIfExists(temporary);
      temporary = null;
    }
  }
}
