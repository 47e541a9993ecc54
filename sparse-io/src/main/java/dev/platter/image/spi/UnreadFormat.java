package dev.platter.image.spi;

import dev.platter.image.BlockMap;
import dev.platter.image.CheckReport;
import dev.platter.image.DiskImage;
import dev.platter.image.Fault;
import dev.platter.image.ImageInfo;
import dev.platter.image.OptionSpec;
import dev.platter.image.Sign;
import dev.platter.image.UnsupportedFeatureException;
import dev.platter.storage.Storage;
import dev.platter.storage.StreamSource;
import dev.platter.storage.WritableStorage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What a file is that bears the {@link Sign} of a kind that is not read: it is described, and
 * refused by name when its content is asked for. Never found by name, so that nobody can insist on
 * it; whoever insists on raw gets the bytes.
 */
public final class UnreadFormat implements ImageFormat {
  private static final int CERTAIN = 90;
  private static final int SECTOR = 512;

  private static final ValueLayout.OfInt BIG_INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
  private static final ValueLayout.OfLong BIG_LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
  private static final ValueLayout.OfInt INT = BIG_INT.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfLong LONG = BIG_LONG.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final Sign sign;

  UnreadFormat(Sign sign) {
    this.sign = sign;
  }

  @Override
  public String name() {
    return sign.format();
  }

  @Override
  public int probe(Storage storage, MemorySegment head) throws IOException {
    return Sign.of(storage, head).filter(sign::equals).isPresent() ? CERTAIN : NO_MATCH;
  }

  /** An image without content. */
  @Override
  public DiskImage open(Storage storage, OpenRequest request) throws IOException {
    long size = size(storage);
    return new DiskImage() {
      @Override
      public ImageInfo info() {
        return new ImageInfo(
            name(),
            size,
            OptionalInt.empty(),
            name().equals("luks"),
            false,
            false,
            List.of(),
            Map.of(),
            Map.of("description", sign.description() + "; not read"));
      }

      @Override
      public BlockMap map() throws IOException {
        throw refusal(storage.name());
      }

      @Override
      public Optional<CheckReport> check() throws IOException {
        throw refusal(storage.name());
      }

      @Override
      public void close() {}
    };
  }

  @Override
  public ImageEditor edit(WritableStorage storage, EditRequest request) throws IOException {
    throw refusal(storage.name());
  }

  @Override
  public Optional<SequentialImage> openSequential(StreamSource source, OpenRequest request)
      throws IOException {
    throw refusal(source.name());
  }

  @Override
  public List<OptionSpec> createOptions() {
    return List.of();
  }

  @Override
  public ImageWriter create(CreateRequest request) throws IOException {
    throw Fault.on(name()).unsupported("images of this format are not made");
  }

  private UnsupportedFeatureException refusal(String file) {
    return Fault.in(name(), file)
        .unsupported(
            "it is "
                + sign.description()
                + ", and not read; format raw takes its bytes as they are");
  }

  /** What the header says of the disk, where it is simple. */
  private long size(Storage storage) throws IOException {
    long end = storage.size();
    MemorySegment bytes = MemorySegment.ofArray(new byte[SECTOR]);
    boolean isDmg = name().equals("dmg");
    if (storage.read(isDmg ? Math.max(0, end - SECTOR) : 0, bytes) < SECTOR) {
      return ImageInfo.UNKNOWN_SIZE;
    }
    long size =
        switch (name()) {
          case "qcow" -> bytes.get(BIG_LONG, 24);
          case "qed" -> bytes.get(LONG, 48);
          case "bochs" -> bytes.get(LONG, bytes.get(INT, 64) == 0x10000 ? 84 : 88);
          case "cloop" ->
              (bytes.get(BIG_INT, 128) & 0xffff_ffffL) * (bytes.get(BIG_INT, 132) & 0xffff_ffffL);
          case "dmg" -> bytes.get(BIG_LONG, SECTOR - 20) * SECTOR;
          default -> ImageInfo.UNKNOWN_SIZE;
        };
    return size < 0 ? ImageInfo.UNKNOWN_SIZE : size;
  }
}
