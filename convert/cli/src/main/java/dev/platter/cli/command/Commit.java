package dev.platter.cli.command;

import dev.platter.cli.image.EditedImage;
import dev.platter.cli.line.Command;
import dev.platter.cli.line.Failure;
import dev.platter.cli.line.Invocation;
import dev.platter.cli.progress.ProgressDisplay;
import dev.platter.cli.source.Access;
import dev.platter.cli.source.CacheMode;
import dev.platter.cli.source.Source;
import dev.platter.cli.source.Unwrap;
import dev.platter.cli.text.Reasons;
import dev.platter.convert.Cancellation;
import dev.platter.convert.DiskCopy;
import dev.platter.convert.Pace;
import dev.platter.image.BlockMap;
import dev.platter.image.DiskImage;
import dev.platter.image.Extent;
import dev.platter.image.IllegalOptionException;
import dev.platter.image.Limits;
import dev.platter.image.ParentReference;
import dev.platter.image.Preallocation;
import dev.platter.image.UnsupportedFeatureException;
import dev.platter.image.chain.ImageChain;
import dev.platter.image.disk.GuestDisk;
import dev.platter.image.disk.LayeredMap;
import dev.platter.image.spi.EditRequest;
import dev.platter.image.spi.FileUse;
import dev.platter.image.spi.LiveImage;
import dev.platter.image.spi.OpenRequest;
import dev.platter.image.spi.ParentLink;
import dev.platter.image.spi.ResizeRequest;
import dev.platter.storage.Location;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * A chain whose upper images are brought into one below them. Until that one has all of it the
 * upper ones keep theirs, so that whenever this ends the disk is what it was.
 */
final class Commit implements Closeable {
  private final Invocation call;
  private final CacheMode cache;
  private final Source source;
  private final int baseDepth;

  private Commit(Invocation call, CacheMode cache, Source source, int baseDepth) {
    this.call = call;
    this.cache = cache;
    this.source = source;
    this.baseDepth = baseDepth;
  }

  /** Opens the chain, its top image and the one below to be changed. */
  static Commit open(Invocation call, String file, CacheMode cache) throws Failure, IOException {
    Access changing = Access.changing(call, cache);
    Location base;
    Set<Location> changed = new HashSet<>();
    int depth;
    // Which image is meant is known once all are open, and only then can they be locked for it.
    try (Source source = source(call, file, changing.with(FileUse.LOOK))) {
      EditedImage.warnOfProbing(call, source);
      List<ImageChain.Layer> layers = source.chain().layers();
      depth = baseDepth(call, file, layers);
      base = layers.get(depth).location();
      changed.add(base);
      if (layers.get(depth - 1).image().isTiedToContentOfParent()) {
        changed.add(layers.get(depth - 1).location());
      }
    }
    Source source = source(call, file, changing.alsoChanging(changed));
    try {
      List<ImageChain.Layer> layers = source.chain().layers();
      if (layers.size() <= depth || !layers.get(depth).location().equals(base)) {
        throw new Failure("'" + file + "' was just changed by another program");
      }
      return new Commit(call, cache, source, depth);
    } catch (Throwable e) {
      source.close();
      throw e;
    }
  }

  private static Source source(Invocation call, String file, Access access)
      throws Failure, IOException {
    return Source.open(
        file, call.arguments().last(Command.FORMAT), null, Unwrap.sources(call), true, access);
  }

  private static int baseDepth(Invocation call, String file, List<ImageChain.Layer> layers)
      throws Failure, IOException {
    String wanted = call.arguments().last(CommitCommand.BASE);
    if (wanted == null) {
      if (layers.size() < 2) {
        throw new Failure("Image does not have a backing file");
      }
      return 1;
    }
    for (int depth = 1; depth < layers.size(); depth++) {
      if (isNamed(call, wanted, layers.get(depth - 1), layers.get(depth))) {
        return depth;
      }
    }
    throw new Failure("Did not find '" + wanted + "' in the backing chain of '" + file + "'");
  }

  /**
   * Whether the user means this image, by the name that the one above has for it or by its path.
   */
  private static boolean isNamed(
      Invocation call, String wanted, ImageChain.Layer above, ImageChain.Layer layer)
      throws Failure, IOException {
    Optional<ParentReference> reference = above.image().parent();
    if (reference.isPresent() && reference.get().name().equals(wanted)
        || layer.location().toString().equals(wanted)) {
      return true;
    }
    Location location = Source.name(call.profile(), wanted, false).location();
    return location.path().isPresent()
        && layer.location().path().isPresent()
        && Files.exists(location.file())
        && Files.isSameFile(location.file(), layer.location().file());
  }

  /** Sees, before anything is written, that what is to be done afterwards can be done. */
  private void check() throws Failure, IOException {
    if (isToBeEmptied()) {
      try (EditedImage image = EditedImage.open(call, source, cache)) {
        Optional<ParentLink> link = image.editor().parentLink();
        if (link.isEmpty()) {
          throw lacking("images of format " + topFormat() + " cannot be emptied");
        }
        link.get().checkEmpty();
      } catch (IllegalOptionException | UnsupportedFeatureException e) {
        throw lacking(Reasons.of(e));
      }
    }
  }

