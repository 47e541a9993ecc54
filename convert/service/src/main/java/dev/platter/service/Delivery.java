package dev.platter.service;

import dev.platter.convert.Cancellation;
import dev.platter.image.BlockMap;
import dev.platter.image.DiskImage;
import dev.platter.image.FormatOptions;
import dev.platter.image.ImageException;
import dev.platter.image.Reference;
import dev.platter.image.spi.ImageFormat;
import dev.platter.image.spi.ImageFormats;
import dev.platter.image.spi.Target;
import dev.platter.service.ImportException.Reason;
import dev.platter.service.ImportListener.Phase;
import dev.platter.service.inspect.FormatNames;
import dev.platter.service.inspect.ImageInspector;
import dev.platter.service.inspect.Inspection;
import dev.platter.service.store.Store;
import dev.platter.service.store.StoreWriter;
import dev.platter.service.store.StoredImage;
import dev.platter.storage.Storage;
import dev.platter.storage.WritableStorage;
import java.io.IOException;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Brings an image into one store: a copy, or a conversion that writes straight to where the store
 * keeps it. Only where the store takes bytes in order and the format is not written so, or where a
 * changed image must be sealed before it is stored, is there a file in between.
 */
final class Delivery {
  private final ImportJob job;
  private final ImportSettings settings;
  private final ImageFormats formats;
  private final ImageWork work;
  private final ImportListener listener;
  private final Cancellation cancellation;

  Delivery(
      ImportJob job,
      ImportSettings settings,
      ImageFormats formats,
      ImageWork work,
      ImportListener listener,
      Cancellation cancellation) {
    this.job = job;
    this.settings = settings;
    this.formats = formats;
    this.work = work;
    this.listener = listener;
    this.cancellation = cancellation;
  }

  /** What is stored, and what it is. */
  record Goods(Storage storage, String diskFormat, String containerFormat, long virtualSize) {}

  /**
   * Copies bytes as they are.
   *
   * @param known what the bytes are known to come to; empty: it is found out, in the same pass
   */
  StoredCopy copy(Goods goods, Store store, Optional<Fingerprint> known) throws IOException {
    try (StoreWriter writer = store.begin(job.imageId(), room(goods.storage(), store))) {
      StorageCopy copy = copy(goods.storage(), writer, store);
      Fingerprint fingerprint =
          known.isPresent()
              ? copy.plain(known.get())
              : copy.digesting(settings.hashAlgorithm(), cancellation);
      return committed(writer, store, fingerprint, goods);
    }
  }

  /**
   * Copies an image that its record describes.
   *
   * @throws IOException if it is not what the record says
   */
  StoredCopy copyVerified(Goods goods, Store store, Optional<Fingerprint> expected)
      throws IOException {
    try (StoreWriter writer = store.begin(job.imageId(), room(goods.storage(), store))) {
      // In the record's algorithm, which need not be today's.
      HashAlgorithm algorithm =
          expected.map(Fingerprint::algorithm).orElse(settings.hashAlgorithm());
      Fingerprint found = copy(goods.storage(), writer, store).digesting(algorithm, cancellation);
      if (expected.isPresent() && !expected.get().equals(found)) {
        throw new IOException(
            goods.storage().name()
                + ": the copy differs from the image's record: it has "
                + found
                + ", expected "
                + expected.get());
      }
      return committed(writer, store, found, goods);
    }
  }

  private StorageCopy copy(Storage source, StoreWriter writer, Store store) throws IOException {
    WritableStorage target = bounded(writer.storage(), store);
    return new StorageCopy(source, target, writer.sequential(), this::advanced);
  }

  /**
   * Converts into a store, and looks at the result as Glance does: its format must be the target's.
   *
   * @param format the target's name in the Image API
   */
  StoredCopy convert(Draft draft, Store store, String format) throws IOException {
    ImageFormat target =
        FormatNames.find(formats, format)
            .orElseThrow(() ->
                new ImportException(
                    Reason.CONVERSION_FAILED, "there is no format '" + format + "' here"));
    if (settings.isolation().isPresent()) {
      return convertElsewhere(draft, store, target);
    }
    try (DiskImage image = draft.openDisk()) {
      BlockMap map = image.map();
      FormatOptions options = target.uploadOptions();
      checkSize(target, map.size());
      try (StoreWriter writer = store.begin(job.imageId(), room(map, target, options, store))) {
        if (writer.sequential() && (!target.writesInOrder(options) || draft.needsSeal())) {
          return throughScratch(draft, map, target, options, writer, store);
        }
        if (writer.sequential() || target.isPlain()) {
          return inOrder(draft, map, target, options, writer, store);
        }
        WritableStorage storage = bounded(writer.storage(), store);
        write(map, target, options, storage, false);
        Goods goods = inspected(storage, target, map.size());
        if (draft.needsSeal()) {
          draft.seal(storage);
        }
        return committed(writer, store, digest(storage), goods);
      }
    } catch (ImageException e) {
      throw new ImportException(
          Reason.CONVERSION_FAILED, "the image cannot be converted: " + e.getMessage(), e);
    }
  }

  /** Said before zeros are digested for hours. */
  private void checkSize(ImageFormat target, long size) throws ImportException {
    if (target.isPlain() && size > settings.imageSizeCap()) {
      throw new ImportException(
          Reason.TOO_LARGE,
          "the disk has %d bytes, and would be stored as they are: at most %d are allowed"
              .formatted(size, settings.imageSizeCap()));
    }
  }

