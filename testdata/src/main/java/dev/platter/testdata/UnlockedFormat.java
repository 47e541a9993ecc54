package dev.platter.testdata;

import dev.platter.image.DiskImage;
import dev.platter.image.FormatOptions;
import dev.platter.image.OptionSpec;
import dev.platter.image.spi.CreateRequest;
import dev.platter.image.spi.EditRequest;
import dev.platter.image.spi.ImageEditor;
import dev.platter.image.spi.ImageFormat;
import dev.platter.image.spi.ImageWriter;
import dev.platter.image.spi.LiveImage;
import dev.platter.image.spi.OpenRequest;
import dev.platter.storage.Storage;
import dev.platter.storage.WritableStorage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * A format of encrypted disks, for tests that know no secrets: it knows the one that opens all of
 * its images.
 */
public class UnlockedFormat implements ImageFormat {
  private final ImageFormat format;
  private final UnaryOperator<FormatOptions> secret;

  /**
   * @param secret adds it, and what names it
   */
  public UnlockedFormat(ImageFormat format, UnaryOperator<FormatOptions> secret) {
    this.format = format;
    this.secret = secret;
  }

  @Override
  public String name() {
    return format.name();
  }

  @Override
  public int probe(Storage storage, MemorySegment head) throws IOException {
    return format.probe(storage, head);
  }

  @Override
  public DiskImage open(Storage storage, OpenRequest request) throws IOException {
    return format.open(
        storage,
        new OpenRequest(
            request.limits(), request.outside(), request.disk(), secret.apply(request.options())));
  }

  private EditRequest unlocked(EditRequest request) {
    return new EditRequest(
        request.limits(),
        request.outside(),
        request.identity(),
        secret.apply(request.options()),
        request.content());
  }

  @Override
  public LiveImage openLive(WritableStorage storage, EditRequest request) throws IOException {
    return format.openLive(storage, unlocked(request));
  }

  @Override
  public ImageEditor edit(WritableStorage storage, EditRequest request) throws IOException {
    return format.edit(storage, unlocked(request));
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
            secret.apply(request.options()),
            request.compress(),
            request.backing(),
            request.target(),
            request.identity(),
            request.parent()));
  }
}
