package dev.platter;

import dev.platter.image.IllegalOptionException;
import dev.platter.image.Limits;
import dev.platter.image.Snapshot;
import dev.platter.image.chain.ImageChain;
import dev.platter.image.chain.WrappedFiles;
import dev.platter.image.disk.LayeredMap;
import dev.platter.image.spi.ImageFormat;
import dev.platter.image.spi.ReferencePolicy;
import dev.platter.image.spi.StorageOpener;
import dev.platter.image.wrap.UnwrapLimits;
import dev.platter.image.wrap.Unwrapping;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * What is known of an image that is to be opened or converted. Immutable: each method answers
 * another.
 */
public final class DiskSource {
  private final Path path;
  private final String format;
  private final ReferencePolicy references;
  private final boolean parents;
  private final String snapshot;
  private final String member;
  private final UnwrapLimits unwrapLimits;

  private DiskSource(
      Path path,
      String format,
      ReferencePolicy references,
      boolean parents,
      String snapshot,
      String member,
      UnwrapLimits unwrapLimits) {
    this.path = Objects.requireNonNull(path);
    this.format = format;
    this.references = references;
    this.parents = parents;
    this.snapshot = snapshot;
    this.member = member;
    this.unwrapLimits = unwrapLimits;
  }

  DiskSource(Path path) {
    this(path, null, ReferencePolicy.deny(), true, null, null, UnwrapLimits.DEFAULT);
  }

  /** The image has this format, whatever its content looks like. */
  public DiskSource format(String name) {
    return new DiskSource(path, name, references, parents, snapshot, member, unwrapLimits);
  }

  /** Which other files (images below it, data files, extents) may be opened. The default: none. */
  public DiskSource references(ReferencePolicy policy) {
    return new DiskSource(path, format, policy, parents, snapshot, member, unwrapLimits);
  }

  /** The image without those below it: what it does not hold itself reads as zeros. */
  public DiskSource alone() {
    return new DiskSource(path, format, references, false, snapshot, member, unwrapLimits);
  }

  /**
   * The disk as it was at an internal snapshot, by its identifier or, if none has that, its name.
   */
  public DiskSource snapshot(String idOrName) {
    return new DiskSource(path, format, references, parents, idOrName, member, unwrapLimits);
  }

  /** Which disk of a container such as an OVA is meant, by name or by number from 1 on. */
  public DiskSource member(String nameOrNumber) {
    return new DiskSource(path, format, references, parents, snapshot, nameOrNumber, unwrapLimits);
  }

  /** How much a compressed file may unwrap to. */
  public DiskSource unwrapLimits(UnwrapLimits limits) {
    return new DiskSource(path, format, references, parents, snapshot, member, limits);
  }

  /** Where it lies. */
  public Path path() {
    return path;
  }

  /**
   * Opens it to read it.
   *
   * @throws dev.platter.image.ImageException if it is damaged, of no known format, or names files
   *     that must not be opened
   */
  public Disk open() throws IOException {
    ImageChain chain = ImageChain.open(Formats.PRESENT.fileAt(path), options());
    try {
      return new Disk(chain, map(chain));
    } catch (Throwable e) {
      chain.close();
      throw e;
    }
  }

  private LayeredMap map(ImageChain chain) throws IOException {
    if (snapshot == null) {
      return chain.map();
    }
    List<Snapshot> all = chain.top().image().info().snapshots();
    for (Snapshot each : all) {
      if (each.id().equals(snapshot)) {
        return chain.map(each);
      }
    }
    for (Snapshot each : all) {
      if (each.name().equals(snapshot)) {
        return chain.map(each);
      }
    }
    throw new IllegalOptionException(path + ": there is no snapshot '" + snapshot + "'");
  }

  private ImageChain.Options options() throws IllegalOptionException {
    Optional<ImageFormat> asked =
        format == null ? Optional.empty() : Optional.of(Formats.named(format));
    Unwrapping unwrapping = new Unwrapping(Formats.Around.WRAPPINGS, unwrapLimits);
    return new ImageChain.Options(
        Formats.PRESENT,
        asked,
        parents,
        references,
        Limits.DEFAULT,
        StorageOpener.READING,
        Optional.ofNullable(member),
        List.of(),
        Optional.of(new WrappedFiles(unwrapping, false, Unwrapping.spoolDirectory())));
  }
}
