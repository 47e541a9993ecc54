package dev.platter.toy;

import dev.platter.image.DiskImage;
import dev.platter.image.IllegalOptionException;
import dev.platter.image.ImageInfo;
import dev.platter.image.OptionSpec;
import dev.platter.image.spi.CreateRequest;
import dev.platter.image.spi.ImageFormat;
import dev.platter.image.spi.ImageWriter;
import dev.platter.image.spi.OpenRequest;
import dev.platter.storage.Storage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/** The toy format. */
public final class ToyFormat implements ImageFormat {
  static final String NAME = "toy";

  /** Found by {@link java.util.ServiceLoader}. */
  public ToyFormat() {}

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public int probe(Storage storage, MemorySegment head) {
    return ToyHeader.isIn(head) ? 100 : NO_MATCH;
  }

  @Override
  public DiskImage open(Storage storage, OpenRequest request) throws IOException {
    ToyHeader header = ToyHeader.read(storage, request.limits());
    return new Image(header, new ToyMap(header, storage));
  }

  @Override
  public List<OptionSpec> createOptions() {
    return List.of(new OptionSpec("size", OptionSpec.Type.SIZE, "size of the disk"));
  }

  @Override
  public ImageWriter create(CreateRequest request) throws IOException {
    if (request.backing().isPresent()) {
      throw new IllegalOptionException("a toy disk has no backing file");
    }
    if (request.compress()) {
      throw new IllegalOptionException("a toy disk is not compressed");
    }
    if (!ToyHeader.isPossible(request.size())) {
      throw new IllegalOptionException("there is no toy disk of " + request.size() + " bytes");
    }
    return new ToyWriter(new ToyHeader(request.size()), request.target().storage());
  }

  /** An open toy disk. */
  private record Image(ToyHeader header, ToyMap map) implements DiskImage {
    @Override
    public ImageInfo info() {
      return new ImageInfo(
          NAME,
          header.size(),
          OptionalInt.of(ToyHeader.BLOCK),
          false,
          false,
          false,
          List.of(),
          Map.of());
    }

    @Override
    public void close() {}
  }
}
