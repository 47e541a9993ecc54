package dev.platter.parallels;

import static dev.platter.parallels.Faults.unsupported;

import dev.platter.image.CheckReport;
import dev.platter.image.ImageInfo;
import dev.platter.image.Limits;
import dev.platter.image.Reference;
import dev.platter.image.Repair;
import dev.platter.image.RepairReport;
import dev.platter.image.spi.EditRequest;
import dev.platter.image.spi.ImageEditor;
import dev.platter.image.spi.ResizeRequest;
import dev.platter.storage.WritableStorage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Repairs the expandable images of a bundle, one after the other. The descriptor stays as it is.
 */
final class BundleEditor implements ImageEditor {
  private final WritableStorage storage;
  private final EditRequest request;
  private final DiskDescriptor descriptor;
  private final Bundle bundle;

  BundleEditor(WritableStorage storage, EditRequest request) throws IOException {
    this.storage = storage;
    this.request = request;
    this.descriptor = DescriptorParser.parse(storage, Limits.DEFAULT);
    this.bundle = new Bundle(storage, descriptor, request.toRead());
  }

  @Override
  public ImageInfo info() {
    return bundle.info();
  }

  @Override
  public RepairReport repair(Repair extent) throws IOException {
    List<RepairReport> reports = new ArrayList<>();
    List<CheckReport> found = new ArrayList<>();
    List<CheckReport> after = new ArrayList<>();
    for (DiskDescriptor.Image image : descriptor.expandable()) {
      Reference reference = new Reference(Reference.Kind.EXTENT, image.file(), storage.name());
      try (WritableStorage file = request.outside().open(reference);
          ParallelsEditor editor = new ParallelsEditor(file, request)) {
        RepairReport report = editor.repair(extent);
        reports.add(report);
        found.add(Bundle.named(image, report.found()));
        after.add(Bundle.named(image, report.after()));
      }
    }
    return new RepairReport(
        Bundle.sum(found),
        reports.stream().mapToLong(RepairReport::leaksFixed).sum(),
        reports.stream().mapToLong(RepairReport::corruptionsFixed).sum(),
        Bundle.sum(after));
  }

  @Override
  public Optional<IOException> resize(ResizeRequest wanted) throws IOException {
    throw unsupported(storage.name(), "bundles cannot be resized in place");
  }

  @Override
  public long compact() throws IOException {
    throw unsupported(storage.name(), "bundles are not compacted as a whole, but image by image");
  }

  @Override
  public void close() throws IOException {
    bundle.close();
  }
}
