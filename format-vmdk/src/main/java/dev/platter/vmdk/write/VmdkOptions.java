package dev.platter.vmdk.write;

import dev.platter.codec.Codecs;
import dev.platter.codec.Encoding;
import dev.platter.image.FormatOptions;
import dev.platter.image.IllegalOptionException;
import dev.platter.image.OptionSpec;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * How a new disk is to be laid out.
 *
 * @param subformat which files it consists of
 * @param adapterType the controller that the guest is to see: ide, lsilogic, buslogic, legacyESX
 * @param hwVersion the virtual hardware version, as the descriptor says it
 * @param toolsVersion the version of VMware's guest tools, as the descriptor says it
 * @param zeroedGrain whether zeros over a parent take no space; readers must know that feature
 * @param grainSize the unit of allocation of sparse disks, bytes
 * @param compressionLevel the effort to spend on stream-optimized disks, 1 to 12, if not the usual
 */
public record VmdkOptions(
    Subformat subformat,
    String adapterType,
    String hwVersion,
    String toolsVersion,
    boolean zeroedGrain,
    int grainSize,
    OptionalInt compressionLevel) {
  /** The kinds of disk that are written, with the names that descriptors have for them. */
  public enum Subformat {
    MONOLITHIC_SPARSE("monolithicSparse"),
    MONOLITHIC_FLAT("monolithicFlat"),
    TWO_GB_MAX_EXTENT_SPARSE("twoGbMaxExtentSparse"),
    TWO_GB_MAX_EXTENT_FLAT("twoGbMaxExtentFlat"),
    STREAM_OPTIMIZED("streamOptimized");

    private final String createType;

    Subformat(String createType) {
      this.createType = createType;
    }

    boolean isFlat() {
      return this == MONOLITHIC_FLAT || this == TWO_GB_MAX_EXTENT_FLAT;
    }

    boolean isSplit() {
      return this == TWO_GB_MAX_EXTENT_SPARSE || this == TWO_GB_MAX_EXTENT_FLAT;
    }

    @Override
    public String toString() {
      return createType;
    }
  }

  private static final int DEFAULT_GRAIN_SIZE = 65536;
  private static final int MIN_GRAIN_SIZE = 4096;
  private static final int MAX_GRAIN_SIZE = 1 << 20;
  private static final List<String> ADAPTER_TYPES =
      List.of("ide", "lsilogic", "buslogic", "legacyESX");

  /**
   * The options as a user writes them, in qemu-img's order and words; {@code compression_level} and
   * {@code grain_size} are not QEMU's.
   */
  public static final List<OptionSpec> SPECS =
      List.of(
          new OptionSpec("size", OptionSpec.Type.SIZE, "Virtual disk size"),
          new OptionSpec(
              "adapter_type",
              OptionSpec.Type.STRING,
              "Virtual adapter type, can be one of ide (default), lsilogic, buslogic or legacyESX"),
          new OptionSpec("backing_file", OptionSpec.Type.STRING, "File name of a base image"),
          new OptionSpec("backing_fmt", OptionSpec.Type.STRING, "Must be 'vmdk' if present"),
          new OptionSpec("compat6", OptionSpec.Type.BOOL, "VMDK version 6 image")
              .withStandard("off"),
          new OptionSpec(
              "compression_level",
              OptionSpec.Type.NUMBER,
              "Compression effort of streamOptimized images (1 to 12)"),
          new OptionSpec(
              "grain_size",
              OptionSpec.Type.SIZE,
              "Unit of allocation of sparse images, 4k to 1M (64k by default)"),
          new OptionSpec("hwversion", OptionSpec.Type.STRING, "VMDK hardware version")
              .withStandard("undefined"),
          new OptionSpec(
              "subformat",
              OptionSpec.Type.STRING,
              "VMDK flat extent format, can be one of {monolithicSparse (default) | monolithicFlat |"
                  + " twoGbMaxExtentSparse | twoGbMaxExtentFlat | streamOptimized} "),
          new OptionSpec("toolsversion", OptionSpec.Type.STRING, "VMware guest tools version"),
          new OptionSpec(
              "zeroed_grain",
              OptionSpec.Type.BOOL,
              "Enable efficient zero writes using the zeroed-grain GTE feature"));

  /**
   * Reads the options of a new disk; what is not set is as in qemu-img.
   *
   * @throws IllegalOptionException if a value is not possible, or two do not go together
   */
  public static VmdkOptions parse(FormatOptions options) throws IllegalOptionException {
    String adapter = options.string("adapter_type").orElse("ide");
    String asked = options.string("subformat").orElse("monolithicSparse");
    Subformat subformat =
        Arrays.stream(Subformat.values())
            .filter(candidate -> candidate.toString().equals(asked))
            .findFirst()
            .orElse(null);
    require(subformat != null, "invalid parameter value: " + asked);
    require(ADAPTER_TYPES.contains(adapter), "invalid parameter value: " + adapter);
    boolean compat6 = options.bool("compat6", false);
    String hardware = options.string("hwversion").orElse("undefined");
    boolean hasHardware = !hardware.equals("undefined");
    require(!compat6 || !hasHardware, "compat6 cannot be enabled with hwversion set");
    String tools = options.string("toolsversion").orElse("2147483647");
    require(isPlain(hardware), "invalid parameter value: " + hardware);
    require(isPlain(tools), "invalid parameter value: " + tools);
    boolean zeroedGrain = options.bool("zeroed_grain", false);
    require(!zeroedGrain || !subformat.isFlat(), "Flat image can't enable zeroed grain");
    long grainSize = options.size("grain_size").orElse(DEFAULT_GRAIN_SIZE);
    require(
        Long.bitCount(grainSize) == 1 && grainSize >= MIN_GRAIN_SIZE && grainSize <= MAX_GRAIN_SIZE,
        "Grain size must be a power of two between 4k and 1024k");
    return new VmdkOptions(
        subformat,
        adapter,
        hasHardware ? hardware : compat6 ? "6" : "4",
        tools,
        zeroedGrain,
        (int) grainSize,
        level(options));
  }

  private static OptionalInt level(FormatOptions options) throws IllegalOptionException {
    OptionalLong asked = options.number("compression_level");
    if (asked.isEmpty()) {
      return OptionalInt.empty();
    }
    int min = Codecs.minLevel(Encoding.ZLIB);
    int max = Codecs.maxLevel(Encoding.ZLIB);
    require(
        asked.getAsLong() >= min && asked.getAsLong() <= max,
        "Parameter 'compression_level' expects a number from " + min + " to " + max);
    return OptionalInt.of((int) asked.getAsLong());
  }

  /** Whether a text can stand between quotes in one line of a descriptor. */
  public static boolean isPlain(String text) {
    return text.chars().noneMatch(c -> c == '"' || c < ' ');
  }

  private static void require(boolean condition, String message) throws IllegalOptionException {
    if (!condition) {
      throw new IllegalOptionException(message);
    }
  }
}
