package dev.platter.cli.line;

import dev.platter.image.Reference;
import dev.platter.image.name.References;
import dev.platter.image.spi.ImageFormats;
import dev.platter.image.spi.ReferencePolicy;
import dev.platter.storage.Location;
import java.nio.file.Path;
import java.util.List;

/**
 * Under which name the program runs, and so whom it answers: the one place that decides where the
 * two differ, but for {@link Answers}, which depend on formats. As {@code qemu-img} it answers as
 * QEMU 10.2 does, quirks and refusals included; as {@code platter} it does the better thing.
 */
public enum Profile {
  PLATTER("platter", new Answers() {}),
  QEMU_IMG("qemu-img", new QemuImgAnswers());

  /** Our own version. */
  public static final String VERSION = "0.1.0";

  /** The version of QEMU that the output follows. */
  public static final String QEMU_VERSION = "10.2.2";

  /** What only platter knows; none of it has a letter. */
  private static final List<String> OWN_OPTIONS =
      List.of(
          "seed",
          "unwrap",
          "max-unwrapped",
          "max-rate",
          "wrap",
          "for",
          "round-size",
          "disk",
          "base",
          "base-format",
          "deep",
          "digest",
          "fix-gpt",
          "no-fix-gpt",
          "sparsify",
          "picture",
          "sandbox",
          "sandbox-read",
          "sandbox-limit");

  private static final Location IN_CURRENT_DIRECTORY = Location.of(Path.of("."));

  private final String program;
  private final Answers answers;

  Profile(String program, Answers answers) {
    this.program = program;
    this.answers = answers;
  }

  /** What a launcher's name means; it is {@link #PLATTER} under all names but one. */
  public static Profile named(String name) {
    return name.equals(QEMU_IMG.program) ? QEMU_IMG : PLATTER;
  }

  /** The name of the program, with which every message begins. */
  public String program() {
    return program;
  }

  /** What it says where that depends on the format of an image. */
  public Answers answers() {
    return answers;
  }

  /** Whether it answers as qemu-img does, where the two differ in nothing but what is told. */
  public boolean asQemuImg() {
    return this == QEMU_IMG;
  }

  /** Whether there is such an option; what only platter knows is none to qemu-img. */
  public boolean knows(Option option) {
    return this == PLATTER || !option.letters().isEmpty() || !OWN_OPTIONS.contains(option.name());
  }

  /** Whether an example means the same under this name, and uses nothing that is unknown to it. */
  boolean knows(Example example) {
    if (this == PLATTER) {
      return true;
    }
    for (String word : example.words().split(" ", -1)) {
      boolean own =
          word.startsWith("--") && OWN_OPTIONS.contains(word.substring(2).split("=", 2)[0]);
      if (own || word.equals("-")) {
        return false;
      }
    }
    return true;
  }

  /**
   * The formats to choose from when the content decides; qemu-img does not look at a file's tail.
   */
  public ImageFormats probed(ImageFormats formats) {
    return this == QEMU_IMG ? formats.withoutTails() : formats;
  }

  /**
   * The file by which an image is opened that may be a directory; qemu-img knows no such images.
   */
  public Path fileAt(ImageFormats formats, Path path) {
    return this == QEMU_IMG ? path : formats.fileAt(path);
  }

  /** Whether {@code -} means standard input or output; to qemu-img it is a file of that name. */
  public boolean dashIsStream() {
    return this == PLATTER;
  }

  /** Whether compressions around files are seen; to qemu-img such a file is raw. */
  public boolean unwraps() {
    return this == PLATTER;
  }

  /** The most threads that {@code convert -m} may ask for. */
  public int maxWorkers() {
    return this == QEMU_IMG ? 16 : 1024;
  }

  /**
   * Where the files are that an image names: beside the image, as its name says. qemu-img looks for
   * a data file from the current directory, and makes it there.
   */
  public ReferencePolicy references() {
    ReferencePolicy beside = References.allow();
    if (this == PLATTER) {
      return beside;
    }
    return (reference, base) ->
        beside.resolve(
            reference, reference.kind() == Reference.Kind.DATA_FILE ? IN_CURRENT_DIRECTORY : base);
  }

  /**
   * Whether an internal snapshot keeps the size its disk had; qemu-img reads it with today's size.
   */
  public boolean snapshotsKeepTheirSize() {
    return this == PLATTER;
  }
}
