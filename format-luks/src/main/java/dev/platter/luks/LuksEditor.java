package dev.platter.luks;

import dev.platter.image.BlockMap;
import dev.platter.image.Fault;
import dev.platter.image.FormatOptions;
import dev.platter.image.IllegalOptionException;
import dev.platter.image.ImageInfo;
import dev.platter.image.Preallocation;
import dev.platter.image.Sizes;
import dev.platter.image.luks.DiskLength;
import dev.platter.image.luks.KeySlots;
import dev.platter.image.luks.LuksHeader;
import dev.platter.image.spi.Amendment;
import dev.platter.image.spi.EditRequest;
import dev.platter.image.spi.ImageEditor;
import dev.platter.image.spi.ResizeRequest;
import dev.platter.image.support.Undo;
import dev.platter.storage.WritableStorage;
import java.io.IOException;
import java.util.Optional;

/**
 * Changes an encrypted disk: its length, and its key slots. What a larger disk has more was never
 * encrypted, so that nothing can be said of what it holds, as of all that nobody wrote.
 */
final class LuksEditor implements ImageEditor {
  private final WritableStorage storage;
  private final EditRequest request;
  private final LuksImage image;

  LuksEditor(WritableStorage storage, EditRequest request) throws IOException {
    this.storage = storage;
    this.request = request;
    this.image = LuksImage.open(storage, request.toRead());
  }

  @Override
  public ImageInfo info() throws IOException {
    return image.infoNow();
  }

  @Override
  public Optional<IOException> resize(ResizeRequest wish) throws IOException {
    LuksHeader header = image.header();
    wish.preallocation().requireNotMetadata();
    if (wish.size() > Long.MAX_VALUE / 2) {
      throw new IllegalOptionException("The new size is too large for file format 'luks'");
    }
    long before = storage.size();
    long length = Sizes.roundUp(wish.size(), header.sectorSize());
    long after = header.payloadOffset() + length;
    if (after < before) {
      storage.sync(); // What cannot be written is known before anything is lost.
      tell(header, length);
      storage.truncate(after);
      return Undo.orLeak(storage::sync);
    }
    Undo.ifFails(
        () -> {
          storage.truncate(after);
          if (wish.preallocation() == Preallocation.FALLOC && after > before) {
            storage.allocate(before, after - before);
          } else if (wish.preallocation() == Preallocation.FULL && after > before) {
            storage.fill(before, after - before);
          }
          storage.sync();
        },
        () -> {
          storage.truncate(before);
          storage.sync();
        });
    tell(header, length);
    return Optional.empty();
  }

  /** A header that says how long the disk is counts between the two lengths of the file. */
  private void tell(LuksHeader header, long length) throws IOException {
    if (header.payloadLength().isPresent()) {
      WritableStorage headers = headerStorage();
      DiskLength.change(headers, Fault.in(LuksFormat.NAME, headers.name()), length);
    }
  }

  /** An image that is opened to be changed has its header opened for that, too. */
  private WritableStorage headerStorage() {
    return (WritableStorage) image.headerStorage();
  }

  @Override
  public Optional<Amendment> amendment() {
    return Optional.of(new Slots(false));
  }

  private final class Slots implements Amendment {
    private final boolean forced;

    Slots(boolean forced) {
      this.forced = forced;
    }

    @Override
    public Amendment forced() {
      return new Slots(true);
    }

    @Override
    public Optional<IOException> amend(FormatOptions options, Optional<BlockMap> parent)
        throws IOException {
      WritableStorage headers = headerStorage();
      new KeySlots(headers, 0, Fault.in(LuksFormat.NAME, headers.name()), "", forced)
          .amend(options, () -> request.options().secret(LuksFormat.KEY_SECRET, storage.name()));
      return Optional.empty();
    }
  }

  @Override
  public void close() throws IOException {
    image.close();
  }
}
