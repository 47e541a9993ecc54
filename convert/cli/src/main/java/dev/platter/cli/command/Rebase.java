package dev.platter.cli.command;

import dev.platter.cli.image.Backing;
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
import dev.platter.convert.Pace;
import dev.platter.convert.ParentSwap;
import dev.platter.image.BlockMap;
import dev.platter.image.IllegalOptionException;
import dev.platter.image.ParentReference;
import dev.platter.image.chain.ImageChain;
import dev.platter.image.disk.GuestDisk;
import dev.platter.image.disk.LayeredMap;
import dev.platter.image.name.Locking;
import dev.platter.image.spi.EditRequest;
import dev.platter.image.spi.FileUse;
import dev.platter.image.spi.ParentLink;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * An image that gets another backing file. What is copied into it shows before the name changes,
 * too, so that the disk is the same whenever this ends.
 */
final class Rebase implements Closeable {
  private final Invocation call;
  private final CacheMode cache;
  private final Source source;
  private final String backing;
  private final Optional<String> format;
  private final Source newBacking;

  private Rebase(
      Invocation call,
      CacheMode cache,
      Source source,
      String backing,
      Optional<String> format,
      Source newBacking) {
    this.call = call;
    this.cache = cache;
    this.source = source;
    this.backing = backing;
    this.format = format;
    this.newBacking = newBacking;
  }

  /** Opens the image, what is below it, and what is to be. */
  static Rebase open(Invocation call, String file, CacheMode cache, CacheMode backingCache)
      throws Failure, IOException {
    boolean unsafe = call.has(RebaseCommand.UNSAFE);
    String backing = call.arguments().last(RebaseCommand.BACKING, "");
    Optional<String> format =
        Optional.ofNullable(call.arguments().last(RebaseCommand.BACKING_FORMAT));
    Source source =
        Source.open(
            file,
            call.arguments().last(Command.FORMAT),
            null,
            Unwrap.sources(call),
            !unsafe,
            Access.changing(call, cache).with(Locking.USUAL));
    Source newBacking = null;
    try {
      if (call.has(RebaseCommand.COMPRESS)) {
        checkCompresses(call, source, cache);
      }
      if (format.isPresent() && Source.FORMATS.named(format.get()).isEmpty()) {
        throw new Failure("Invalid format name: '" + format.get() + "'");
      }
      newBacking = backing.isEmpty() ? null : backing(call, source, backing, format, backingCache);
      return new Rebase(call, cache, source, backing, format, newBacking);
    } catch (Throwable e) {
      try (source) {
        throw e;
      }
    }
  }

  private static void checkCompresses(Invocation call, Source source, CacheMode cache)
      throws Failure, IOException {
    try (GuestDisk disk = EditedImage.openDisk(call, source, EditRequest.Content.STAYS, cache)) {
      if (disk.newEncoder().isEmpty()) {
        throw IllegalOptionException.noCompression();
      }
    } catch (IllegalOptionException e) {
      throw new Failure(e.getMessage());
    }
  }

  /** Opens the new backing file; null where it cannot be and need not be opened. */
  private static Source backing(
      Invocation call, Source source, String backing, Optional<String> format, CacheMode cache)
      throws Failure, IOException {
    boolean unsafe = call.has(RebaseCommand.UNSAFE);
    String name = Backing.seenFrom(source.chain().top().location(), backing);
    boolean shared = call.has(Command.FORCE_SHARE);
    Access access = Access.of(call, cache, FileUse.READ, shared ? Locking.SHARED : Locking.USUAL);
    try {
      return Source.openBacking(name, format.orElse(null), !unsafe, access);
    } catch (Failure e) {
      if (unsafe) {
        return null;
      }
      throw new Failure(
          "Could not open new backing file '"
              + backing
              + "': "
              + (e.reason() == null ? e.getMessage() : e.reason()));
    }
  }

