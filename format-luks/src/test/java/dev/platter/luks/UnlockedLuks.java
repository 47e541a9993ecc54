package dev.platter.luks;

import dev.platter.image.DiskImage;
import dev.platter.image.FormatOptions;
import dev.platter.image.ImageInfo;
import dev.platter.image.OptionSpec;
import dev.platter.image.disk.GuestDisk;
import dev.platter.image.spi.CreateRequest;
import dev.platter.image.spi.EditRequest;
import dev.platter.image.spi.ImageEditor;
import dev.platter.image.spi.ImageFormat;
import dev.platter.image.spi.ImageWriter;
import dev.platter.image.spi.LiveImage;
import dev.platter.image.spi.OpenRequest;
import dev.platter.image.spi.ResizeRequest;
import dev.platter.storage.Storage;
import dev.platter.storage.WritableStorage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;

/** The format, for tests that know no secrets: it knows the one that opens all of its images. */
final class UnlockedLuks implements ImageFormat {
  private final LuksFormat format = new LuksFormat();

  private static FormatOptions unlocked(FormatOptions options) {
    return options.with(LuksFormat.KEY_SECRET, "s").with(Passphrases.of("contract"));
  }

  @Override
  public String name() {
    return format.name();
  }

  @Override
  public int probe(Storage storage, MemorySegment head) {
    return format.probe(storage, head);
  }

  @Override
  public DiskImage open(Storage storage, OpenRequest request) throws IOException {
    return format.open(
        storage,
        new OpenRequest(
            request.limits(), request.outside(), request.disk(), unlocked(request.options())));
  }

  @Override
  public LiveImage openLive(WritableStorage storage, EditRequest request) throws IOException {
    return format.openLive(
        storage,
        new EditRequest(
            request.limits(), request.outside(), request.identity(), unlocked(request.options())));
  }

  /** What a larger disk has more holds anything; models of disks want zeros there. */
  @Override
  public ImageEditor edit(WritableStorage storage, EditRequest request) throws IOException {
    ImageEditor editor = format.edit(storage, request);
    return new ImageEditor() {
      @Override
      public ImageInfo info() throws IOException {
        return editor.info();
      }

      @Override
      public Optional<IOException> resize(ResizeRequest wish) throws IOException {
        long before = info().virtualSize();
        Optional<IOException> left = editor.resize(wish);
        long after = info().virtualSize();
        if (after > before) {
          try (GuestDisk disk = new GuestDisk(openLive(storage, request), List.of())) {
            disk.zero(before, after - before, GuestDisk.Space.KEEP);
          }
        }
        return left;
      }

      @Override
      public void close() throws IOException {
        editor.close();
      }
    };
  }

  @Override
  public List<OptionSpec> createOptions() {
    return format.createOptions();
  }

  @Override
  public ImageWriter create(CreateRequest request) throws IOException {
    return format.create(
        new CreateRequest(
            request.size(),
            unlocked(request.options()),
            request.compress(),
            request.backing(),
            request.target(),
            request.identity(),
            request.parent()));
  }
}
