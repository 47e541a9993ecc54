package dev.platter;

import dev.platter.image.Fault;
import dev.platter.image.FormatOptions;
import dev.platter.image.Identity;
import dev.platter.image.IllegalOptionException;
import dev.platter.image.Limits;
import dev.platter.image.chain.ImageChain;
import dev.platter.image.chain.OpenOptions;
import dev.platter.image.chain.WrappedFiles;
import dev.platter.image.name.ImageName;
import dev.platter.image.name.Locking;
import dev.platter.image.spi.EditRequest;
import dev.platter.image.spi.FileUse;
import dev.platter.image.spi.ImageFormat;
import dev.platter.image.spi.ImageFormats;
import dev.platter.image.wrap.Unwrapping;
import dev.platter.storage.FileStorage;
import dev.platter.storage.Location;
import dev.platter.storage.StorageProviders;
import dev.platter.storage.WritableStorage;
import java.io.IOException;
import java.util.Optional;

/** An image about to be opened for some use. */
final class Opening {
  private final ImageName name;
  private final DiskSource.Terms terms;
  private final FileUse use;
  private final boolean parents;
  private final Location location;

  Opening(ImageName name, DiskSource.Terms terms, FileUse use) {
    this(name, terms, use, terms.parents() && name.followsBacking());
  }

  private Opening(ImageName name, DiskSource.Terms terms, FileUse use, boolean parents) {
    this.name = name;
    this.terms = terms;
    this.use = use;
    this.parents = parents;
    this.location =
        name.location().path().isPresent()
            ? Location.of(Formats.PRESENT.fileAt(name.location().file()))
            : name.location();
  }

  /** The image without those below it. */
  Opening alone() {
    return new Opening(name, terms, use, false);
  }

  /** Opens it, to be read; the top image's file can be written to where it is to be changed. */
  ImageChain chain() throws IOException {
    checkName();
    boolean changes = use == FileUse.CHANGE;
    WrappedFiles wrapped =
        new WrappedFiles(
            new Unwrapping(Formats.Around.WRAPPINGS, terms.unwrapLimits()),
            false,
            Unwrapping.spoolDirectory());
    ImageChain chain =
        ImageChain.open(
            location,
            new ImageChain.Options(
                Formats.PRESENT,
                asked(),
                parents,
                terms.references(),
                Limits.DEFAULT,
                new DiskFiles(
                    use,
                    location,
                    name.locking(),
                    name.fileLocking(),
                    terms.references(),
                    terms.secrets()),
                Optional.ofNullable(terms.member()),
                new OpenOptions(name.openOptions(), terms.secrets()),
                changes ? Optional.empty() : Optional.of(wrapped)));
    try {
      if (changes) {
        checkChangeable(chain, wrapped);
      }
      return chain;
    } catch (Throwable e) {
      chain.close();
      throw e;
    }
  }

  /** Opens what the name says to lie below the image, in place of what the image itself names. */
  Optional<Disk> below() throws IOException {
    return terms.parents() && name.backing() != null
        ? Optional.of(new DiskSource(name.backing(), terms.below()).open(use))
        : Optional.empty();
  }

  private Optional<ImageFormat> asked() throws IllegalOptionException {
    String own = name.givesBytes() ? ImageFormats.PLAIN : name.format();
    String format = terms.format() == null ? own : terms.format();
    return format == null ? Optional.empty() : Optional.of(Formats.named(format));
  }

  private void checkName() throws IllegalOptionException {
    if (terms.format() != null && name.format() != null) {
      throw refused("its name says a format already");
    }
    if (use == FileUse.CHANGE) {
      if (name.backing() != null) {
        throw refused("a name that says what lies below the image is for reading alone");
      }
      if (name.locking() == Locking.SHARED || name.fileLocking() == Locking.SHARED) {
        throw refused("what is changed cannot be shared");
      }
      if (!name.openOptions().isEmpty()) {
        throw refused("'" + name.openOptions().getFirst() + "' is for reading alone");
      }
      if (terms.snapshot() != null) {
        throw refused("a snapshot cannot be changed");
      }
    }
  }

  private void checkChangeable(ImageChain chain, WrappedFiles wrapped) throws IOException {
    ImageChain.Layer top = chain.top();
    boolean given = asked().isPresent();
    if (top.format().isPlain() && !given) {
      Optional<String> wrapping = wrapped.wrappingOf(top.storage(), top.format(), false);
      if (wrapping.isPresent()) {
        throw Fault.on(location.toString())
            .unsupported("a " + wrapping.get() + " file cannot be changed in place; convert it");
      }
      throw refused(
          "it looks like a raw disk; say format(\""
              + top.format().name()
              + "\") if it is to be changed as one");
    }
  }

  IllegalOptionException refused(String why) {
    return new IllegalOptionException(location + ": " + why);
  }

  /** Whether the image lies over another one that was not opened with it. */
  boolean lacksParent(ImageChain chain) throws IOException {
    return chain.layers().size() == 1 && chain.top().image().parent().isPresent();
  }

  /** What the format needs to change the image. */
  EditRequest request() {
    return new EditRequest(
        Limits.DEFAULT,
        reference -> outside(terms.references().resolve(reference, location)),
        Identity.random(),
        FormatOptions.none().with(terms.secrets()));
  }

  /** A file that the image names, to be changed with it. */
  private WritableStorage outside(Location file) throws IOException {
    WritableStorage storage = StorageProviders.of(file.scheme()).openForWriting(file);
    try {
      if (storage instanceof FileStorage opened && name.locking() != Locking.OFF) {
        opened.lock(use.of(FileUse.Part.OUTSIDE));
      }
      return storage;
    } catch (Throwable e) {
      storage.close();
      throw e;
    }
  }
}
