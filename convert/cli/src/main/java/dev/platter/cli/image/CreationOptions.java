package dev.platter.cli.image;

import dev.platter.cli.line.Failure;
import dev.platter.cli.line.Invocation;
import dev.platter.image.FormatOptions;
import dev.platter.image.IllegalOptionException;
import dev.platter.image.OptionSpec;
import dev.platter.image.ParentReference;
import dev.platter.image.Sizes;
import dev.platter.image.spi.ImageFormat;
import dev.platter.image.spi.SectorSizes;
import dev.platter.storage.Location;
import dev.platter.storage.StorageOption;
import dev.platter.storage.StorageProviders;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What a new image shall be like: the format, its options as given with {@code -o}, and the backing
 * file, whichever way it was given.
 *
 * @param format the format
 * @param options what was set; {@code backing_file} and {@code backing_fmt} among it
 * @param ofPlace what can be said of where it will lie, and the format does not know itself
 */
public record CreationOptions(ImageFormat format, FormatOptions options, List<OptionSpec> ofPlace) {
  private static final String BACKING_FILE = "backing_file";
  private static final String BACKING_FORMAT = "backing_fmt";
  private static final String PREALLOCATION = "preallocation";

  /**
   * What qemu-img passes on to the file system, of whatever format the image is. They change where
   * some file systems put the bytes, not which bytes they are: accepted, and nothing is done.
   */
  private static final List<OptionSpec> FILE_HINTS =
      List.of(
          new OptionSpec("nocow", OptionSpec.Type.BOOL, "Accepted, changes nothing"),
          new OptionSpec(PREALLOCATION, OptionSpec.Type.STRING, "Accepted, changes nothing here"),
          new OptionSpec("extent_size_hint", OptionSpec.Type.SIZE, "Accepted, changes nothing"));

  /** What qemu-img says after a size that is none, on lines of their own. */
  public static final String HOW_SIZES_ARE_WRITTEN =
      "Optional suffix k, M, G, T, P or E means kilo-, mega-, giga-, tera-, peta-\n"
          + "and exabytes, respectively.";

  private static final int HELP_COLUMN = 22;

  /**
   * Takes the options of one format apart.
   *
   * @param texts every {@code -o} in order; they accumulate
   * @param backing the backing file given outside of {@code -o}; null: none
   * @param backingFormat its format; null: not given
   */
  public static CreationOptions parse(
      Invocation call, ImageFormat format, List<String> texts, String backing, String backingFormat)
      throws Failure {
    return parse(call, format, texts, backing, backingFormat, null);
  }

  /**
   * The same with the options of where it will lie.
   *
   * @param place null: in a file
   */
  public static CreationOptions parse(
      Invocation call,
      ImageFormat format,
      List<String> texts,
      String backing,
      String backingFormat,
      Location place)
      throws Failure {
    List<OptionSpec> ofPlace = optionsOf(place, format);
    List<OptionSpec> known = known(format);
    known.addAll(ofPlace);
    FormatOptions options;
    try {
      options = FormatOptions.parse(texts, known);
    } catch (IllegalOptionException e) {
      boolean isSize = e.kind() == IllegalOptionException.Kind.NO_SIZE;
      throw new Failure(e.getMessage() + suggestion(call, texts, known))
          .withSecondLine(isSize ? HOW_SIZES_ARE_WRITTEN : null);
    }
    if (backing != null) {
      options = with(format, options, BACKING_FILE, backing, "Backing file not supported");
    }
    if (backingFormat != null) {
      options =
          with(format, options, BACKING_FORMAT, backingFormat, "Backing format not supported");
    }
    return new CreationOptions(format, options, ofPlace);
  }

  /** What can be said of a place elsewhere that the format does not know itself. */
  private static List<OptionSpec> optionsOf(Location place, ImageFormat format) throws Failure {
    List<OptionSpec> options = new ArrayList<>();
    if (place == null || place.path().isPresent() || !StorageProviders.knows(place.scheme())) {
      return options;
    }
    try {
      for (StorageOption option : StorageProviders.of(place.scheme()).newOptions()) {
        if (!has(format, option.name())) {
          options.add(new OptionSpec(option.name(), OptionSpec.Type.STRING, option.help()));
        }
      }
      return options;
    } catch (StorageProviders.UnknownSchemeException e) {
      throw new Failure(e.getMessage());
    }
  }

  /** What was said of where it will lie. */
  public Map<String, String> place() {
    Map<String, String> set = new LinkedHashMap<>();
    for (OptionSpec spec : ofPlace) {
      options.string(spec.name()).ifPresent(value -> set.put(spec.name(), value));
    }
    return set;
  }

  /** What the first key may have been meant for that is none. */
  private static String suggestion(Invocation call, List<String> texts, List<OptionSpec> known) {
    List<String> keys = known.stream().map(OptionSpec::name).toList();
    for (String text : texts) {
      for (String option : FormatOptions.split(text)) {
        String key = option.split("=", 2)[0];
        if (!keys.contains(key)) {
          return call.answers().suggestion(keys, key);
        }
      }
    }
    return "";
  }

  /** The options of a format, and those of files that it does not have itself. */
  private static List<OptionSpec> known(ImageFormat format) {
    List<OptionSpec> known = new ArrayList<>(format.createOptions());
    for (OptionSpec hint : FILE_HINTS) {
      if (!has(format, hint.name())) {
        known.add(hint);
      }
    }
    return known;
  }

