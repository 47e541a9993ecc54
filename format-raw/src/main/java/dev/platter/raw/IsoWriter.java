package dev.platter.raw;

import dev.platter.image.Fault;
import dev.platter.image.spi.BlockEncoder;
import dev.platter.image.spi.Chunk;
import dev.platter.image.spi.ImageFormat;
import dev.platter.image.spi.ImageWriter;
import dev.platter.image.spi.Piece;
import dev.platter.image.spi.Placement;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;

/** Writes a raw disk, and makes sure that it is a disc's. */
final class IsoWriter implements ImageWriter {
  private final ImageWriter raw;
  private final MemorySegment head = MemorySegment.ofArray(new byte[ImageFormat.HEAD_BYTES]);

  IsoWriter(ImageWriter raw) {
    this.raw = raw;
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
    for (Piece piece : chunk.pieces()) {
      if (piece.offset() < head.byteSize()) {
        look(piece);
      }
    }
    return raw.reserve(chunk);
  }

  /** Keeps what tells a disc, as the target may be one that cannot be read. */
  private void look(Piece piece) throws IOException {
    long length = Math.min(piece.length(), head.byteSize() - piece.offset());
    MemorySegment part = head.asSlice(piece.offset(), length);
    // A switch over the kinds would make a class at run time.
    if (piece instanceof Piece.Bytes bytes) {
      part.copyFrom(bytes.bytes().asSlice(0, length));
    } else if (piece instanceof Piece.Stored stored) {
      stored.storage().read(stored.hostOffset(), part);
    } else if (piece.isData()) {
      throw new IllegalStateException("an encoded block where none is stored: " + piece);
    }
  }

  @Override
  public void endAt(long size) throws IOException {
    raw.endAt(size);
  }

  @Override
  public void finish() throws IOException {
    raw.finish();
    if (!VolumeDescriptors.areIn(head)) {
      throw Fault.ofFormat("iso")
          .unsupported(
              "the disk holds no ISO 9660 or UDF volume, and converting does not make one");
    }
  }

  @Override
  public void close() throws IOException {
    raw.close();
  }
}
