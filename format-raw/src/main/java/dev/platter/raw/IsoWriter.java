package dev.platter.raw;

import dev.platter.image.BlockEncoder;
import dev.platter.image.Chunk;
import dev.platter.image.ImageWriter;
import dev.platter.image.Placement;
import dev.platter.image.UnsupportedFeatureException;
import dev.platter.storage.Storage;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/** Writes a raw disk, and makes sure that it is a disc's. */
final class IsoWriter implements ImageWriter {
  private final ImageWriter raw;
  private final Storage target;

  IsoWriter(ImageWriter raw, Storage target) {
    this.raw = raw;
    this.target = target;
  }

  @Override
  public int blockSize() {
    return raw.blockSize();
  }

  @Override
  public int granularity() {
    return raw.granularity();
  }

  @Override
  public boolean sparseData() {
    return raw.sparseData();
  }

  @Override
  public Optional<BlockEncoder> newEncoder() {
    return raw.newEncoder();
  }

  @Override
  public List<Placement> reserve(Chunk chunk) throws IOException {
    return raw.reserve(chunk);
  }

  @Override
  public void finish() throws IOException {
    raw.finish();
    if (!IsoFormat.isIn(target)) {
      throw new UnsupportedFeatureException(
          "iso: the disk holds no ISO 9660 or UDF volume, and converting does not make one");
    }
  }

  @Override
  public void close() throws IOException {
    raw.close();
  }
}
