package dev.platter;

import dev.platter.image.CheckReport;
import dev.platter.image.spi.ImageFormats;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Opens, converts and makes disk images.
 *
 * <pre>{@code
 * try (Disk disk = Platter.open(Path.of("disk.qcow2"))) {
 *   disk.read(0, segment);
 * }
 * Platter.convert(Path.of("disk.vmdk")).to(Path.of("disk.qcow2")).format("qcow2").run();
 * }</pre>
 *
 * <p>An image's format is told by its content unless it is said, and a guest writes its own
 * content: say {@code format("raw")} where a raw disk comes from a stranger. No other file that an
 * image names is opened unless {@link DiskSource#references} allows it.
 */
public final class Platter {
  private Platter() {}

  /** The formats there are, by name. */
  public static ImageFormats formats() {
    return Formats.PRESENT;
  }

  /** Opens a disk to read it; the short form of {@code disk(path).open()}. */
  public static Disk open(Path path) throws IOException {
    return disk(path).open();
  }

  /** An image in a file, to be opened or converted once more is said about it. */
  public static DiskSource disk(Path path) {
    return new DiskSource(path);
  }

  /** Begins a conversion of the image in a file. */
  public static Conversion.Source convert(Path source) {
    return convert(disk(source));
  }

  /** Begins a conversion. */
  public static Conversion.Source convert(DiskSource source) {
    return new Conversion.Source(source);
  }

  /** Begins a new and empty image; what is at {@code path} is replaced once it is there. */
  public static Creation.Target create(Path path) {
    return new Creation.Target(path);
  }

  /**
   * Looks for damage in the metadata of one image, without those below it, and changes nothing.
   *
   * @return empty where the format has no check
   */
  public static Optional<CheckReport> check(Path path) throws IOException {
    try (Disk disk = disk(path).alone().open()) {
      return disk.image().check();
    }
  }
}