  /** Has another process convert into a file of the staging area, of which a store gets a copy. */
  private StoredCopy convertElsewhere(Draft draft, Store store, ImageFormat target)
      throws IOException {
    checkSize(target, draft.inspection().virtualSize().orElse(0));
    WritableStorage scratch = draft.newScratch();
    try {
      long size =
          work.convert(
              draft.content(), draft.openedAs(), FormatNames.of(target), scratch, this::advanced);
      Goods goods = inspected(scratch, target, size);
      if (draft.needsSeal()) {
        draft.seal(scratch);
      }
      return copy(goods, store, Optional.empty());
    } finally {
      draft.drop(scratch);
    }
  }

  /** What a copy will take in a store. */
  private static OptionalLong room(Storage source, Store store) throws IOException {
    long size = source.size();
    return OptionalLong.of(store.sparse() ? Math.min(size, source.allocatedSize()) : size);
  }

  /** What a conversion will take in a store; of compressed images that cannot be known. */
  private static OptionalLong room(
      BlockMap map, ImageFormat target, FormatOptions options, Store store) throws IOException {
    if (target.isPlain() && !store.sparse()) {
      return OptionalLong.of(map.size());
    }
    return target.alwaysCompresses(options)
        ? OptionalLong.empty()
        : target
            .measure(map.size(), options, Optional.of(map))
            .map(measured -> OptionalLong.of(measured.required()))
            .orElse(OptionalLong.empty());
  }

  private StoredCopy throughScratch(
      Draft draft,
      BlockMap map,
      ImageFormat target,
      FormatOptions options,
      StoreWriter writer,
      Store store)
      throws IOException {
    WritableStorage scratch = draft.newScratch();
    try {
      write(map, target, options, scratch, false);
      Goods goods = inspected(scratch, target, map.size());
      if (draft.needsSeal()) {
        draft.seal(scratch);
      }
      Fingerprint fingerprint =
          copy(scratch, writer, store).digesting(settings.hashAlgorithm(), cancellation);
      return committed(writer, store, fingerprint, goods);
    } finally {
      draft.drop(scratch);
    }
  }

  /**
   * Digests what is written while it is. Disks without a format of their own are written so
   * everywhere, as the digests take longer than all else.
   */
  private StoredCopy inOrder(
      Draft draft,
      BlockMap map,
      ImageFormat target,
      FormatOptions options,
      StoreWriter writer,
      Store store)
      throws IOException {
    WritableStorage storage = bounded(writer.storage(), store);
    ImageInspector inspector = new ImageInspector(formats);
    try (Digests digests = new Digests(settings.hashAlgorithm(), cancellation)) {
      WatchedStorage watched = new WatchedStorage(storage, digests, inspector);
      write(map, target, options, watched, true);
      Goods goods =
          writer.sequential()
              ? goods(inspector.finish(), watched, target, map.size())
              : inspected(storage, target, map.size());
      if (draft.needsSeal()) {
        draft.seal(storage);
      }
      return committed(writer, store, digests.finish(), goods);
    }
  }

  private void write(
      BlockMap map,
      ImageFormat format,
      FormatOptions options,
      WritableStorage storage,
      boolean sequential)
      throws IOException {
    LocalWork.write(
        map,
        format,
        options,
        new OneFile(storage, sequential),
        settings.conversionWorkers(),
        this::advanced,
        cancellation);
  }

  private Goods inspected(Storage storage, ImageFormat target, long size) throws IOException {
    return goods(work.inspect(storage), storage, target, size);
  }

  /** What was written must be what it was to be, so that nothing passes for something else. */
  private Goods goods(Inspection found, Storage storage, ImageFormat target, long size)
      throws ImportException {
    String format = FormatNames.of(target);
    if (!found.claims().contains(format) || !safe(found)) {
      throw new ImportException(
          Reason.CONVERSION_FAILED,
          "the converted image should be "
              + format
              + ", and is "
              + found.diskFormat()
              + (found.safe() ? "" : " and not safe: " + found.dangers()));
    }
    return new Goods(storage, format, "bare", size);
  }

  private boolean safe(Inspection found) {
    return found.dangers().stream()
        .allMatch(danger -> settings.toleratedDangers().contains(danger.check()));
  }

  private StoredCopy committed(
      StoreWriter writer, Store store, Fingerprint fingerprint, Goods goods) throws IOException {
    if (cancellation.isCancelled()) {
      throw new ImportException(Reason.CANCELLED, "the import was cancelled");
    }
    StoredImage stored = writer.commit();
    return new StoredCopy(
        store.id(),
        stored,
        fingerprint,
        goods.virtualSize(),
        goods.diskFormat(),
        goods.containerFormat());
  }

  private Fingerprint digest(Storage storage) throws IOException {
    return StorageCopy.digest(storage, settings.hashAlgorithm(), cancellation);
  }

  private WritableStorage bounded(WritableStorage storage, Store store) {
    return new BoundedStorage(storage, settings.imageSizeCap(), Room.in(store), cancellation);
  }

  private void advanced(long done, long total) {
    listener.progress(Phase.STORING, done, total);
  }

  /** Where an image goes that is one file. */
  record OneFile(WritableStorage storage, boolean sequential) implements Target {
    @Override
    public WritableStorage outside(Reference reference) throws IOException {
      throw new ImportException(
          Reason.CONVERSION_FAILED, "an image in a store is one file: " + reference.name());
    }
  }
}
