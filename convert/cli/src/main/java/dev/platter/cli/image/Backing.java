package dev.platter.cli.image;

import dev.platter.cli.line.Failure;
import dev.platter.cli.line.Invocation;
import dev.platter.cli.source.Access;
import dev.platter.cli.source.Source;
import dev.platter.image.spi.FileUse;
import dev.platter.storage.FileNames;
import dev.platter.storage.Location;
import java.io.IOException;
import java.nio.file.Path;

/** The backing file of an image that is about to be made. */
public final class Backing {
  private static final String NOT_OPENED = "Could not open backing image.";

  private Backing() {}

  /**
   * Sees that a new image may have this backing file.
   *
   * @param target where the new image goes; relative names are relative to its directory
   * @param unsafe whether the backing file need not be there
   * @param use what is done with it
   * @return the size of its disk, or -1 if it was not opened
   */
  public static long check(
      Invocation call, CreationOptions options, Location target, boolean unsafe, FileUse use)
      throws Failure, IOException {
    String format = options.backingFormat();
    if (unsafe) {
      requireFormat(format, null);
      return -1;
    }
    if (format != null && Source.FORMATS.named(format).isEmpty()) {
      throw new Failure(Source.unknown(call.profile(), "driver", format))
          .withSecondLine(NOT_OPENED);
    }
    String name = seenFrom(target, options.backing());
    try (Source backing = Source.openBacking(name, format, true, Access.reading(call, use))) {
      requireFormat(format, backing.formatName());
      return backing.map().size();
    } catch (Failure e) {
      throw e.reason() == null ? e : e.retold(e.reason()).withSecondLine(NOT_OPENED);
    }
  }

  /**
   * Opens the backing file of a new image, for formats that record which image it was.
   *
   * @param target as for {@link #check}
   * @param unsafe whether the backing file need not be there
   * @param use what is done with it
   * @return null if there is none
   */
  public static Source open(
      Invocation call, CreationOptions options, Location target, boolean unsafe, FileUse use)
      throws Failure, IOException {
    if (options.backing() == null) {
      return null;
    }
    try {
      String name = seenFrom(target, options.backing());
      return Source.openBacking(name, options.backingFormat(), false, Access.reading(call, use));
    } catch (Failure | IOException e) {
      if (unsafe) {
        return null;
      }
      throw e;
    }
  }

  private static void requireFormat(String format, String detected) throws Failure {
    if (format == null) {
      throw new Failure("Backing file specified without backing format")
          .withSecondLine(detected == null ? null : "Detected format of " + detected + ".");
    }
  }

  /** A backing file's name as it must be opened from here. */
  public static String seenFrom(Location target, String backing) {
    if (Location.schemeOf(backing).isPresent() || target.path().isEmpty()) {
      return backing;
    }
    Path directory = Location.directoryOf(target.file());
    return FileNames.text(directory.resolve(FileNames.path(backing)));
  }
}
