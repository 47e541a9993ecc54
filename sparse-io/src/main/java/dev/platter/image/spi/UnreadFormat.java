package dev.platter.image.spi;

import dev.platter.image.BlockMap;
import dev.platter.image.CheckReport;
import dev.platter.image.DiskImage;
import dev.platter.image.Fault;
import dev.platter.image.ImageInfo;
import dev.platter.image.Sign;
import dev.platter.image.UnsupportedFeatureException;
import dev.platter.storage.Storage;
import dev.platter.storage.StreamSource;
import dev.platter.storage.WritableStorage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
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
    return new DiskImage() {
      @Override
      public ImageInfo info() {
        return new ImageInfo(
            name(),
            ImageInfo.UNKNOWN_SIZE,
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
  public boolean isMade() {
    return false;
  }

  private UnsupportedFeatureException refusal(String file) {
    return Fault.in(name(), file)
        .unsupported(
            "it is "
                + sign.description()
                + ", and not read; format raw takes its bytes as they are");
  }
}
