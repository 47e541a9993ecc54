package dev.platter.service;

import dev.platter.convert.Cancellation;
import dev.platter.image.spi.ImageFormats;
import dev.platter.service.ImportException.Reason;
import dev.platter.service.ImportListener.Phase;
import dev.platter.service.inspect.FormatNames;
import dev.platter.service.inspect.ImageInspector;
import dev.platter.service.inspect.Inspection;
import dev.platter.service.store.Store;
import dev.platter.service.store.StoreWriter;
import dev.platter.storage.StreamSource;
import dev.platter.storage.WritableStorage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.channels.ReadableByteChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/** One upload, from the wire into a store in one pass. */
final class UploadRun {
  private final ImportJob job;
  private final ImportSettings settings;
  private final ImageFormats formats;
  private final ImportListener listener;
  private final Cancellation cancellation;
  private final Admission admission;
  private final List<ImportPlugin.UploadWatch> watches = new ArrayList<>();

  UploadRun(
      ImportJob job,
      ImportSettings settings,
      List<ImportPlugin> plugins,
      ImageFormats formats,
      ImportListener listener,
      Cancellation cancellation)
      throws IOException {
    this.job = job;
    this.settings = settings;
    this.formats = formats;
    this.listener = listener;
    this.cancellation = cancellation;
    this.admission = new Admission(settings);
    for (ImportPlugin plugin : plugins) {
      plugin.watch(job).ifPresent(watches::add);
    }
  }

  ImportResult run(ReadableByteChannel data, OptionalLong expectedSize) throws IOException {
    admission.judgeClaims(job.diskFormat(), job.containerFormat());
    if (expectedSize.orElse(0) > settings.imageSizeCap()) {
      throw new ImportException(
          Reason.TOO_LARGE,
          "the image has %d bytes, at most %d are allowed"
              .formatted(expectedSize.getAsLong(), settings.imageSizeCap()));
    }
    listener.phase(Phase.STORING);
    Store store = job.stores().getFirst();
    ImageInspector inspector = new ImageInspector(formats);
    boolean mayBeSparse = store.sparse() && FormatNames.isRaw(job.diskFormat());
    OptionalLong room = mayBeSparse ? OptionalLong.empty() : expectedSize;
    try (StoreWriter writer = store.begin(job.imageId(), room)) {
      MeteredChannel channel =
          new MeteredChannel(
              data,
              settings.imageSizeCap(),
              settings.pace(),
              bytes -> {
                for (ImportPlugin.UploadWatch watch : watches) {
                  watch.passed(bytes.duplicate());
                }
                inspector.feed(bytes);
              },
              cancellation);
      Fingerprint fingerprint = pour(channel, writer, Room.in(store), expectedSize);
      Inspection found = inspector.finish();
      listener.inspected(found);
      Inspection taken = admission.judge(found, job.diskFormat(), job.containerFormat());
      for (ImportPlugin.UploadWatch watch : watches) {
        watch.finished();
      }
      StoredCopy copy =
          new StoredCopy(
              store.id(),
              writer.commit(),
              fingerprint,
              taken.virtualSize().orElse(fingerprint.size()),
              taken.diskFormat(),
              job.containerFormat());
      listener.stored(copy);
      return new ImportResult(List.of(copy), Map.of(), job.properties());
    }
  }

  /** Reads and writes; the digests are made meanwhile. */
  private Fingerprint pour(
      ReadableByteChannel channel, StoreWriter writer, Room room, OptionalLong expectedSize)
      throws IOException {
    WritableStorage target =
        new BoundedStorage(writer.storage(), settings.imageSizeCap(), room, cancellation);
    StreamSource source = new StreamSource("upload of image " + job.imageId(), channel);
    try (Digests digests = new Digests(settings.hashAlgorithm(), cancellation)) {
      long size = 0;
      while (true) {
        MemorySegment buffer = digests.buffer();
        MemorySegment part = buffer.asSlice(0, source.read(buffer));
        if (part.byteSize() == 0) {
          break;
        }
        digests.add(part);
        StorageCopy.put(target, writer.sequential(), size, part);
        size += part.byteSize();
        listener.progress(Phase.STORING, size, expectedSize.orElse(0));
      }
      if (expectedSize.isPresent() && expectedSize.getAsLong() != size) {
        throw new ImportException(
            Reason.DOWNLOAD_FAILED,
            "%d bytes were announced, %d came".formatted(expectedSize.getAsLong(), size));
      }
      if (target.size() < size) {
        target.truncate(size);
      }
      return digests.finish();
    }
  }
}
