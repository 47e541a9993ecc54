package dev.platter.cli;

import dev.platter.image.BlockMap;
import dev.platter.image.ImageChain;
import dev.platter.image.ImageException;
import dev.platter.image.ImageFormat;
import dev.platter.image.ImageFormats;
import dev.platter.image.LayeredMap;
import dev.platter.image.Limits;
import dev.platter.image.Snapshot;
import dev.platter.image.WrappedFiles;
import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** An image that a command reads, opened under the name the user gave, with the images below it. */
final class Source implements Closeable {
  /** Every format there is; looked for once in the life of the process. */
  static final ImageFormats FORMATS = ImageFormats.present();

  private final ImageName name;
  private final String format;
  private final ImageChain chain;
  private final Source below;

  private Source(ImageName name, String format, ImageChain chain, Source below) {
    this.name = name;
    this.format = format;
    this.chain = chain;
    this.below = below;
  }

  /**
   * Opens an image.
   *
   * @param given the name as the user wrote it
   * @param format the name of its format; null: told by its content
   * @param withParents whether the images below it are opened too
   */
  static Source open(String given, String format, boolean withParents, CacheMode cache)
      throws Failure, IOException {
    return open(given, format, null, Optional.empty(), withParents, cache);
  }

  /**
   * Opens an image that may be a container of disks.
   *
   * @param disk which of its disks is meant; null: the only one
   * @param wrapped how its file is taken out of a compression; empty: it is not
   */
  static Source open(
      String given,
      String format,
      String disk,
      Optional<WrappedFiles> wrapped,
      boolean withParents,
      CacheMode cache)
      throws Failure, IOException {
    ImageName name;
    try {
      name = ImageName.parse(given);
      if (name.driver() != null && format != null) {
        throw new Failure("Driver specified twice");
      }
    } catch (Failure e) {
      throw new Failure("Could not open '" + given + "': " + e.getMessage());
    }
    return open(name, format == null ? name.driver() : format, disk, wrapped, withParents, cache);
  }

  private static Source open(
      ImageName name,
      String format,
      String disk,
      Optional<WrappedFiles> wrapped,
      boolean withParents,
      CacheMode cache)
      throws Failure, IOException {
    Optional<ImageFormat> asked = Optional.empty();
    if (format != null) {
      asked = FORMATS.named(format);
      if (asked.isEmpty()) {
        throw new Failure("Could not open '" + name.given() + "': Unknown driver '" + format + "'");
      }
    }
    ImageChain.Options options =
        new ImageChain.Options(
            Profile.current().probed(FORMATS),
            asked,
            withParents && name.followsBacking(),
            Profile.current().references(),
            Limits.DEFAULT,
            new FileOpener(cache),
            Optional.ofNullable(disk),
            name.openOptions(),
            wrapped);
    ImageChain chain;
    try {
      chain = ImageChain.open(Profile.current().fileAt(FORMATS, name.path()), options);
    } catch (IOException e) {
      throw new Failure(
          "Could not open '" + name.given() + "': " + reason(e, name, asked, wrapped));
    }
    try {
      if (disk != null && !chain.top().format().holdsDisks()) {
        throw new Failure(
            "'"
                + name.given()
                + "' is a "
                + chain.top().format().name()
                + " image and holds one disk: --disk is for containers such as ova");
      }
      Source below =
          withParents && name.backing() != null
              ? open(name.backing(), name.backing().driver(), null, Optional.empty(), true, cache)
              : null;
      return new Source(name, format, chain, below);
    } catch (Throwable e) {
      chain.close();
      throw e;
    }
  }

  private static String reason(
      IOException e, ImageName name, Optional<ImageFormat> asked, Optional<WrappedFiles> wrapped) {
    if (e instanceof CannotOpenException file) {
      return file.path().equals(name.path())
          ? file.reason()
          : "Could not open backing file: " + file.reason();
    }
    if (e instanceof ImageException
        && asked.isPresent()
        && !looksLike(asked.get(), name, wrapped)) {
      return "Image is not in " + asked.get().name() + " format";
    }
    return Reasons.of(e);
  }

