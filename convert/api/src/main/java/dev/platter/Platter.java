package dev.platter;

import dev.platter.image.CheckReport;
import dev.platter.image.IllegalOptionException;
import dev.platter.image.name.ImageName;
import dev.platter.image.spi.ImageFormats;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Opens, inspects, converts, makes and changes disk images.
 *
 * <pre>{@code
 * try (Disk disk = Platter.open("disk.qcow2")) {
 *   disk.read(0, segment);
 * }
 * Platter.convert("disk.vmdk").to("disk.qcow2").format("qcow2").run();
 * }</pre>
 *
 * <p>A source is named by a path, or by a text: a path, too, {@code nbd://host/disk} and whatever
 * else a {@link dev.platter.storage.StorageProvider} opens, or {@code json:{...}} as qemu-img takes
 * it. A {@link Path} is always a file's.
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

  /** Opens a disk to read it; the short form of {@code disk(name).open()}. */
  public static Disk open(String name) throws IOException {
    return disk(name).open();
  }

  /** An image in a file, of which more may be said before it is opened, converted or changed. */
  public static DiskSource disk(Path path) {
    return new DiskSource(ImageName.of(path));
  }

  /**
   * An image anywhere; as {@link #disk(Path)}.
   *
   * @throws IllegalOptionException if that is no name
   */
  public static DiskSource disk(String name) throws IllegalOptionException {
    return new DiskSource(ImageName.parse(name));
  }

  /**
   * An image that options name, as qemu-img's {@code --image-opts}: {@code
   * driver=qcow2,file.filename=disk.qcow2}.
   *
   * @throws IllegalOptionException if they name none
   */
  public static DiskSource diskByOptions(String options) throws IllegalOptionException {
    return new DiskSource(ImageName.parseOptions(options));
  }

  /** Begins a conversion of the image in a file. */
  public static Conversion.Source convert(Path source) {
    return convert(disk(source));
  }

  /** Begins a conversion of the image of that name. */
  public static Conversion.Source convert(String source) throws IllegalOptionException {
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

  /** The same for the file of that path. */
  public static Creation.Target create(String path) {
    return create(Path.of(path));
  }

  /** Tells what an image is; the short form of {@code disk(path).inspect()}. */
  public static Inspection inspect(Path path) throws IOException {
    return disk(path).inspect();
  }

  /** The same for the image of that name. */
  public static Inspection inspect(String name) throws IOException {
    return disk(name).inspect();
  }

  /**
   * Looks for damage in the metadata of one image; the short form of {@code disk(path).check()}.
   *
   * @return empty where the format has no check
   */
  public static Optional<CheckReport> check(Path path) throws IOException {
    return disk(path).check();
  }

  /** The same for the image of that name. */
  public static Optional<CheckReport> check(String name) throws IOException {
    return disk(name).check();
  }
}
