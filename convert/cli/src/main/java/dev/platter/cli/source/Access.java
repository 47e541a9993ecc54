package dev.platter.cli.source;

import dev.platter.cli.line.Command;
import dev.platter.cli.line.Invocation;
import dev.platter.cli.line.Objects;
import dev.platter.image.name.Locking;
import dev.platter.image.spi.FileUse;
import dev.platter.storage.Location;
import dev.platter.storage.Permissions;
import java.util.Set;

/**
 * How a command opens the files of an image.
 *
 * @param cache how they are read and written
 * @param use what is done with them
 * @param locking what the user says of their locks
 * @param byOptions whether images are named by options ({@code --image-opts})
 * @param alsoChanged the images further down that are changed with the top one
 * @param objects what names by options refer to
 */
public record Access(
    CacheMode cache,
    FileUse use,
    Locking locking,
    boolean byOptions,
    Set<Location> alsoChanged,
    Objects objects) {
  /** Images of which the top one alone may be changed. */
  public Access(CacheMode cache, FileUse use, Locking locking, boolean byOptions) {
    this(cache, use, locking, byOptions, Set.of(), Objects.NONE);
  }

  /** Images by their names. */
  public Access(CacheMode cache, FileUse use, Locking locking) {
    this(cache, use, locking, false);
  }

  /** Reading for a command that may have been told to share ({@code -U}). */
  public static Access reading(Invocation call, FileUse use, CacheMode cache) {
    boolean shared = call.has(Command.FORCE_SHARE);
    Locking locking = shared ? Locking.SHARED : Locking.USUAL;
    boolean byOptions = call.has(Command.IMAGE_OPTS);
    return new Access(cache, use, locking, byOptions, Set.of(), call.objects());
  }

  /** Reading that nobody disturbs, whatever the user says. */
  public static Access reading(FileUse use) {
    return new Access(CacheMode.WRITEBACK, use, Locking.USUAL);
  }

  /** Changing the image in place. */
  public static Access changing(Invocation call, CacheMode cache) {
    return reading(call, FileUse.CHANGE, cache);
  }

  /** The same for an image whose name has a say, too. */
  Access under(Locking given) {
    return given == Locking.USUAL
        ? this
        : new Access(cache, use, given, byOptions, alsoChanged, objects);
  }

  /** The same, locked so. */
  public Access with(Locking other) {
    return new Access(cache, use, other, byOptions, alsoChanged, objects);
  }

  /** The same, changing images further down, too. */
  public Access alsoChanging(Set<Location> below) {
    return new Access(cache, use, locking, byOptions, below, objects);
  }

  /** The same for another use. */
  public Access with(FileUse other) {
    return new Access(cache, other, locking, byOptions, alsoChanged, objects);
  }

  /** The same for names that refer to objects. */
  public Access with(Objects defined) {
    return new Access(cache, use, locking, byOptions, alsoChanged, defined);
  }

  /** The same for the images below, which are never changed. */
  Access below() {
    return use == FileUse.CHANGE ? new Access(cache, FileUse.READ, locking).with(objects) : this;
  }

  /** The permissions for one of the image's files. */
  public Permissions of(FileUse.Part part) {
    if (locking == Locking.OFF) {
      return Permissions.NONE;
    }
    Permissions usual = use.of(part);
    return locking == Locking.SHARED ? usual.sharing() : usual;
  }
}