  /** Does it. */
  void run(Cancellation cancellation) throws Failure, IOException {
    check();
    ProgressDisplay progress = ProgressDisplay.of(call, call.out());
    try {
      if (!call.has(RebaseCommand.UNSAFE)) {
        copy(progress, cancellation);
      }
      progress.complete();
    } finally {
      progress.end();
    }
    try (EditedImage image = EditedImage.open(call, source, cache)) {
      link(image).set(parent());
    } catch (IllegalOptionException e) {
      throw refused(e.getMessage());
    }
  }

  /** Sees, before anything is copied, that the name can be changed. */
  private void check() throws Failure, IOException {
    try (EditedImage image = EditedImage.open(call, source, cache)) {
      ParentLink link = link(image);
      if (!backing.isEmpty() && format.isEmpty()) {
        throw refused("backing format must be specified");
      }
      link.check(parent());
      if (!backing.isEmpty() && !link.storesName() && !isBesideImage()) {
        throw refused(
            "the image stores no name of its backing file, so that both must lie in one directory");
      }
    } catch (IllegalOptionException e) {
      throw refused(e.getMessage());
    }
  }

  /** Whether the new backing file lies where the image itself is. */
  private boolean isBesideImage() throws IOException {
    Optional<Path> image = source.chain().top().location().path();
    Optional<Path> below = newBacking.chain().top().location().path();
    return image.isPresent()
        && below.isPresent()
        && Files.isSameFile(directory(image.get()), directory(below.get()));
  }

  private static Path directory(Path file) {
    return file.toAbsolutePath().getParent();
  }

  private ParentLink link(EditedImage image) throws Failure, IOException {
    Optional<ParentLink> link =
        call.answers().rebases(source.chain().top().format())
            ? image.editor().parentLink()
            : Optional.empty();
    if (link.isEmpty()) {
      throw refused("Operation not supported");
    }
    return link.get();
  }

  private Failure refused(String why) {
    return new Failure("Could not change the backing file to '" + backing + "': " + why);
  }

  private Optional<ParentLink.NewParent> parent() {
    if (backing.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        new ParentLink.NewParent(
            new ParentReference(backing, format),
            newBacking == null ? Optional.empty() : Optional.of(newBacking.chain().top().image())));
  }

  private void copy(ProgressDisplay progress, Cancellation cancellation)
      throws Failure, IOException {
    List<BlockMap> layers = source.map().layers();
    List<BlockMap> below = layers.subList(1, layers.size());
    Optional<BlockMap> after =
        newBacking == null ? Optional.empty() : Optional.of(newBacking.map());
    int depth = depthOfNew();
    if (depth == 1) {
      return; // it is below already
    }
    Optional<BlockMap> between = depth > 1 ? chain(layers.subList(1, depth)) : Optional.empty();
    ParentSwap.Parents parents = new ParentSwap.Parents(chain(below), after, between);
    try (GuestDisk disk = EditedImage.openDisk(call, source, EditRequest.Content.STAYS, cache)) {
      ParentSwap.run(disk, parents, form(), Pace.usual(), progress, cancellation);
    }
  }

  private ParentSwap.Form form() {
    return call.has(RebaseCommand.COMPRESS) ? ParentSwap.Form.COMPRESSED : ParentSwap.Form.PLAIN;
  }

  private static Optional<BlockMap> chain(List<BlockMap> layers) {
    return layers.isEmpty() ? Optional.empty() : Optional.of(new LayeredMap(layers));
  }

  /** Where in the old chain the new backing file is already; 0 where it is not. */
  private int depthOfNew() throws IOException {
    if (newBacking == null || newBacking.chain().top().location().path().isEmpty()) {
      return 0;
    }
    ImageChain.Layer wanted = newBacking.chain().top();
    List<ImageChain.Layer> chain = source.chain().layers();
    for (int depth = 1; depth < chain.size(); depth++) {
      ImageChain.Layer layer = chain.get(depth);
      if (layer.location().path().isPresent()
          && layer.format() == wanted.format()
          && Files.isSameFile(layer.location().file(), wanted.location().file())) {
        return depth;
      }
    }
    return 0;
  }

  @Override
  public void close() throws IOException {
    try (source) {
      if (newBacking != null) {
        newBacking.close();
      }
    }
  }
}
