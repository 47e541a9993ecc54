package dev.platter.cli.source;

import dev.platter.cli.line.Failure;
import dev.platter.cli.line.Profile;
import dev.platter.cli.text.Reasons;
import dev.platter.image.BlockMap;
import dev.platter.image.IllegalOptionException;
import dev.platter.image.ImageException;
import dev.platter.image.Limits;
import dev.platter.image.Snapshot;
import dev.platter.image.chain.ImageChain;
import dev.platter.image.chain.OpenOptions;
import dev.platter.image.chain.WrappedFiles;
import dev.platter.image.disk.LayeredMap;
import dev.platter.image.name.ImageName;
import dev.platter.image.name.Locking;
import dev.platter.image.spi.FileUse;
import dev.platter.image.spi.ImageFormat;
import dev.platter.image.spi.ImageFormats;
import dev.platter.storage.FileStorage;
import dev.platter.storage.Location;
import dev.platter.storage.LockedException;
import dev.platter.storage.Storage;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** An image that a command reads, opened under the name the user gave, with the images below it. */
public final class Source implements Closeable {
  /** Every format there is; looked for once in the life of the process. */
  public static final ImageFormats FORMATS = ImageFormats.present();

  private final ImageName name;
  private final Access access;
  private final String format;
  private final ImageChain chain;
  private final Source below;