  /**
   * Whether the file could be of that format at all; asked only after it could not be opened as it.
   */
  private static boolean looksLike(
      ImageFormat format, ImageName name, Optional<WrappedFiles> wrapped) {
    try (var storage = new FileOpener(CacheMode.WRITEBACK).open(name.path());
        var arena = java.lang.foreign.Arena.ofConfined()) {
      var buffer = arena.allocate(ImageFormat.HEAD_BYTES, 4096);
      var head = buffer.asSlice(0, storage.read(0, buffer)).asReadOnly();
      boolean isWrapped =
          wrapped.isPresent() && wrapped.get().unwrapping().nameOf(storage).isPresent();
      return isWrapped || format.probe(storage, head) > ImageFormat.NO_MATCH;
    } catch (IOException e) {
      return true;
    }
  }

  /** The name as the user gave it. */
  ImageName name() {
    return name;
  }

  /** The images opened, top first; those that the name itself lists below the top are not in it. */
  ImageChain chain() {
    return chain;
  }

  /** What the format is called: as the user called it, else by its own name. */
  String formatName() {
    return format == null ? chain.top().format().name() : format;
  }

  /** Whether the user said what format it has. */
  boolean isFormatGiven() {
    return format != null;
  }

  /** How far the image below the top one reaches, bytes; 0 where there is none. */
  long parentSize() throws IOException {
    List<BlockMap> layers = map().layers();
    return layers.size() > 1 ? layers.get(1).size() : 0;
  }

  /** What the guest sees. */
  LayeredMap map() throws IOException {
    return withBelow(chain.map());
  }

  /** What the guest saw at an internal snapshot of the top image. */
  LayeredMap map(Snapshot snapshot) throws IOException {
    LayeredMap map = chain.map(snapshot);
    long today = chain.top().image().info().virtualSize();
    if (map.size() != today && !Profile.current().snapshotsKeepTheirSize()) {
      List<BlockMap> layers = new ArrayList<>(map.layers());
      layers.set(0, new ResizedMap(layers.getFirst(), today));
      map = new LayeredMap(layers);
    }
    return withBelow(map);
  }

  private LayeredMap withBelow(LayeredMap map) throws IOException {
    if (below == null) {
      return map;
    }
    List<BlockMap> layers = new ArrayList<>(map.layers());
    layers.addAll(below.map().layers());
    return new LayeredMap(layers);
  }

  /**
   * The internal snapshot that the user means: {@code snapshot.id=X,snapshot.name=Y}, or a word
   * that is an identifier or, if no snapshot has that identifier, a name.
   */
  Snapshot snapshot(String wanted) throws Failure, IOException {
    String id = null;
    String label = null;
    boolean either = !wanted.startsWith("snapshot.");
    if (either) {
      id = wanted;
      label = wanted;
    } else {
      for (String part : wanted.split(",", -1)) {
        if (part.startsWith("snapshot.id=")) {
          id = part.substring("snapshot.id=".length());
        } else if (part.startsWith("snapshot.name=")) {
          label = part.substring("snapshot.name=".length());
        } else {
          throw new Failure(
              "Failed in parsing snapshot param '"
                  + wanted
                  + "': Invalid parameter '"
                  + part
                  + "'");
        }
      }
    }
    List<Snapshot> snapshots = chain.top().image().info().snapshots();
    for (Snapshot snapshot : snapshots) {
      boolean idFits = id == null || snapshot.id().equals(id);
      boolean nameFits = either || label == null || snapshot.name().equals(label);
      if (idFits && nameFits) {
        return snapshot;
      }
    }
    for (Snapshot snapshot : snapshots) {
      if (either && snapshot.name().equals(label)) {
        return snapshot;
      }
    }
    throw new Failure("Failed to load snapshot: Can't find snapshot");
  }

  @Override
  public void close() throws IOException {
    try (below) {
      chain.close();
    }
  }
}
