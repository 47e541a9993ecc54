package dev.platter.cli;

import dev.platter.image.Reference;
import dev.platter.image.name.References;
import dev.platter.image.spi.ImageFormats;
import dev.platter.image.spi.ReferencePolicy;
import dev.platter.storage.Location;
import java.nio.file.Path;

/**
 * Under which name the program runs, and so whom it answers: the one place that decides where the
 * two differ. As {@code qemu-img} it answers as QEMU 10.2 does, quirks and refusals included; as
 * {@code platter} it does the better thing.
 */
enum Profile {
  PLATTER("platter"),
  QEMU_IMG("qemu-img");

  /** The system property that the launcher sets to the name under which it was called. */
  static final String PROPERTY = "platter.program";

  /** Our own version. */
  static final String VERSION = "0.1.0";

  /** The version of QEMU that the output follows. */
  static final String QEMU_VERSION = "10.2.2";

  private static final Location IN_CURRENT_DIRECTORY = Location.of(Path.of("."));

  private final String program;

  Profile(String program) {
    this.program = program;
  }

  /** What the launcher says, {@link #PLATTER} where it says nothing. */
  static Profile current() {
    String name = System.getProperty(PROPERTY, "");
    return name.equals(QEMU_IMG.program) ? QEMU_IMG : PLATTER;
  }

  /** The name of the program, with which every message begins. */
  String program() {
    return program;
  }

  /** Whether it answers as qemu-img does, where the two differ in nothing but what is told. */
  boolean asQemuImg() {
    return this == QEMU_IMG;
  }

  /**
   * The formats to choose from when the content decides; qemu-img does not look at a file's tail.
   */
  ImageFormats probed(ImageFormats formats) {
    return this == QEMU_IMG ? formats.withoutTails() : formats;
  }

  /**
   * The file by which an image is opened that may be a directory; qemu-img knows no such images.
   */
  Path fileAt(ImageFormats formats, Path path) {
    return this == QEMU_IMG ? path : formats.fileAt(path);
  }

  /** Whether {@code -} means standard input or output; to qemu-img it is a file of that name. */
  boolean dashIsStream() {
    return this == PLATTER;
  }

  /** Whether compressions around files are seen; to qemu-img such a file is raw. */
  boolean unwraps() {
    return this == PLATTER;
  }

  /** The most threads that {@code convert -m} may ask for. */
  int maxWorkers() {
    return this == QEMU_IMG ? 16 : 1024;
  }

  /** Whether {@code check} looks at images of this format; qemu-img has no check for VHD. */
  boolean checks(String format) {
    return this == PLATTER || !format.equals("vpc");
  }

  /**
   * Where the files are that an image names: beside the image, as its name says. qemu-img looks for
   * a data file from the current directory, and makes it there.
   */
  ReferencePolicy references() {
    ReferencePolicy beside = References.allow();
    if (this == PLATTER) {
      return beside;
    }
    return (reference, base) ->
        beside.resolve(
            reference, reference.kind() == Reference.Kind.DATA_FILE ? IN_CURRENT_DIRECTORY : base);
  }

  /** Whether {@code map} tells data from zeros; to qemu-img a VHDX is all data without a place. */
  boolean mapsBlocksOf(String format) {
    return this == PLATTER || !format.equals("vhdx");
  }

  /** Whether the holes of a file of this format show as zeros of the disk. */
  boolean seesHolesIn(String format) {
    return this == PLATTER || format.equals("qcow2");
  }

  /**
   * Whether an internal snapshot keeps the size its disk had; qemu-img reads it with today's size.
   */
  boolean snapshotsKeepTheirSize() {
    return this == PLATTER;
  }

  /** Whether {@code resize} knows images of this format. */
  boolean resizes(String format) {
    return this == PLATTER
        || format.equals("raw")
        || format.equals("qcow2")
        || format.equals("luks");
  }

  /** Whether {@code check -r} repairs images of this format, where they are checked at all. */
  boolean repairs(String format) {
    return this == PLATTER
        || format.equals("qcow2")
        || format.equals("parallels")
        || format.equals("vhdx");
  }

  /** Whether {@code measure} knows this target format. */
  boolean measures(String format) {
    return this == PLATTER
        || format.equals("raw")
        || format.equals("qcow2")
        || format.equals("luks");
  }
}
