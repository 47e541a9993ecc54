package dev.platter.image.node;

import dev.platter.image.IllegalOptionException;
import dev.platter.image.Limits;
import dev.platter.image.Secrets;
import dev.platter.image.chain.ImageChain;
import dev.platter.image.chain.OpenOptions;
import dev.platter.image.name.Drivers;
import dev.platter.image.name.ImageName;
import dev.platter.image.spi.ImageFormat;
import dev.platter.image.spi.ImageFormats;
import dev.platter.image.spi.ReferencePolicy;
import dev.platter.image.spi.StorageOpener;
import dev.platter.storage.Location;
import dev.platter.storage.Storage;
import dev.platter.storage.StorageProviders;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/** Opens locations that are made of others. */
public final class Nodes {
  private static final String QUORUM = "quorum";

  private Nodes() {}

  /**
   * How what lies below is opened.
   *
   * @param formats the formats to choose from
   * @param policy which files images below may name
   * @param files opens the file at a location that lies below, as the whole is opened
   * @param throttles the groups that a throttle may belong to, by name
   * @param secrets the passphrases of encrypted images below
   * @param writes whether the whole is to be written to
   */
  public record Terms(
      ImageFormats formats,
      ReferencePolicy policy,
      Function<Location, StorageOpener> files,
      Map<String, ThrottleGroup> throttles,
      Secrets secrets,
      boolean writes) {}

  /** Whether a location is made of others, or of nothing. */
  public static boolean isMade(Location location) {
    String driver = location.scheme();
    return Drivers.isNull(driver)
        || Drivers.isFilter(driver)
        || location.path().isEmpty() && !StorageProviders.knows(driver);
  }

  /**
   * Opens one; the caller owns the result, and what lies below with it.
   *
   * @throws IllegalOptionException if its options make no sense
   * @throws IOException if something below cannot be opened
   */
  public static Storage open(Location location, Terms terms) throws IOException {
    String driver = location.scheme();
    NodeValues values = new NodeValues(location);
    if (Drivers.isNull(driver)) {
      return NullStorage.of(location.toString(), values);
    }
    return switch (driver) {
      case QUORUM -> quorum(location, values, terms);
      case Drivers.BLKDEBUG -> {
        ErrorRules rules = ErrorRules.of(values);
        yield new BlkdebugStorage(location.toString(), child(location, terms), rules);
      }
      case "throttle" -> {
        ImageName below = ImageName.below(location);
        ThrottleGroup group = group(values, terms);
        yield new ThrottledStorage(location.toString(), open(below, terms), group);
      }
      case "copy-on-read" -> throw new IllegalOptionException("Block node is read-only");
      case "compress" -> compress(location, values, terms);
      case "preallocate" -> {
        values.ignore("prealloc-align", "prealloc-size");
        values.refuseOthers("file");
        yield new PassingStorage(location.toString(), child(location, terms));
      }
      default -> disk(ImageName.below(location), terms);
    };
  }

  /**
   * The files right below what {@link #open} answered, which are to be locked with it; the disks of
   * images have locked theirs.
   */
  public static List<Storage> filesBelow(Storage storage) {
    if (storage instanceof FilterStorage filter) {
      return List.of(filter.below());
    }
    return storage instanceof QuorumStorage quorum ? quorum.children() : List.of();
  }

  /** Whether what is at an offset of a storage has a place in a file by that offset. */
  public static boolean hasPlaces(Storage storage) {
    return !(storage instanceof QuorumStorage) && !(storage instanceof DiskStorage);
  }

  private static ThrottleGroup group(NodeValues values, Terms terms) throws IllegalOptionException {
    String name = values.take("throttle-group");
    values.refuseOthers("file");
    if (name == null) {
      throw new IllegalOptionException("Please specify a throttle group");
    }
    ThrottleGroup group = terms.throttles().get(name);
    if (group == null) {
      throw new IllegalOptionException("Throttle group '" + name + "' does not exist");
    }
    return group;
  }

  /** What is written through this filter is to be compressed, which writing in place never does. */
  private static Storage compress(Location location, NodeValues values, Terms terms)
      throws IOException {
    values.refuseOthers("file");
    ImageName below = ImageName.below(location);
    boolean plain = below.givesBytes();
    Storage storage = open(below, terms);
    if (plain || storage instanceof DiskStorage disk && disk.format().isPlain()) {
      storage.close();
      throw new IllegalOptionException(
          "Compression is not supported for underlying format: " + below.format());
    }
    return new PassingStorage(location.toString(), storage);
  }

  private static Storage quorum(Location location, NodeValues values, Terms terms)
      throws IOException {
    if (terms.writes()) {
      throw new IllegalOptionException("a quorum is for reading");
    }
    int threshold = values.number("vote-threshold", 0);
    boolean verifies = values.isOn("blkverify", false);
    String pattern = values.take("read-pattern");
    boolean first = "fifo".equals(pattern);
    if (pattern != null && !first && !pattern.equals(QUORUM)) {
      throw new IllegalOptionException("Please set read-pattern as fifo or quorum");
    }
    if (values.isOn("rewrite-corrupted", false)) {
      throw new IllegalOptionException("Block node is read-only");
    }
    values.refuseOthers("children");
    List<String> names = new ArrayList<>();
    while (values.hasChild("children." + names.size())) {
      names.add("children." + names.size());
    }
    values.refuseChildrenBut(names);
    QuorumStorage.check(names.size(), threshold, verifies);
    List<Storage> children = new ArrayList<>();
    try {
      for (String name : names) {
        children.add(open(ImageName.child(location, name), terms));
      }
      QuorumStorage.Voting voting =
          first
              ? QuorumStorage.Voting.NONE
              : verifies ? QuorumStorage.Voting.ALL : QuorumStorage.Voting.MAJORITY;
      return new QuorumStorage(location.toString(), children, threshold, voting);
    } catch (Throwable e) {
      for (Storage child : children) {
        child.close();
      }
      throw e;
    }
  }

  /** What lies below a filter. */
  private static Storage child(Location filter, Terms terms) throws IOException {
    return open(ImageName.below(filter), terms);
  }

  private static Storage open(ImageName name, Terms terms) throws IOException {
    return name.givesBytes()
        ? terms.files().apply(name.location()).open(name.location())
        : disk(name, terms);
  }

  /** The disk of an image, backing files and all. */
  private static Storage disk(ImageName name, Terms terms) throws IOException {
    if (terms.writes()) {
      throw new IllegalOptionException(
          "the disk of an image can only be read under another driver: name the image itself");
    }
    Optional<ImageFormat> format = Optional.empty();
    if (name.format() != null) {
      format = terms.formats().named(name.format());
      if (format.isEmpty()) {
        throw new IllegalOptionException("Unknown driver '" + name.format() + "'");
      }
    }
    if (name.backing() != null) {
      throw new IllegalOptionException("Block option 'backing' is not supported here");
    }
    ImageChain.Options options =
        new ImageChain.Options(
            terms.formats(),
            format,
            name.followsBacking(),
            terms.policy(),
            Limits.DEFAULT,
            terms.files().apply(name.location()),
            Optional.empty(),
            new OpenOptions(name.openOptions(), terms.secrets()));
    return DiskStorage.of(ImageChain.open(name.location(), options));
  }
}
