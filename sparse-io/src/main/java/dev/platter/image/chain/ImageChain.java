package dev.platter.image.chain;

import dev.platter.image.BlockMap;
import dev.platter.image.DiskImage;
import dev.platter.image.Fault;
import dev.platter.image.IllegalOptionException;
import dev.platter.image.ImageException;
import dev.platter.image.Limits;
import dev.platter.image.ParentReference;
import dev.platter.image.Reference;
import dev.platter.image.Snapshot;
import dev.platter.image.UnsupportedFeatureException;
import dev.platter.image.disk.GuestDisk;
import dev.platter.image.disk.LayeredMap;
import dev.platter.image.name.ImageName;
import dev.platter.image.spi.EditRequest;
import dev.platter.image.spi.FileUse;
import dev.platter.image.spi.ImageEditor;
import dev.platter.image.spi.ImageFormat;
import dev.platter.image.spi.ImageFormats;
import dev.platter.image.spi.LiveImage;
import dev.platter.image.spi.OpenRequest;
import dev.platter.image.spi.ReferencePolicy;
import dev.platter.image.spi.StorageOpener;
import dev.platter.image.wrap.GradualSpool;
import dev.platter.storage.FileStorage;
import dev.platter.storage.Location;
import dev.platter.storage.Storage;
import dev.platter.storage.WritableStorage;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * An image and the images below it, opened: the one place that follows parents. Owns every storage
 * and image in it.
 */
public final class ImageChain implements Closeable {
  private final List<Layer> layers;

  private ImageChain(List<Layer> layers) {
    this.layers = List.copyOf(layers);
  }

  /**
   * One image of a chain.
   *
   * @param location where it lies
   * @param storage its own file; an {@link UnwrappedStorage} where that is wrapped
   * @param format how it was read
   * @param image the open image
   * @param openOptions what was said of how it is to be understood, and where secrets are
   */
  public record Layer(
      Location location,
      Storage storage,
      ImageFormat format,
      DiskImage image,
      OpenOptions openOptions)
      implements Closeable {
    @Override
    public void close() throws IOException {
      try (storage) {
        image.close();
      }
    }
  }

  /**
   * How to open a chain.
   *
   * @param formats the formats to choose from
   * @param format the top image's format; empty: probe
   * @param followParents whether to open the images below the top one
   * @param policy which outside files may be opened
   * @param limits bounds, among them the depth of the chain
   * @param opener how files are opened
   * @param disk which disk of the top image is meant, where that is a container: {@link
   *     OpenRequest#disk()}
   * @param openOptions what is said of how the top image is to be understood, and where secrets are
   * @param wrapped how the top image is taken out of a compression around its file; empty: it is
   *     not
   */
  public record Options(
      ImageFormats formats,
      Optional<ImageFormat> format,
      boolean followParents,
      ReferencePolicy policy,
      Limits limits,
      StorageOpener opener,
      Optional<String> disk,
      OpenOptions openOptions,
      Optional<WrappedFiles> wrapped) {
    /** An image in a file of its own, as it is. */
    public Options(
        ImageFormats formats,
        Optional<ImageFormat> format,
        boolean followParents,
        ReferencePolicy policy,
        Limits limits,
        StorageOpener opener,
        Optional<String> disk,
        OpenOptions openOptions) {
      this(
          formats,
          format,
          followParents,
          policy,
          limits,
          opener,
          disk,
          openOptions,
          Optional.empty());
    }

    /** An image that is one disk, or a container with one. */
    public Options(
        ImageFormats formats,
        Optional<ImageFormat> format,
        boolean followParents,
        ReferencePolicy policy,
        Limits limits,
        StorageOpener opener) {
      this(
          formats,
          format,
          followParents,
          policy,
          limits,
          opener,
          Optional.empty(),
          OpenOptions.NONE);
    }

    /** Probe, follow parents as {@code policy} allows, default limits. */
    public static Options of(ImageFormats formats, ReferencePolicy policy, StorageOpener opener) {
      return new Options(formats, Optional.empty(), true, policy, Limits.DEFAULT, opener);
    }

    public Options withFormat(Optional<ImageFormat> chosen) {
      return new Options(
          formats, chosen, followParents, policy, limits, opener, disk, openOptions, wrapped);
    }

    public Options withFollowParents(boolean follow) {
      return new Options(
          formats, format, follow, policy, limits, opener, disk, openOptions, wrapped);
    }

    public Options withDisk(Optional<String> chosen) {
      return new Options(
          formats, format, followParents, policy, limits, opener, chosen, openOptions, wrapped);
    }

    public Options withWrapped(Optional<WrappedFiles> how) {
      return new Options(
          formats, format, followParents, policy, limits, opener, disk, openOptions, how);
    }
  }

