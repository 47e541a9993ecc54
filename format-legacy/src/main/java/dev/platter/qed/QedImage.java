package dev.platter.qed;

import dev.platter.image.BlockMap;
import dev.platter.image.CheckReport;
import dev.platter.image.DiskImage;
import dev.platter.image.ImageInfo;
import dev.platter.image.Limits;
import dev.platter.image.ParentReference;
import dev.platter.image.spi.ImageFormats;
import dev.platter.image.spi.OpenRequest;
import dev.platter.storage.Storage;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/** An open image. */
final class QedImage implements DiskImage {
  private final Storage storage;
  private final Limits limits;
  private final QedHeader header;
  private final BlockMap map;

  QedImage(Storage storage, OpenRequest request) throws IOException {
    this.storage = storage;
    this.limits = request.limits();
    this.header = QedHeader.read(storage, limits);
    this.map = new QedMap(header, storage);
  }

  /** QEMU does not call an image dirty that was not closed cleanly. */
  @Override
  public ImageInfo info() {
    return new ImageInfo(
        QedFormat.NAME,
        header.size(),
        OptionalInt.of(header.clusterSize()),
        false,
        false,
        false,
        List.of(),
        Map.of(),
        Map.of("table-size", header.tableBytes(), "needs-check", header.needsCheck()));
  }

  @Override
  public Optional<ParentReference> parent() {
    Optional<String> format =
        header.backingIsRaw() ? Optional.of(ImageFormats.PLAIN) : Optional.empty();
    return header.backingFile().isEmpty()
        ? Optional.empty()
        : Optional.of(new ParentReference(header.backingFile(), format));
  }

  @Override
  public BlockMap map() {
    return map;
  }

  @Override
  public Optional<CheckReport> check() throws IOException {
    return Optional.of(new QedCheck(header, storage, limits).run());
  }

  @Override
  public void close() {}
}
