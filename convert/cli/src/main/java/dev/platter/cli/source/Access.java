package dev.platter.cli.source;

import dev.platter.cli.line.Command;
import dev.platter.cli.line.Invocation;
import dev.platter.cli.line.Objects;
import dev.platter.cli.line.Profile;
import dev.platter.image.Secrets;
import dev.platter.image.name.Locking;
import dev.platter.image.spi.FileUse;
import dev.platter.storage.Location;
import dev.platter.storage.Permissions;
import java.util.Set;

/**
 * How a command opens the files of an image.
 *
 * @param profile under which name the program was called
 * @param cache how they are read and written
 * @param use what is done with them
 * @param locking what the user says of their locks
 * @param byOptions whether images are named by options ({@code --image-opts})
 * @param alsoChanged the images further down that are changed with the top one
 * @param objects what names by options refer to
 */
public record Access(
    Profile profile,
    CacheMode cache,
    FileUse use,
    Locking locking,
    boolean byOptions,
    Set<Location> alsoChanged,
    Objects objects) {
  /** Images by their names, of which the top one alone may be changed. */
  public Access(Profile profile, CacheMode cache, FileUse use, Locking locking) {
    this(profile, cache, use, locking, false, Set.of(), Objects.NONE);
  }

  /** The same for names that refer to the objects of a call. */
  public static Access of(Invocation call, CacheMode cache, FileUse use, Locking locking) {
    return new Access(call.profile(), cache, use, locking, false, Set.of(), call.objects());
  }

  /** Reading for a command that may have been told to share ({@code -U}). */
  public static Access reading(Invocation call, FileUse use, CacheMode cache) {
    boolean shared = call.has(Command.FORCE_SHARE);
    Locking locking = shared ? Locking.SHARED : Locking.USUAL;
    boolean byOptions = call.has(Command.IMAGE_OPTS);
    return new Access(call.profile(), cache, use, locking, byOptions, Set.of(), call.objects());
  }

  /** Reading that nobody disturbs, whatever the user says. */
  public static Access reading(Invocation call, FileUse use) {
    return of(call, CacheMode.WRITEBACK, use, Locking.USUAL);
  }

  /** Changing the image in place. */
  public static Access changing(Invocation call, CacheMode cache) {
    return reading(call, FileUse.CHANGE, cache);
  }

  /** The same for an image whose name has a say, too. */
  Access under(Locking given) {
    return given == Locking.USUAL
        ? this
        : new Access(profile, cache, use, given, byOptions, alsoChanged, objects);
  }

  /** The same, locked so. */
  public Access with(Locking other) {
    return new Access(profile, cache, use, other, byOptions, alsoChanged, objects);
  }

  /** The same, changing images further down, too. */
  public Access alsoChanging(Set<Location> below) {
    return new Access(profile, cache, use, locking, byOptions, below, objects);
  }

  /** The same for another use. */
  public Access with(FileUse other) {
    return new Access(profile, cache, other, locking, byOptions, alsoChanged, objects);
  }

  /** The same where images are named by options. */
  public Access namedByOptions(boolean areNamedSo) {
    return new Access(profile, cache, use, locking, areNamedSo, alsoChanged, objects);
  }

  /** The passphrases of encrypted images. */
  public Secrets passphrases() {
    return objects.passphrases(profile);
  }

  /** The same for the images below, which are never changed. */
  Access below() {
    return use == FileUse.CHANGE
        ? new Access(profile, cache, FileUse.READ, locking, false, Set.of(), objects)
        : this;
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