  /**
   * Opens an image and, unless told otherwise, all images below it.
   *
   * @throws ImageException if one of them is damaged, unsupported, or must not be opened; nothing
   *     stays open then
   */
  public static ImageChain open(Path path, Options options) throws IOException {
    return open(Location.of(path), options);
  }

  /** The same for an image anywhere. */
  public static ImageChain open(Location location, Options options) throws IOException {
    List<Layer> layers = new ArrayList<>();
    try {
      Location next = location;
      Optional<ImageFormat> format = options.format();
      OpenOptions openOptions = options.openOptions();
      while (true) {
        Layer layer = openLayer(next, format, openOptions, options, layers.isEmpty());
        layers.add(layer);
        if (layers.size() > 1) {
          layers.get(layers.size() - 2).image().checkParent(layer.image());
        }
        Optional<ParentReference> parent =
            options.followParents() ? layer.image().parent() : Optional.empty();
        if (parent.isEmpty()) {
          return new ImageChain(layers);
        }
        if (layers.size() >= options.limits().maxChainDepth()) {
          throw Fault.on(location.toString())
              .corrupt(
                  "the backing chain has more than "
                      + options.limits().maxChainDepth()
                      + " images");
        }
        Reference reference =
            new Reference(Reference.Kind.PARENT, parent.get().name(), next.toString());
        format = parentFormat(parent.get(), next, options);
        openOptions = openOptions.with(List.of());
        if (reference.name().startsWith(ImageName.JSON)) {
          ImageName name = parentName(reference);
          openOptions = openOptions.with(name.openOptions());
          if (format.isEmpty() && name.format() != null) { // what the image says counts first
            String driver = name.givesBytes() ? ImageFormats.PLAIN : name.format();
            format = Optional.of(named(driver, next, options));
          }
        }
        next =
            parent.get().isGuess()
                ? ParentSearch.find(layer, parent.get(), options)
                : options.policy().resolve(reference, next);
        refuseCycle(layers, next);
      }
    } catch (Throwable e) {
      closeAll(layers, e);
      throw e;
    }
  }

  /** The images, top first. */
  public List<Layer> layers() {
    return layers;
  }

  /** The top image. */
  public Layer top() {
    return layers.getFirst();
  }

  /** The chain as one disk. */
  public LayeredMap map() throws IOException {
    return mapAbove(top().image().map());
  }

  /**
   * The chain as one disk with an internal snapshot of the top image in place of its present state.
   */
  public LayeredMap map(Snapshot snapshot) throws IOException {
    return mapAbove(top().image().snapshotMap(snapshot));
  }

  /**
   * The disk of the top image, to be read and written in place. Its file was opened for writing by
   * the {@link StorageOpener}; the chain is closed after the disk.
   *
   * @param map the top image's own map, then those of the layers that show through it
   */
  public GuestDisk openDisk(LayeredMap map, EditRequest request) throws IOException {
    List<BlockMap> layers = map.layers();
    LiveImage live = top().format().openLive(topToWrite(), request);
    return new GuestDisk(live, layers.subList(1, layers.size()));
  }

  /** Begins to change the top image, under the same terms; the chain is closed after the editor. */
  public ImageEditor edit(EditRequest request) throws IOException {
    return top().format().edit(topToWrite(), request);
  }

  /** The top image's own file, which is locked and still the one of its name. */
  private WritableStorage topToWrite() throws IOException {
    WritableStorage storage = (WritableStorage) top().storage();
    if (storage instanceof FileStorage file && !file.isAt(top().location().file())) {
      throw new IOException("'" + top().location() + "' was just replaced by another program");
    }
    return storage;
  }

  private LayeredMap mapAbove(BlockMap topMap) throws IOException {
    List<BlockMap> maps = new ArrayList<>();
    maps.add(topMap);
    for (Layer layer : layers.subList(1, layers.size())) {
      maps.add(layer.image().map());
    }
    return new LayeredMap(maps);
  }

  /** Closes every image and storage, top first. */
  @Override
  public void close() throws IOException {
    IOException failed = new IOException("closing the chain failed");
    closeAll(layers, failed);
    if (failed.getSuppressed().length > 0) {
      throw failed;
    }
  }

  /** The name of a parent that is given by options, as {@code json:{...}}. */
  private static ImageName parentName(Reference reference) throws ImageException {
    try {
      ImageName name = ImageName.parse(reference.name());
      if (name.backing() != null || !name.followsBacking()) {
        throw Fault.on(reference.from())
            .unsupported("a backing file's name that says what is below that file");
      }
      return name;
    } catch (IllegalOptionException e) {
      throw Fault.on(reference.from()).corrupt(reference.kind() + ": " + e.getMessage(), e);
    }
  }

