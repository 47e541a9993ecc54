package dev.platter.service;

import dev.platter.convert.Cancellation;
import dev.platter.convert.ConvertOptions;
import dev.platter.convert.Converter;
import dev.platter.convert.Destination;
import dev.platter.convert.Progress;
import dev.platter.guest.DistroNames;
import dev.platter.guest.GuestDescription;
import dev.platter.guest.GuestInspector;
import dev.platter.guest.picture.DiskSketch;
import dev.platter.image.BlockMap;
import dev.platter.image.DiskImage;
import dev.platter.image.Fault;
import dev.platter.image.FormatOptions;
import dev.platter.image.ImageException;
import dev.platter.image.Limits;
import dev.platter.image.disk.LayeredMap;
import dev.platter.image.spi.CreateRequest;
import dev.platter.image.spi.ImageFormat;
import dev.platter.image.spi.ImageFormats;
import dev.platter.image.spi.OpenRequest;
import dev.platter.image.spi.Target;
import dev.platter.image.wrap.UnwrapLimits;
import dev.platter.image.wrap.Unwrapping;
import dev.platter.image.wrap.Wrappings;
import dev.platter.service.ImportException.Reason;
import dev.platter.service.inspect.FormatNames;
import dev.platter.service.inspect.ImageInspector;
import dev.platter.service.inspect.Inspection;
import dev.platter.storage.Storage;
import dev.platter.storage.StreamSource;
import dev.platter.storage.WritableStorage;
import java.io.IOException;
import java.nio.channels.Channels;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The work on images, done by this process. */
final class LocalWork implements ImageWork {
  private static final int MAX_DESCRIPTION = 1 << 20;

  /** How many runs of a disk are looked at for a sketch: all of most disks. */
  private static final long SKETCH_STEPS = 200_000;

  private final ImageFormats formats;
  private final ImportSettings settings;
  private final Cancellation cancellation;

  LocalWork(ImageFormats formats, ImportSettings settings, Cancellation cancellation) {
    this.formats = formats;
    this.settings = settings;
    this.cancellation = cancellation;
  }

  @Override
  public Inspection inspect(Storage image) throws IOException {
    return ImageInspector.inspect(image, formats);
  }

  @Override
  public DiskImage open(Storage image, String name) throws IOException {
    Limits limits =
        new Limits(settings.virtualSizeCap(), Limits.DEFAULT.maxTableBytes(), 1, MAX_DESCRIPTION);
    return format(name).open(image, new OpenRequest(limits, OpenRequest.strict().outside()));
  }

  private ImageFormat format(String name) throws ImageException {
    return FormatNames.find(formats, name)
        .orElseThrow(
            () -> Fault.UNPLACED.unsupported("the format '" + name + "' cannot be read here"));
  }

  @Override
  public Map<String, String> guestProperties(
      Storage image, String format, String name, DistroNames names) throws IOException {
    try (DiskImage disk = open(image, format)) {
      return GuestInspector.describe(disk.map(), name).imageProperties(names);
    } catch (ImageException e) {
      return Map.of(); // Damaged or encrypted: there is nothing to learn.
    }
  }

  @Override
  public DiskSketch sketch(Storage image, String format, String name) throws IOException {
    try (DiskImage disk = open(image, format)) {
      LayeredMap map = new LayeredMap(List.of(disk.map()));
      GuestDescription guest = GuestInspector.describe(map, name);
      return DiskSketch.of(map, guest, SKETCH_STEPS);
    }
  }

  @Override
  public void unwrap(Storage packed, UnwrapLimits limits, WritableStorage storage)
      throws IOException {
    try (StreamSource plain =
        new Unwrapping(Wrappings.present(), limits)
            .open(packed)
            .orElseThrow(() ->
                new ImportException(Reason.PLUGIN, "the compression of the image is not known"))) {
      pour(plain, storage, cancellation);
    }
  }

  /** Brings bytes that come in order onto an empty storage, zeros as holes. */
  static void pour(StreamSource bytes, WritableStorage storage, Cancellation cancellation)
      throws IOException {
    MeteredChannel metered =
        new MeteredChannel(
            Channels.newChannel(bytes.asInputStream()),
            Long.MAX_VALUE,
            Pace.ANY,
            MeteredChannel.Watch.none(),
            cancellation);
    StorageCopy.pour(new StreamSource(bytes.name(), metered), storage);
  }

  @Override
  public long convert(
      Storage image, String format, String target, WritableStorage storage, Progress progress)
      throws IOException {
    ImageFormat made = format(target);
    try (DiskImage disk = open(image, format)) {
      BlockMap map = disk.map();
      write(
          map,
          made,
          made.uploadOptions(),
          new Delivery.OneFile(storage, false),
          settings.conversionWorkers(),
          progress,
          cancellation);
      return map.size();
    }
  }

  /** Writes a disk as a new image. */
  static void write(
      BlockMap map,
      ImageFormat format,
      FormatOptions options,
      Target target,
      int workers,
      Progress progress,
      Cancellation cancellation)
      throws IOException {
    CreateRequest request = new CreateRequest(map.size(), options, false, Optional.empty(), target);
    ConvertOptions how = ConvertOptions.defaults().withWorkers(workers);
    try (Destination destination = Destination.newImage(format, request)) {
      new Converter(how, progress, cancellation).convert(map, destination);
    }
  }
}
