package dev.platter.qcow2.write;

import dev.platter.codec.Codecs;
import dev.platter.codec.Encoding;
import dev.platter.image.FormatOptions;
import dev.platter.image.IllegalOptionException;
import dev.platter.image.OptionSpec;
import dev.platter.qcow2.format.Qcow2Header;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.stream.Stream;

/**
 * How a new qcow2 image is to be laid out. Every instance is consistent in itself; what depends on
 * the size of the disk or on a backing file is checked when the image is created.
 *
 * @param version 2 ({@code compat=0.10}) or 3 ({@code compat=1.1})
 * @param clusterBits the cluster size as a power of two, 9 to 21
 * @param refcountOrder the width of a refcount as a power of two of bits, 0 to 6
 * @param compression how clusters are compressed if they are: {@link Encoding#DEFLATE} or {@link
 *     Encoding#ZSTD}
 * @param compressionLevel the effort to spend on that, in the encoding's own scale, if not the
 *     usual
 * @param extendedL2 whether clusters are divided into 32 subclusters
 * @param lazyRefcounts whether later writers may postpone refcount updates
 * @param preallocation what is set aside for clusters that hold nothing
 * @param dataFile the name of the file that holds the guest's bytes, if not the image itself
 * @param dataFileRaw whether that file must stay readable as a raw image
 */
