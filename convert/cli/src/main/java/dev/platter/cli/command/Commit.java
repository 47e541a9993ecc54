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
import dev.platter.convert.Cancellation;
import dev.platter.convert.DiskCopy;
import dev.platter.convert.Pace;
import dev.platter.image.BlockMap;
import dev.platter.image.CorruptImageException;
import dev.platter.image.DiskImage;
import dev.platter.image.Limits;
import dev.platter.image.ParentReference;
import dev.platter.image.Preallocation;
import dev.platter.image.chain.ImageChain;
import dev.platter.image.disk.GuestDisk;
import dev.platter.image.disk.LayeredMap;
import dev.platter.image.spi.FileUse;
import dev.platter.image.spi.LiveImage;
import dev.platter.image.spi.OpenRequest;
import dev.platter.image.spi.ParentLink;
import dev.platter.image.spi.ResizeRequest;
import dev.platter.image.spi.StorageOpener;
import dev.platter.storage.Location;
import dev.platter.storage.Storage;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.Optional;

/**
 * A chain whose upper images are brought into one below them. Until that one has all of it the
 * upper ones keep theirs, so that whenever this ends the disk is what it was.
 */
final class Commit implements Closeable {
  /** For files that are locked already. */
  private static final StorageOpener UNLOCKED =
      new StorageOpener() {
        @Override
        public Storage open(Location location) throws IOException {
          return StorageOpener.READING.open(location);
        }

        @Override
        public void lock(Storage storage, FileUse.Part part) {}
      };

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
    int depth;
    // Which image is meant is known once all are open, and only then can they be locked for it.
    try (Source source = source(call, file, changing.with(FileUse.LOOK))) {
      List<ImageChain.Layer> layers = source.chain().layers();
      depth = baseDepth(call, file, layers);
      base = layers.get(depth).location();
    }
    Source source = source(call, file, changing.alsoChanging(base));
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
      if (isNamed(wanted, layers.get(depth - 1), layers.get(depth))) {
        return depth;
      }
    }
    throw new Failure("Did not find '" + wanted + "' in the backing chain of '" + file + "'");
  }

  /**
   * Whether the user means this image, by the name that the one above has for it or by its path.
   */
  private static boolean isNamed(String wanted, ImageChain.Layer above, ImageChain.Layer layer)
      throws Failure, IOException {
    Optional<ParentReference> reference = above.image().parent();
    if (reference.isPresent() && reference.get().name().equals(wanted)
        || layer.location().toString().equals(wanted)) {
      return true;
    }
    Location location = Source.name(wanted, false).location();
    return location.path().isPresent()
        && layer.location().path().isPresent()
        && Files.exists(location.file())
        && Files.isSameFile(location.file(), layer.location().file());
  }

  /** Does it. */
  void run(long bytesPerSecond, Cancellation cancellation) throws Failure, IOException {
    List<ImageChain.Layer> layers = source.chain().layers();
    ImageChain.Layer base = layers.get(baseDepth);
    List<BlockMap> maps = source.map().layers();
    List<BlockMap> below = maps.subList(baseDepth + 1, maps.size());
    LayeredMap upper = new LayeredMap(maps.subList(0, baseDepth));
    ProgressDisplay progress = ProgressDisplay.of(call, call.out());
    try {
      if (maps.get(baseDepth).size() < upper.size()) {
        grow(base, upper.size(), below);
      }
      LiveImage image = EditedImage.openLive(call, source, base, cache);
      try (GuestDisk disk = new GuestDisk(image, below)) {
        if (image.size() > 0) {
          // The base has another identity from now on, which the image above is to know early.
          image.placeAt(0, 1);
          disk.flush();
          relink();
        }
        DiskCopy.run(upper, disk, Pace.usual().withRate(bytesPerSecond), progress, cancellation);
      }
      relink();
      if (!call.has(CommitCommand.DROP) && !call.arguments().has(CommitCommand.BASE)) {
        empty();
      }
      progress.complete();
    } finally {
      progress.end();
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

  /** Lets the image right above the base note what the base is now, where formats record that. */
  private void relink() throws Failure, IOException {
    ImageChain.Layer above = source.chain().layers().get(baseDepth - 1);
    ImageChain.Layer base = source.chain().layers().get(baseDepth);
    if (baseDepth > 1 || above.image().parent().isEmpty()) {
      return;
    }
    OpenRequest request =
        new OpenRequest(
            Limits.DEFAULT,
            OpenRequest.OutsideFiles.reading(
                call.profile().references(), base.location(), UNLOCKED));
    try (DiskImage now = base.format().open(base.storage(), request)) {
      above.image().checkParent(now);
    } catch (CorruptImageException e) {
      // It has noted what the base was.
      try (DiskImage now = base.format().open(base.storage(), request);
          EditedImage image = EditedImage.open(call, source, cache)) {
        Optional<ParentLink> link = image.editor().parentLink();
        if (link.isPresent()) {
          ParentReference reference = above.image().parent().orElseThrow();
          link.get().set(Optional.of(new ParentLink.NewParent(reference, Optional.of(now))));
        }
      }
    }
  }

  private void empty() throws Failure, IOException {
    try (EditedImage image = EditedImage.open(call, source, cache)) {
      Optional<ParentLink> link = image.editor().parentLink();
      if (link.isPresent()) {
        link.get().empty();
      }
    }
  }

  @Override
  public void close() throws IOException {
    source.close();
  }
}