  private static Layer openLayer(
      Location location,
      Optional<ImageFormat> asked,
      OpenOptions openOptions,
      Options options,
      boolean top)
      throws IOException {
    Storage storage = options.opener().open(location);
    try {
      boolean headFirst = options.wrapped().filter(WrappedFiles::headFirst).isPresent();
      if (top
          && headFirst
          && storage instanceof GradualSpool coming
          && !coming.guessing().knowsSize()) {
        Optional<Layer> layer = openHead(location, storage, coming, asked, openOptions, options);
        if (layer.isPresent()) {
          return layer.get();
        }
      }
      ImageFormat format = formatOf(storage, asked, options);
      options.opener().lock(storage, FileUse.Part.of(format));
      if (top && options.wrapped().isPresent()) {
        Optional<UnwrappedStorage> plain =
            options.wrapped().get().spool(storage, format, asked.isPresent());
        if (plain.isPresent()) {
          storage = plain.get();
          if (plain.get().gradual().isPresent()) {
            GradualSpool spool = plain.get().gradual().get();
            Optional<Layer> layer = openHead(location, storage, spool, asked, openOptions, options);
            if (layer.isPresent()) {
              return layer.get();
            }
          }
          format = formatOf(storage, asked, options);
        }
      }
      return openAs(format, location, storage, openOptions, options, top);
    } catch (Throwable e) {
      try {
        storage.close();
      } catch (IOException closing) {
        e.addSuppressed(closing);
      }
      throw e;
    }
  }

  /**
   * Opens an image of which only the beginning has come; empty, and all has come, if that is not
   * enough to know it.
   */
  private static Optional<Layer> openHead(
      Location location,
      Storage storage,
      GradualSpool spool,
      Optional<ImageFormat> asked,
      OpenOptions openOptions,
      Options options)
      throws IOException {
    Optional<ImageFormat> format = asked.isPresent() ? asked : options.formats().byHead(storage);
    if (format.isPresent()) {
      Layer layer = null;
      try {
        layer = openAs(format.get(), location, storage, openOptions, options, true);
        if (!spool.wasWrongAbout(layer.image().info().virtualSize())) {
          return Optional.of(layer);
        }
        layer.image().close();
      } catch (ImageException e) {
        // Where all of it is needed to tell what is wrong, that is told below.
        if (layer != null) {
          layer.image().close();
        }
      }
    }
    spool.finish();
    return Optional.empty();
  }

  private static Layer openAs(
      ImageFormat format,
      Location location,
      Storage storage,
      OpenOptions openOptions,
      Options options,
      boolean top)
      throws IOException {
    OpenRequest request =
        new OpenRequest(
            options.limits(),
            OpenRequest.OutsideFiles.reading(options.policy(), location, options.opener()),
            top ? options.disk() : Optional.empty(),
            openOptions.of(format.openOptions()));
    return new Layer(location, storage, format, format.open(storage, request), openOptions);
  }

  private static ImageFormat formatOf(Storage storage, Optional<ImageFormat> asked, Options options)
      throws IOException {
    return asked.isPresent()
        ? asked.get()
        : options
            .formats()
            .probe(storage)
            .orElseThrow(() -> Fault.on(storage.name()).unsupported("the format is not known"));
  }

  private static Optional<ImageFormat> parentFormat(
      ParentReference parent, Location child, Options options) throws UnsupportedFeatureException {
    if (parent.format().isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(named(parent.format().get(), child, options));
  }

  private static ImageFormat named(String name, Location child, Options options)
      throws UnsupportedFeatureException {
    Optional<ImageFormat> format = options.formats().named(name);
    if (format.isEmpty()) {
      throw Fault.on(child.toString())
          .unsupported("backing file format: Unknown driver '" + name + "'");
    }
    return format.get();
  }

  private static void refuseCycle(List<Layer> layers, Location next) throws IOException {
    for (Layer layer : layers) {
      if (isSame(layer.location(), next)) {
        throw Fault.on(layers.getLast().location().toString())
            .corrupt("backing file '" + next + "' is already in the chain");
      }
    }
  }

  private static boolean isSame(Location a, Location b) throws IOException {
    if (a.path().isEmpty() || b.path().isEmpty()) {
      return a.equals(b);
    }
    return Files.exists(b.file()) && Files.isSameFile(a.file(), b.file());
  }

  private static void closeAll(List<Layer> layers, Throwable collector) {
    for (Layer layer : layers) {
      try {
        layer.close();
      } catch (IOException e) {
        collector.addSuppressed(e);
      }
    }
  }
}