  private Source(ImageName name, Access access, String format, ImageChain chain, Source below) {
    this.name = name;
    this.access = access;
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
  public static Source open(String given, String format, boolean withParents, Access access)
      throws Failure, IOException {
    return open(given, format, null, Optional.empty(), withParents, access);
  }

  /**
   * Opens an image that may be a container of disks.
   *
   * @param disk which of its disks is meant; null: the only one
   * @param wrapped how its file is taken out of a compression; empty: it is not
   */
  public static Source open(
      String given,
      String format,
      String disk,
      Optional<WrappedFiles> wrapped,
      boolean withParents,
      Access access)
      throws Failure, IOException {
    if (access.byOptions() && format != null) {
      throw new Failure("--image-opts and --format are mutually exclusive");
    }
    ImageName name = name(access.profile(), given, access.byOptions());
    if (name.format() != null && format != null) {
      throw Failure.cannotOpen(given, "Driver specified twice", null);
    }
    return open(name, format == null ? name.format() : format, disk, wrapped, withParents, access);
  }

  /**
   * Opens what an image is to lie over. The format that is given for it counts before that of its
   * name, as it does when the image is opened later.
   */
  public static Source openBacking(String given, String format, boolean withParents, Access access)
      throws Failure, IOException {
    ImageName name = name(access.profile(), given, false);
    String known = format == null ? name.format() : format;
    return open(name, known, null, Optional.empty(), withParents, access);
  }

  /** That there is no format of a name. */
  public static String unknown(Profile profile, String what, String format) {
    List<String> names = new ArrayList<>();
    for (ImageFormat each : FORMATS.all()) {
      names.add(each.name());
      names.addAll(each.aliases());
    }
    return "Unknown " + what + " '" + format + "'" + profile.answers().suggestion(names, format);
  }

  /** Understands what the user calls an image. */
  public static ImageName name(Profile profile, String given, boolean byOptions) throws Failure {
    try {
      return byOptions ? ImageName.parseOptions(given) : ImageName.parse(given);
    } catch (IllegalOptionException e) {
      String hint = byOptions ? "" : colonHint(profile, given);
      throw Failure.cannotOpen(given, e.getMessage() + hint, e);
    }
  }

  /**
   * How to name a file whose name has a colon where that of a protocol would end; nothing where
   * none can be meant, and as qemu-img.
   */
  public static String colonHint(Profile profile, String given) {
    Optional<String> scheme = Location.schemeOf(given);
    if (profile.asQemuImg()
        || scheme.isEmpty()
        || given.startsWith(ImageName.JSON)
        || given.startsWith("//", scheme.get().length() + 1)) {
      return "";
    }
    return "; a file of that name is './" + given + "'";
  }

  private static Source open(
      ImageName name,
      String format,
      String disk,
      Optional<WrappedFiles> wrapped,
      boolean withParents,
      Access asAsked)
      throws Failure, IOException {
    Access access = asAsked.under(name.locking());
    Profile profile = access.profile();
    boolean shared = access.locking() == Locking.SHARED || name.fileLocking() == Locking.SHARED;
    if (access.use() == FileUse.CHANGE && shared) {
      throw Failure.cannotOpen(
          name.given(), "force-share=on can only be used with read-only images", null);
    }
    Location location = name.location();
    if (location.path().isPresent()) {
      location = Location.of(profile.fileAt(FORMATS, location.file()));
    }
    Optional<ImageFormat> asked = Optional.empty();
    if (format != null) {
      asked =
          FORMATS.named(
              name.givesBytes() && format.equals(name.format()) ? ImageFormats.PLAIN : format);
      if (asked.isEmpty()) {
        throw Failure.cannotOpen(name.given(), unknown(profile, "driver", format), null);
      }
    }
    ImageChain.Options options =
        new ImageChain.Options(
            profile.probed(FORMATS),
            asked,
            withParents && name.followsBacking(),
            profile.references(),
            Limits.DEFAULT,
            new FileOpener(access, name, location),
            Optional.ofNullable(disk),
            new OpenOptions(name.openOptions(), access.passphrases()),
            access.use() == FileUse.CHANGE ? Optional.empty() : wrapped);
    if (access.use() == FileUse.CHANGE && wrapped.isPresent()) {
      refuseWrapped(name, location, asked, profile, wrapped.get());
    }
    ImageChain chain;
    try {
      chain = ImageChain.open(location, options);
    } catch (IOException e) {
      if (access.use() == FileUse.DESCRIBE
          && e instanceof CannotOpenException file
          && !file.location().equals(location)) {
        // Each image of a chain is described by itself: the message names the one that it is about.
        throw Failure.cannotOpen(file.location().toString(), file.reason(), e.getCause());
      }
      throw Failure.cannotOpen(name.given(), reason(e, name, options, profile), lock(e));
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
              ? open(
                  name.backing(),
                  name.backing().format(),
                  null,
                  Optional.empty(),
                  true,
                  access.below())
              : null;
      return new Source(name, access, format, chain, below);
    } catch (Throwable e) {
      chain.close();
      throw e;
    }
  }

  /** What is read out of a compression cannot be changed in it. */
  private static void refuseWrapped(
      ImageName name,
      Location location,
      Optional<ImageFormat> asked,
      Profile profile,
      WrappedFiles wrapped)
      throws Failure {
    if (location.path().isEmpty() || !Files.isRegularFile(location.file())) {
      return;
    }
    Optional<String> wrapping;
    try (Storage file = FileStorage.openForReading(location.file())) {
      ImageFormat format =
          asked.isPresent() ? asked.get() : profile.probed(FORMATS).probe(file).get();
      wrapping = wrapped.wrappingOf(file, format, asked.isPresent());
    } catch (IOException e) {
      return; // it is told when the file is opened for good
    }
    if (wrapping.isPresent()) {
      throw new Failure(
          "'"
              + name.given()
              + "' is a "
              + wrapping.get()
              + " file: an image in a compression cannot be changed in place; convert it first"
              + " (-f raw changes the bytes as they are)");
    }
  }

  /** What the question is about that a file in use asks; of others it is of no meaning. */
  private static Throwable lock(IOException e) {
    return e instanceof CannotOpenException ? e.getCause() : e;
  }

  private static String reason(
      IOException e, ImageName name, ImageChain.Options options, Profile profile) {
    if (e instanceof CannotOpenException file) {
      return file.location().equals(name.location())
          ? file.reason()
          : "Could not open backing file: " + file.reason();
    }
    return e instanceof ImageException image && options.format().isPresent()
        ? otherFormat(image, name, options, profile)
        : Reasons.of(e);
  }

  /**
   * Why an image could not be opened as the format that it was said to have: the file is looked at
   * once more, as it may be nothing of the kind.
   */
  private static String otherFormat(
      ImageException e, ImageName name, ImageChain.Options options, Profile profile) {
    ImageFormat format = options.format().get();
    Optional<WrappedFiles> wrapped = options.wrapped();
    try (var storage = options.opener().open(name.location());
        var arena = java.lang.foreign.Arena.ofConfined()) {
      var buffer = arena.allocate(ImageFormat.HEAD_BYTES, 4096);
      var head = buffer.asSlice(0, storage.read(0, buffer)).asReadOnly();
      boolean isWrapped =
          wrapped.isPresent() && wrapped.get().unwrapping().nameOf(storage).isPresent();
      if (!isWrapped && format.probe(storage, head) == ImageFormat.NO_MATCH) {
        return profile.answers().notOfFormat(format, name.shown(), head);
      }
    } catch (IOException again) {
      e.addSuppressed(again);
    }
    return Reasons.of(e);
  }

  /** The name as the user gave it. */
  public ImageName name() {
    return name;
  }

  /** How its files are opened. */
  public Access access() {
    return access;
  }

  /** The images opened, top first; those that the name itself lists below the top are not in it. */
  public ImageChain chain() {
    return chain;
  }

  /** What the format is called: as the user called it, else by its own name. */
  public String formatName() {
    return format == null ? chain.top().format().name() : format;
  }

  /** Whether the user said what format it has. */
  public boolean isFormatGiven() {
    return format != null;
  }

  /** What shows through where the top image holds nothing; empty where there is none below. */
  public Optional<BlockMap> parent() throws IOException, Failure {
    List<BlockMap> layers = map().layers();
    return layers.size() > 1
        ? Optional.of(new LayeredMap(layers.subList(1, layers.size())))
        : Optional.empty();
  }

  /** What the guest sees. */
  public LayeredMap map() throws IOException, Failure {
    try {
      return withBelow(chain.map());
    } catch (LockedException e) {
      throw locked(e);
    } catch (IllegalOptionException e) {
      throw Failure.cannotOpen(name.given(), e.getMessage(), e);
    }
  }

  /** A file that the image names is in use. */
  private Failure locked(LockedException e) {
    return Failure.cannotOpen(name.given(), e.reason(), e);
  }

  /** What the guest saw at an internal snapshot of the top image. */
  public LayeredMap map(Snapshot snapshot) throws IOException, Failure {
    LayeredMap map;
    try {
      map = chain.map(snapshot);
    } catch (LockedException e) {
      throw locked(e);
    } catch (IllegalOptionException e) {
      throw Failure.cannotOpen(name.given(), e.getMessage(), e);
    }
    long today = chain.top().image().info().virtualSize();
    if (map.size() != today && !access.profile().snapshotsKeepTheirSize()) {
      List<BlockMap> layers = new ArrayList<>(map.layers());
      layers.set(0, new ResizedMap(layers.getFirst(), today));
      map = new LayeredMap(layers);
    }
    return withBelow(map);
  }

  private LayeredMap withBelow(LayeredMap map) throws IOException, Failure {
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
  public Snapshot snapshot(String wanted) throws Failure, IOException {
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
          int equals = part.indexOf('=');
          String key = equals < 0 ? part : part.substring(0, equals);
          throw new Failure("Invalid parameter '" + key + "'")
              .withSecondLine(
                  access.profile().program()
                      + ": Failed in parsing snapshot param '"
                      + wanted
                      + "'");
        }
      }
    }
    List<Snapshot> snapshots = chain.top().image().info().snapshots();
    ImageFormat format = chain.top().format();
    if (snapshots.isEmpty() && !access.profile().answers().knowsSnapshotsOf(format)) {
      throw new Failure(
          "Failed to load snapshot: Block format '"
              + format.name()
              + "' used by device '' does not support temporarily loading internal snapshots");
    }
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
