package dev.platter.storage;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFileAttributes;
import java.util.concurrent.ThreadLocalRandom;

/** A new file that takes the place of an old one: under which names, and with what it inherits. */
final class Successor {
  private static final int MOST_LINKS = 40;

  private Successor() {}

  /** Where a chain of symbolic links ends, also if nothing is there yet. */
  static Path goalOf(Path target) throws IOException {
    Path goal = target;
    for (int links = 0; Files.isSymbolicLink(goal); links++) {
      if (links == MOST_LINKS) {
        throw new SystemException(FileNames.text(target), "create", Errno.ELOOP);
      }
      goal = goal.resolveSibling(Files.readSymbolicLink(goal));
    }
    return goal;
  }

  /** A name that nothing has: hidden, short whatever the target's name, and telling whose it is. */
  static Path temporaryIn(Path directory) {
    String random = Long.toString(ThreadLocalRandom.current().nextLong() & Long.MAX_VALUE, 36);
    String name = ".platter-" + random + ".part";
    return directory == null ? Path.of(name) : directory.resolve(name);
  }

  /** Gives {@code successor} the permissions and, where this user may, the owner of {@code old}. */
  static void inheritAttributes(Path old, Path successor) throws IOException {
    PosixFileAttributeView from =
        Files.getFileAttributeView(old, PosixFileAttributeView.class, LinkOption.NOFOLLOW_LINKS);
    PosixFileAttributeView to = Files.getFileAttributeView(successor, PosixFileAttributeView.class);
    if (from == null || to == null || !Files.exists(old, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    PosixFileAttributes wanted = from.readAttributes();
    PosixFileAttributes present = to.readAttributes();
    try {
      if (!present.group().equals(wanted.group())) {
        to.setGroup(wanted.group());
      }
      if (!present.owner().equals(wanted.owner())) {
        to.setOwner(wanted.owner());
      }
    } catch (IOException ignored) {
      // Only root may give files away: the new file then belongs to whoever made it.
    }
    to.setPermissions(wanted.permissions());
  }
}