  private Failure lacking(String why) {
    return new Failure(
        "'"
            + source.chain().top().location()
            + "' cannot be emptied ("
            + why
            + "); -d leaves it as it is");
  }

  private String topFormat() {
    return source.chain().top().format().name();
  }

  private boolean isToBeEmptied() {
    return !call.has(CommitCommand.DROP) && !call.arguments().has(CommitCommand.BASE);
  }

  /** Does it. */
  void run(long bytesPerSecond, Cancellation cancellation) throws Failure, IOException {
    check();
    List<ImageChain.Layer> layers = source.chain().layers();
    ImageChain.Layer base = layers.get(baseDepth);
    List<BlockMap> maps = source.map().layers();
    List<BlockMap> below = maps.subList(baseDepth + 1, maps.size());
    LayeredMap upper = new LayeredMap(maps.subList(0, baseDepth));
    ProgressDisplay progress = ProgressDisplay.of(call, call.out());
    try {
      long end = maps.get(baseDepth).size();
      boolean grows = end < upper.size();
      boolean holdsAnything = grows && base.image().info().encrypted();
      if (holdsAnything) {
        coverBehind(end, upper);
      }
      if (grows) {
        grow(base, upper.size(), below);
        renew(base);
      }
      LiveImage image = EditedImage.openLive(call, source, base, cache);
      try (GuestDisk disk = new GuestDisk(image, below)) {
        if (holdsAnything) {
          clearBehind(end, disk);
        }
        if (disk.size() > 0 && isTied()) {
          image.placeAt(0, 1); // the base now says that it is about to change, and nothing else
          renew(base);
        }
        DiskCopy.run(upper, disk, Pace.usual().withRate(bytesPerSecond), progress, cancellation);
      }
      // Here the base has it all on the medium, as closing the disk flushes it and fails if that
      // fails, and the image above has still what it had: both show the same disk, so it does not
      // matter whether what follows happens, and it happens in one step.
      if (isToBeEmptied()) {
        empty();
      }
      progress.complete();
    } finally {
      progress.end();
    }
  }

  private boolean isTied() {
    return above().image().isTiedToContentOfParent();
  }

  private ImageChain.Layer above() {
    return source.chain().layers().get(baseDepth - 1);
  }

  /**
   * Lets the image above the base know the base as it is now, where it would not open over it
   * otherwise. That is done before any byte of the disk is changed.
   */
  private void renew(ImageChain.Layer base) throws Failure, IOException {
    if (!isTied()) {
      return;
    }
    OpenRequest request = new OpenRequest(Limits.DEFAULT, OpenRequest.strict().outside());
    try (DiskImage image = base.format().open(base.storage(), request);
        EditedImage editor = EditedImage.open(call, source, above(), cache)) {
      editor.editor().parentLink().orElseThrow().renew(image);
    } catch (IOException e) {
      throw new Failure(
          "'"
              + above().location()
              + "' cannot be opened over '"
              + base.location()
              + "' any more, as that says that it was written to, and the former could not be told"
              + " ("
              + Reasons.of(e)
              + "); rebase -u names it anew");
    }
  }

  /** Makes the base as large as the disk is. */
  private void grow(ImageChain.Layer base, long size, List<BlockMap> below)
      throws Failure, IOException {
    try (EditedImage image = EditedImage.open(call, source, base, cache)) {
      Optional<BlockMap> parent =
          below.isEmpty() ? Optional.empty() : Optional.of(new LayeredMap(below));
      image.editor().resize(new ResizeRequest(size, Preallocation.OFF, parent));
    }
  }

  /**
   * Lets the top image have zeros of its own where the base ends and nothing above it holds
   * anything: what an encrypted disk has more than before holds anything, until that is written.
   */
  private void coverBehind(long end, LayeredMap upper) throws Failure, IOException {
    try (GuestDisk top = EditedImage.openDisk(call, source, EditRequest.Content.STAYS, cache)) {
      for (long at = end; at < upper.size(); ) {
        Extent extent = upper.extentAt(at, upper.size());
        if (extent instanceof Extent.Absent) {
          top.cover(at, extent.length());
        }
        at = extent.end();
      }
    }
  }

  private static void clearBehind(long end, GuestDisk base) throws IOException {
    for (long at = end; at < base.size(); ) {
      Extent extent = base.map().extentAt(at, base.size());
      if (!extent.readsZero()) {
        base.zero(at, extent.length(), GuestDisk.Space.GIVE_BACK);
      }
      at = extent.end();
    }
  }

  private void empty() throws Failure, IOException {
    try (EditedImage image = EditedImage.open(call, source, cache)) {
      image.editor().parentLink().orElseThrow().empty();
    }
  }

  @Override
  public void close() throws IOException {
    source.close();
  }
}
