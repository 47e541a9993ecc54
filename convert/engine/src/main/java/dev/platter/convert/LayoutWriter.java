package dev.platter.convert;

import dev.platter.image.BlockMap;
import dev.platter.image.disk.GuestReader;
import dev.platter.image.spi.Chunk;
import dev.platter.image.spi.ImageWriter;
import dev.platter.image.spi.Piece;
import dev.platter.image.spi.Placement;
import dev.platter.storage.MemoryStorage;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * Has a format lay an image out without its guest bytes: tables go into the draft, the places of
 * guest bytes are noted. What is on a file of this machine is looked through for zeros, so that the
 * image is the one that a file would get; to read all else twice would take too long, and there
 * only the source's map counts.
 */
final class LayoutWriter implements ImageWriter {
  private static final int PART = 1 << 20;

  /** Stands for guest bytes, wherever they are: its offsets are the guest's. */
  private static final MemoryStorage GUEST = new MemoryStorage("guest");

  private final BlockMap source;
  private final ImageWriter writer;
  private final int unit;
  private final Draft draft;
  private final Layout layout;
  private final GuestReader reader = new GuestReader();

  private LayoutWriter(BlockMap source, ImageWriter writer, int unit, Draft draft, Layout layout) {
    this.source = source;
    this.writer = writer;
    this.unit = unit;
    this.draft = draft;
    this.layout = layout;
  }

  /** Whether the places of guest bytes can be known before the bytes are. */
  static boolean fits(ImageWriter writer, ConvertOptions options) {
    return writer.adopts().isEmpty() && !writer.encrypts() && !options.salvage();
  }

  /**
   * Lays the image out.
   *
   * @param writer writes into the draft; is finished here
   * @param mostRuns as of {@link Layout}
   */
  static Layout run(
      BlockMap source,
      ImageWriter writer,
      Draft draft,
      int mostRuns,
      ConvertOptions options,
      Cancellation cancellation)
      throws IOException {
    Layout layout = new Layout(source, draft, mostRuns);
    boolean looks = options.sparseBytes() > 0 && !options.copyOffload();
    int unit = looks ? lookedAt(writer, options) : FirstLook.NONE;
    Unread unread = new FirstLook(GUEST, unit);
    try (LayoutWriter layouts = new LayoutWriter(source, writer, unit, draft, layout)) {
      Transfer.run(source, layouts, false, options, unread, Tap.NONE, Progress.NONE, cancellation);
    }
    writer.finish();
    layout.complete();
    return layout;
  }

  /** The unit in which zeros are looked for, where there is one that most units tell soon. */
  private static int lookedAt(ImageWriter writer, ConvertOptions options) {
    int unit = options.keepBacking() ? writer.granularity() : writer.zeroUnit();
    return unit > FirstLook.BYTES && unit >= options.sparseBytes() ? unit : FirstLook.WHOLE;
  }

  private boolean looksByUnits() {
    return unit != FirstLook.NONE && unit != FirstLook.WHOLE;
  }

  @Override
  public int blockSize() {
    return writer.blockSize();
  }

  @Override
  public int granularity() {
    return looksByUnits() ? unit : writer.granularity();
  }

  @Override
  public boolean sparseData() {
    return !looksByUnits() && writer.sparseData();
  }

  @Override
  public long longestZeros() {
    return writer.longestZeros();
  }

  @Override
  public long longestAbsent() {
    return writer.longestAbsent();
  }

  @Override
  public List<Placement> reserve(Chunk chunk) throws IOException {
    List<Piece> pieces = new ArrayList<>(chunk.pieces().size());
    for (Piece piece : chunk.pieces()) {
      boolean isRead = piece instanceof Piece.Bytes;
      pieces.add(
          isRead ? new Piece.Stored(piece.offset(), piece.length(), GUEST, piece.offset()) : piece);
    }
    List<Placement> tables = new ArrayList<>();
    for (Placement placement : writer.reserve(new Chunk(chunk.offset(), chunk.length(), pieces))) {
      if (placement.storage() != draft) {
        throw new IOException(draft.name() + ": an image of several files has no order");
      }
      if (placement instanceof Placement.Copy copy && copy.source() == GUEST) {
        if (!layout.add(copy.hostOffset(), copy.sourceOffset(), copy.length())) {
          copy(copy.sourceOffset(), copy.hostOffset(), copy.length());
        }
      } else {
        tables.add(placement);
      }
    }
    return tables;
  }

  /** Takes guest bytes into the draft, as there is no room to note where they are. */
  private void copy(long guest, long host, long length) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment buffer = arena.allocate(Math.min(length, PART), 4096);
      for (long done = 0; done < length; done += buffer.byteSize()) {
        MemorySegment part = buffer.asSlice(0, Math.min(buffer.byteSize(), length - done));
        reader.read(source, guest + done, part);
        draft.write(host + done, part);
      }
    }
  }

  @Override
  public void finish() {
    throw new IllegalStateException("whoever has the writer finishes it");
  }

  @Override
  public void close() {
    reader.close();
  }
}
