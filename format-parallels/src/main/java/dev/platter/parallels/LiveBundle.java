package dev.platter.parallels;

import static dev.platter.parallels.Faults.corrupt;
import static dev.platter.parallels.Faults.unsupported;

import dev.platter.image.BlockMap;
import dev.platter.image.ImageException;
import dev.platter.image.Reference;
import dev.platter.image.spi.EditRequest;
import dev.platter.image.spi.LiveImage;
import dev.platter.image.support.LiveConcatenation;
import dev.platter.image.support.LivePlain;
import dev.platter.storage.WritableStorage;
import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Opens a bundle whose disk is in use: the images of its present state are written to, those below
 * are read through, and the descriptor stays as it is.
 */
final class LiveBundle {
  private final WritableStorage storage;
  private final EditRequest request;
  private final DiskDescriptor descriptor;
  private final List<String> chain;
  private final List<LiveImage> parts = new ArrayList<>();

  /** What is to be closed after the parts: files to be written to, and the images below. */
  private final List<Closeable> owned = new ArrayList<>();

  private LiveBundle(WritableStorage storage, EditRequest request) throws IOException {
    this.storage = storage;
    this.request = request;
    this.descriptor = DescriptorParser.parse(storage, request.limits());
    this.chain = descriptor.chain(descriptor.top(), request.limits().maxChainDepth());
  }

  static LiveImage open(WritableStorage storage, EditRequest request) throws IOException {
    LiveBundle bundle = new LiveBundle(storage, request);
    bundle.refuse();
    try {
      return bundle.open();
    } catch (Throwable e) {
      try {
        LiveConcatenation.closeAll(bundle.owned);
      } catch (IOException closing) {
        e.addSuppressed(closing);
      }
      throw e;
    }
  }

  /** What cannot be written to is refused before any file is opened. */
  private void refuse() throws ImageException {
    if (descriptor.encrypted()) {
      throw unsupported(storage.name(), "the disk is encrypted");
    }
    if (descriptor.parts().isEmpty()) {
      throw corrupt(storage.name(), "the disk has no images");
    }
    for (DiskDescriptor.Shot shot : descriptor.shots()) {
      if (shot.parent().equals(descriptor.top())) {
        throw unsupported(
            storage.name(),
            "the snapshot {" + shot.guid() + "} lies over what would be written to");
      }
    }
    Set<String> files = new HashSet<>();
    for (DiskDescriptor.Part part : descriptor.parts()) {
      for (DiskDescriptor.Image image : part.images()) {
        if (!files.add(image.file())) {
          throw corrupt(storage.name(), "two images are the file '" + image.file() + "'");
        }
      }
    }
  }

  private LiveImage open() throws IOException {
    Bundle bundle = new Bundle(storage, descriptor, request.toRead());
    owned.add(bundle);
    for (DiskDescriptor.Part part : descriptor.parts()) {
      DiskDescriptor.Image image = descriptor.imageOf(part, descriptor.top());
      List<BlockMap> below = bundle.layersOf(part, chain.subList(1, chain.size()));
      WritableStorage file =
          request
              .outside()
              .open(new Reference(Reference.Kind.EXTENT, image.file(), storage.name()));
      owned.add(file);
      LiveImage top =
          image.plain()
              ? new LivePlain(file, Math.min(file.size(), part.length()))
              : LiveParallels.open(file, request, below);
      if (top.size() != part.length()) {
        throw descriptor.wrongSize(part, descriptor.top(), top.size());
      }
      parts.add(top);
    }
    if (!LiveConcatenation.canJoin(parts)) {
      throw unsupported(
          storage.name(),
          "the disk cannot be written to: its parts do not begin where clusters do");
    }
    return new LiveConcatenation(parts, owned);
  }
}