public record Qcow2Options(
    int version,
    int clusterBits,
    int refcountOrder,
    Encoding compression,
    OptionalInt compressionLevel,
    boolean extendedL2,
    boolean lazyRefcounts,
    Preallocation preallocation,
    Optional<String> dataFile,
    boolean dataFileRaw) {

  /** What is set aside beforehand for clusters that hold nothing. */
  public enum Preallocation {
    /** Nothing. */
    OFF,
    /** Places in the file, as holes. */
    METADATA,
    /** Places in the file, with space reserved for them. */
    FALLOC,
    /** Places in the file, with zeros written there. */
    FULL
  }

  private static final int DEFAULT_CLUSTER_SIZE = 65536;
  private static final int DEFAULT_REFCOUNT_BITS = 16;
  private static final int MAX_REFCOUNT_BITS = 64;

  /** The smallest cluster with extended L2 entries: 32 subclusters of a sector each. */
  private static final int MIN_EXTENDED_L2_CLUSTER = 16384;

  private static final String NEEDS_V3 =
      " only supported with compatibility level 1.1 and above (use version=v3 or greater)";

  /**
   * The options as a user writes them, in qemu-img's order and words; {@code compression_level} is
   * not QEMU's.
   */
  public static final List<OptionSpec> SPECS =
      Stream.concat(NewEncryption.SPECS.stream(), plainSpecs().stream()).toList();

  private static List<OptionSpec> plainSpecs() {
    return List.of(
        new OptionSpec("cluster_size", OptionSpec.Type.SIZE, "qcow2 cluster size")
            .withStandard("65536"),
        new OptionSpec("extended_l2", OptionSpec.Type.BOOL, "Extended L2 tables")
            .withStandard("off"),
        new OptionSpec(
            "preallocation",
            OptionSpec.Type.STRING,
            "Preallocation mode (allowed values: off, metadata, falloc, full)"),
        new OptionSpec(
                "compression_type",
                OptionSpec.Type.STRING,
                "Compression method used for image cluster compression")
            .withStandard("zlib"),
        new OptionSpec(
            "compression_level",
            OptionSpec.Type.NUMBER,
            "Compression effort (zlib: 1 to 12, zstd: 1 to 22)"),
        new OptionSpec("size", OptionSpec.Type.SIZE, "Virtual disk size"),
        new OptionSpec(
            "compat", OptionSpec.Type.STRING, "Compatibility level (v2 [0.10] or v3 [1.1])"),
        new OptionSpec("backing_file", OptionSpec.Type.STRING, "File name of a base image"),
        new OptionSpec("backing_fmt", OptionSpec.Type.STRING, "Image format of the base image"),
        new OptionSpec("data_file", OptionSpec.Type.STRING, "File name of an external data file"),
        new OptionSpec(
            "data_file_raw",
            OptionSpec.Type.BOOL,
            "The external data file must stay valid as a raw image"),
        new OptionSpec("lazy_refcounts", OptionSpec.Type.BOOL, "Postpone refcount updates")
            .withStandard("off"),
        new OptionSpec(
                "refcount_bits", OptionSpec.Type.NUMBER, "Width of a reference count entry in bits")
            .withStandard("16"));
  }

  /** Checks that the options fit each other, in the order and words of qemu-img. */
  public Qcow2Options {
    try {
      check(
          version,
          1L << clusterBits,
          1L << refcountOrder,
          compression,
          extendedL2,
          lazyRefcounts,
          dataFile,
          dataFileRaw);
    } catch (IllegalOptionException e) {
      throw new IllegalArgumentException(e.getMessage(), e);
    }
  }

  /**
   * Reads the options of a new image; what is not set is as in qemu-img.
   *
   * @throws IllegalOptionException if a value is out of its range, or two do not go together
   */
  public static Qcow2Options parse(FormatOptions options) throws IllegalOptionException {
    int version = version(options.string("compat").orElse("v3"));
    Preallocation preallocation = preallocation(options.string("preallocation").orElse("off"));
    Encoding compression = compression(options.string("compression_type").orElse("zlib"));
    long clusterSize = options.size("cluster_size").orElse(DEFAULT_CLUSTER_SIZE);
    long refcountBits = options.number("refcount_bits").orElse(DEFAULT_REFCOUNT_BITS);
    boolean extendedL2 = options.bool("extended_l2", false);
    boolean lazyRefcounts = options.bool("lazy_refcounts", false);
    Optional<String> dataFile = options.string("data_file");
    boolean dataFileRaw = options.bool("data_file_raw", false);
    check(
        version,
        clusterSize,
        refcountBits,
        compression,
        extendedL2,
        lazyRefcounts,
        dataFile,
        dataFileRaw);
    return new Qcow2Options(
        version,
        Long.numberOfTrailingZeros(clusterSize),
        Long.numberOfTrailingZeros(refcountBits),
        compression,
        level(options, compression),
        extendedL2,
        lazyRefcounts,
        preallocation,
        dataFile,
        dataFileRaw);
  }

  int clusterSize() {
    return 1 << clusterBits;
  }

  private static void check(
      int version,
      long clusterSize,
      long refcountBits,
      Encoding compression,
      boolean extendedL2,
      boolean lazyRefcounts,
      Optional<String> dataFile,
      boolean dataFileRaw)
      throws IllegalOptionException {
    require(version == 2 || version == 3, "Unsupported qcow2 version " + version);
    require(
        Long.bitCount(clusterSize) == 1
            && clusterSize >= 1 << Qcow2Header.MIN_CLUSTER_BITS
            && clusterSize <= 1 << Qcow2Header.MAX_CLUSTER_BITS,
        "Cluster size must be a power of two between 512 and 2048k");
    require(!extendedL2 || version >= 3, "Extended L2 entries are" + NEEDS_V3);
    require(
        !extendedL2 || clusterSize >= MIN_EXTENDED_L2_CLUSTER,
        "Extended L2 entries are only supported with cluster sizes of at least "
            + MIN_EXTENDED_L2_CLUSTER
            + " bytes");
    require(!lazyRefcounts || version >= 3, "Lazy refcounts" + NEEDS_V3);
    require(
        Long.bitCount(refcountBits) == 1 && refcountBits > 0 && refcountBits <= MAX_REFCOUNT_BITS,
        "Refcount width must be a power of two and may not exceed 64 bits");
    require(
        refcountBits == DEFAULT_REFCOUNT_BITS || version >= 3,
        "Different refcount widths than 16 bits require compatibility level 1.1 or above "
            + "(use version=v3 or greater)");
    require(!dataFileRaw || dataFile.isPresent(), "data-file-raw requires data-file");
    require(dataFile.isEmpty() || version >= 3, "External data files are" + NEEDS_V3);
    require(
        compression == Encoding.DEFLATE || compression == Encoding.ZSTD,
        "Parameter 'compression-type' does not accept value '" + compression + "'");
    require(
        compression == Encoding.DEFLATE || version >= 3, "Non-zlib compression type is" + NEEDS_V3);
  }

  private static int version(String text) throws IllegalOptionException {
    return switch (text) {
      case "0.10", "v2" -> 2;
      case "1.1", "v3" -> 3;
      default ->
          throw new IllegalOptionException(
              "Parameter 'version' does not accept value '" + text + "'");
    };
  }

  private static Preallocation preallocation(String text) throws IllegalOptionException {
    return Arrays.stream(Preallocation.values())
        .filter(mode -> mode.name().toLowerCase(Locale.ROOT).equals(text))
        .findFirst()
        .orElseThrow(() ->
            new IllegalOptionException(
                "Parameter 'preallocation' does not accept value '" + text + "'"));
  }

  private static Encoding compression(String text) throws IllegalOptionException {
    return switch (text) {
      case "zlib" -> Encoding.DEFLATE;
      case "zstd" -> Encoding.ZSTD;
      default ->
          throw new IllegalOptionException(
              "Parameter 'compression-type' does not accept value '" + text + "'");
    };
  }

  private static OptionalInt level(FormatOptions options, Encoding compression)
      throws IllegalOptionException {
    OptionalLong asked = options.number("compression_level");
    if (asked.isEmpty()) {
      return OptionalInt.empty();
    }
    long level = asked.getAsLong();
    int min = Codecs.minLevel(compression);
    int max = Codecs.maxLevel(compression);
    require(
        level >= min && level <= max,
        "Parameter 'compression_level' expects a number from "
            + min
            + " to "
            + max
            + " with this compression type, not "
            + level);
    return OptionalInt.of((int) level);
  }

  private static void require(boolean condition, String message) throws IllegalOptionException {
    if (!condition) {
      throw new IllegalOptionException(message);
    }
  }
}