  private static boolean has(ImageFormat format, String option) {
    for (OptionSpec spec : format.createOptions()) {
      if (spec.name().equals(option)) {
        return true;
      }
    }
    return false;
  }

  /** Refuses lists that begin or end with a comma, or are empty: something was forgotten there. */
  public static void checkLists(List<String> texts) throws Failure {
    for (String text : texts) {
      int commas = 0;
      while (commas < text.length() && text.charAt(text.length() - 1 - commas) == ',') {
        commas++;
      }
      boolean leading = text.startsWith(",") && !text.startsWith(",,");
      if (text.length() == commas || leading || commas % 2 == 1) {
        throw new Failure("Invalid option list: " + text);
      }
    }
  }

  /** Whether one of the options is {@code help} or {@code ?}. */
  public static boolean wantsHelp(List<String> texts) {
    for (String text : texts) {
      for (String option : FormatOptions.split(text)) {
        if (option.equals("help") || option.equals("?")) {
          return true;
        }
      }
    }
    return false;
  }

  /**
   * Lists what a format takes.
   *
   * @param withFile whether a file is named; qemu-img then tells what it passes on to that, too
   * @param place where that is, whose own options are told as well; null: not known
   */
  public static void printHelp(
      Invocation call, ImageFormat format, boolean withFile, Location place) throws Failure {
    String title = withFile ? "Supported options:" : "Supported " + format.name() + " options:";
    boolean withHints = withFile && call.profile().asQemuImg();
    List<OptionSpec> options = withHints ? known(format) : new ArrayList<>(format.createOptions());
    options.addAll(optionsOf(place, format));
    printOptions(title, options, call.out());
  }

  /** Lists options under a title. */
  public static void printOptions(String title, List<OptionSpec> options, PrintStream out) {
    out.println(title);
    List<OptionSpec> specs = new ArrayList<>(options);
    specs.sort(Comparator.comparing(OptionSpec::name));
    for (OptionSpec spec : specs) {
      String form = spec.name() + "=<" + spec.type() + ">";
      int padding = Math.max(0, HELP_COLUMN - form.length());
      out.println("  " + form + " ".repeat(padding) + " - " + spec.help());
    }
  }

  private static FormatOptions with(
      ImageFormat format, FormatOptions options, String key, String value, String refusal)
      throws Failure {
    for (OptionSpec spec : format.createOptions()) {
      if (spec.name().equals(key)) {
        return options.with(key, value);
      }
    }
    throw new Failure(refusal + " for file format '" + format.name() + "'");
  }

  /** The same for a copy of a disk with sectors of that size. */
  public CreationOptions withSectorSize(OptionalInt sectorSize) {
    return new CreationOptions(format, SectorSizes.kept(format, options, sectorSize), ofPlace);
  }

  /** The backing file's name; null: none. */
  public String backing() {
    return options.string(BACKING_FILE).orElse(null);
  }

  /** The backing file's format; null: not given. */
  public String backingFormat() {
    return options.string(BACKING_FORMAT).orElse(null);
  }

  /** Refuses a backing format that belongs to nothing. */
  public void checkComplete() throws Failure {
    if (backing() == null && backingFormat() != null) {
      throw new Failure("Backing format cannot be used without backing file");
    }
    if (!has(format, PREALLOCATION)) {
      checkPreallocation(options.string(PREALLOCATION).orElse("off"));
    }
  }

  /**
   * What a format does not have itself is for its file, as it is when the file is made: empty, so
   * that there is nothing to set aside.
   */
  private void checkPreallocation(String mode) throws Failure {
    boolean isStatic = options.string("static").orElse("off").equals("on");
    switch (mode) {
      case "off", "falloc", "full" -> {}
      case "metadata" -> {
        if (!isStatic) {
          throw new Failure("Unsupported preallocation mode: metadata");
        }
      }
      default -> throw new Failure("invalid parameter value: " + mode);
    }
  }

  /** The backing file as the new image names it. */
  Optional<ParentReference> parent() {
    return backing() == null
        ? Optional.empty()
        : Optional.of(new ParentReference(backing(), Optional.ofNullable(backingFormat())));
  }

  /** The size given with {@code -o}, or -1. */
  public long size() {
    return options.size("size").orElse(-1);
  }

  /**
   * Everything that shapes the new image, set or not, in the format's order: {@code key=value ...}.
   */
  public String describe(long size) {
    StringBuilder text = new StringBuilder("fmt=").append(format.name());
    Map<String, String> set = options.asMap();
    List<OptionSpec> known = known(format);
    known.addAll(ofPlace);
    for (OptionSpec spec : known) {
      String value = set.get(spec.name());
      if (spec.name().equals("size")) {
        value = Long.toString(size);
      } else if (value == null) {
        value = spec.standard().orElse(null);
      } else if (spec.type() == OptionSpec.Type.SIZE) {
        value = Long.toString(Sizes.parse(value));
      } else if (spec.type() == OptionSpec.Type.NUMBER) {
        value = Long.decode(value).toString();
      }
      if (value != null) {
        text.append(' ').append(spec.name()).append('=').append(value.replace(",", ",,"));
      }
    }
    return text.toString();
  }
}
