package dev.platter.guest.volume;

import dev.platter.guest.files.Bytes;
import dev.platter.guest.files.MappedSource;
import dev.platter.guest.files.Source;
import java.io.IOException;

/**
 * A volume of device-mapper's thin provisioning: a tree tells which block of the pool has which
 * block of the volume; the others are zeros.
 */
final class ThinVolume extends MappedSource {
  private static final long MAGIC = 27022010;
  private static final int SALT = 160774;
  private static final int SECTOR = 512;
  private static final int MAX_BLOCK_SECTORS = 1 << 21;
  private static final int TIME_BITS = 24;

  private final DmTree tree;
  private final long root;
  private final Source data;
  private final long block;

  private ThinVolume(String name, long size, Source metadata, Source data, long block, long device)
      throws IOException {
    super(name, size, metadata.budget());
    this.tree = new DmTree(metadata);
    this.data = data;
    this.block = block;
    Bytes head = DmTree.block(metadata, 0, SALT);
    DmTree.Found found = tree.find(head.u63(320), device);
    head.require(found.isThere(), "no volume " + device + " in the thin pool");
    this.root = found.value();
  }

  /**
   * Opens a volume.
   *
   * @param size bytes
   * @param metadata of the pool
   * @param data the blocks of the pool
   * @param device the number that the pool has for the volume
   */
  static Source open(String name, long size, Source metadata, Source data, long device)
      throws IOException {
    Bytes head = DmTree.block(metadata, 0, SALT);
    head.require(head.i64(32) == MAGIC, "no metadata of a thin pool");
    long sectors = head.u32(336);
    head.require(
        sectors > 0 && sectors <= MAX_BLOCK_SECTORS, "a thin pool in blocks of " + sectors);
    return new ThinVolume(name, size, metadata, data, sectors * SECTOR, device);
  }

  @Override
  protected Piece pieceAt(long offset) throws IOException {
    long number = offset / block;
    long within = offset % block;
    DmTree.Found found = tree.find(root, number);
    if (found.isThere()) {
      long place = data.offsetOf(found.value() >>> TIME_BITS, (int) block);
      return new Piece(block - within, data, place + within);
    }
    long end = Math.min(found.end(), size() / block + 1);
    return Piece.zeros(end * block - offset);
  }
}
