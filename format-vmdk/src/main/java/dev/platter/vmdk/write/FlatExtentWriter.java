package dev.platter.vmdk.write;

import dev.platter.image.spi.Piece;
import dev.platter.image.spi.Placement;
import dev.platter.storage.WritableStorage;
import java.io.IOException;
import java.util.List;

/** An extent whose file holds the bytes just as the guest sees them. */
final class FlatExtentWriter implements ExtentWriter {
  private final WritableStorage storage;
  private final long start;
  private final long length;

  /**
   * @param start where on the guest disk the extent begins
   */
  FlatExtentWriter(WritableStorage storage, long start, long length) {
    this.storage = storage;
    this.start = start;
    this.length = length;
  }

  @Override
  public void reserve(List<Piece> pieces, List<Placement> placements) {
    for (Piece piece : pieces) {
      piece.place(storage, piece.offset() - start, storage.readsZeroWhereUnwritten(), placements);
    }
  }

  @Override
  public void finish() throws IOException {
    if (storage.size() < length) {
      storage.truncate(length);
    }
  }
}
