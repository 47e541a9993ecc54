package dev.platter.convert;

import dev.platter.codec.Encoding;
import dev.platter.image.BlockMap;
import dev.platter.image.Extent;
import dev.platter.image.Sizes;
import dev.platter.image.disk.GuestReader;
import dev.platter.image.spi.BlockEncoder;
import dev.platter.image.spi.Chunk;
import dev.platter.image.spi.ImageWriter;
import dev.platter.image.spi.Piece;
import dev.platter.storage.ZeroScan;
import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Turns a segment of the source into a chunk for the target: reads, finds zeros, compresses or
 * adopts compressed blocks. One thread at a time has a maker; a chunk's bytes lie in the maker's
 * buffers and are good until the next {@link #make}.
 */
final class ChunkMaker implements Closeable {
  private static final int PAGE = 4096;

  /** The finest unit in which zeros are told from data, bytes. */
  private static final int SECTOR = 512;

  /** How finely a damaged source is read when it is to be salvaged, bytes. */
  private static final int SALVAGE_UNIT = 4096;

  private final BlockMap source;
  private final ConvertOptions options;
  private final Progress progress;
  private final GuestReader reader = new GuestReader();
  private final Optional<BlockEncoder> encoder;
  private final Set<Encoding> adopts;
  private final Unread unread;
  private final int unit;
  private final int zeroUnit;
  private final Arena arena = Arena.ofShared();
  private final int bufferBytes;
  private MemorySegment buffer;
  private MemorySegment stored;
  private long storedUsed;

  private List<Piece> pieces;
  private Segment segment;

  /**
   * @param source the whole source, to fill what a block lacks
   * @param unread which data are passed on without a look
   * @param bufferBytes the most data that a segment holds
   */
  ChunkMaker(
      BlockMap source,
      ImageWriter writer,
      ConvertOptions options,
      Unread unread,
      Progress progress,
      int bufferBytes) {
    this.source = source;
    this.options = options;
    this.unread = unread;
    this.progress = progress;
    this.bufferBytes = bufferBytes;
    this.encoder = writer.newEncoder();
    this.adopts = writer.adopts();
    this.unit = encoder.isPresent() ? writer.blockSize() : writer.granularity();
    this.zeroUnit =
        encoder.isPresent() || !writer.sparseData()
            ? unit
            : Math.max(options.sparseBytes(), SECTOR);
  }

  Chunk make(Segment claimed) throws IOException {
    segment = claimed;
    pieces = new ArrayList<>();
    storedUsed = 0;
    long at = segment.offset();
    int index = 0;
    while (at < segment.end()) {
      index = indexAt(index, at);
      long quietEnd = quietEnd(index, at);
      if (quietEnd > at) {
        add(
            isAbsent(segment.extents().get(index))
                ? new Piece.Absent(at, quietEnd - at)
                : new Piece.Zero(at, quietEnd - at));
        at = quietEnd;
      } else {
        long end = dataEnd(index, at);
        takeData(index, at, end);
        at = end;
      }
    }
    return new Chunk(segment.offset(), segment.length(), pieces);
  }

  /** Shows the guest's bytes of the chunk made last. */
  void show(Chunk chunk, Tap tap) throws IOException {
    for (Piece piece : chunk.pieces()) {
      if (piece instanceof Piece.Stored) {
        throw new IllegalStateException("nobody has read " + piece);
      } else if (piece.isData()) {
        tap.take(piece.offset(), bufferAt(piece.offset(), piece.length()));
      } else if (piece instanceof Piece.Absent && options.keepBacking()) {
        showParent(piece, tap);
      }
    }
  }

  /** Shows what shows through where the new image holds nothing. */
  private void showParent(Piece absent, Tap tap) throws IOException {
    try (Arena scratch = Arena.ofConfined()) {
      MemorySegment part = scratch.allocate(Math.min(absent.length(), bufferBytes), PAGE);
      for (long at = absent.offset(); at < absent.end(); ) {
        Extent extent = source.extentAt(at, Math.min(absent.end(), at + part.byteSize()));
        if (!extent.readsZero()) {
          MemorySegment bytes = part.asSlice(0, extent.length());
          readPart(extent, bytes);
          tap.take(at, bytes);
        }
        at = extent.end();
      }
    }
  }

  /** How many bytes of a segment are read, by this process or the system. */
  long toRead(Segment claimed) {
    long bytes = 0;
    for (Extent extent : claimed.extents()) {
      bytes += SegmentPlan.isQuiet(extent) || !unread.reads(extent) ? 0 : extent.length();
    }
    return bytes;
  }

  /** The index of the extent that holds {@code offset}, searched from {@code from} on. */
  private int indexAt(int from, long offset) {
    int index = from;
    while (segment.extents().get(index).end() <= offset) {
      index++;
    }
    return index;
  }

  private boolean isQuiet(Extent extent) {
    return options.sparseBytes() != 0 && SegmentPlan.isQuiet(extent);
  }

  private boolean isAbsent(Extent extent) {
    return options.keepBacking() && extent instanceof Extent.Absent;
  }

  /**
   * How far, in whole units, the disk is absent or zero from {@code at} on, which begins a unit;
   * {@code at} when not even one unit is.
   */
  private long quietEnd(int index, long at) {
    List<Extent> extents = segment.extents();
    Extent first = extents.get(index);
    if (!isQuiet(first)) {
      return at;
    }
    long end = first.end();
    for (int i = index + 1; i < extents.size(); i++) {
      Extent next = extents.get(i);
      if (!isQuiet(next) || isAbsent(next) != isAbsent(first)) {
        break;
      }
      end = next.end();
    }
    return end == segment.end() ? end : Sizes.roundDown(end, unit);
  }

  /**
   * Where the data that begins at {@code at} ends: before the next whole unit that needs no
   * reading.
   */
  private long dataEnd(int index, long at) {
    List<Extent> extents = segment.extents();
    for (int i = index; i < extents.size(); i++) {
      long start = Sizes.roundUp(Math.max(extents.get(i).offset(), at), unit);
      if (start > at && start < segment.end()) {
        int holder = indexAt(i, start);
        if (quietEnd(holder, start) > start) {
          return start;
        }
      }
    }
    return segment.end();
  }

  private void takeData(int index, long at, long end) throws IOException {
    if (encoder.isPresent()) {
      for (long block = at; block < end; block += unit) {
        index = indexAt(index, block);
        takeBlock(index, block, Math.min(unit, end - block));
      }
    } else {
      copyOrRead(index, at, end);
    }
  }

  private void copyOrRead(int index, long at, long end) throws IOException {
    long start = at;
    while (start < end) {
      int i = indexAt(index, start);
      long stop = end;
      if (unread != Unread.NONE) {
        Extent data = dataFrom(i, end);
        stop = Math.min(end, Sizes.roundUp(data.end(), unit));
        Piece piece = unread.pieceOf(data, start, stop);
        if (piece != null) {
          add(piece);
          start = piece.end();
          continue;
        }
      }
      MemorySegment bytes = bufferAt(start, stop - start);
      readRange(i, start, bytes);
      addBytes(start, bytes);
      start = stop;
    }
  }

  /** The first extent from this one on that has bytes to be read; this one if none has. */
  private Extent dataFrom(int index, long end) {
    List<Extent> extents = segment.extents();
    for (int i = index; i < extents.size() && extents.get(i).offset() < end; i++) {
      if (!extents.get(i).readsZero()) {
        return extents.get(i);
      }
    }
    return extents.get(index);
  }

  /** Adds bytes as runs of data and zeros. */
  private void addBytes(long offset, MemorySegment bytes) {
    long length = bytes.byteSize();
    if (options.sparseBytes() == 0) {
      add(new Piece.Bytes(offset, bytes));
      return;
    }
    // Units are aligned on the guest disk, so the first may be cut; the scan wants whole ones.
    long at = Math.min(length, Sizes.roundUp(offset, zeroUnit) - offset);
    if (at > 0) {
      MemorySegment head = bytes.asSlice(0, at);
      addRun(ZeroScan.isZero(head), offset, head);
    }
    while (at < length) {
      long zeros = ZeroScan.zeroRun(bytes.asSlice(at), zeroUnit);
      if (zeros > 0) {
        addRun(true, offset + at, bytes.asSlice(at, zeros));
        at += zeros;
      }
      long data = ZeroScan.dataRun(bytes.asSlice(at), zeroUnit);
      if (data > 0) {
        addRun(false, offset + at, bytes.asSlice(at, data));
        at += data;
      }
    }
  }

  private void addRun(boolean zeros, long offset, MemorySegment bytes) {
    add(zeros ? new Piece.Zero(offset, bytes.byteSize()) : new Piece.Bytes(offset, bytes));
  }

  private void takeBlock(int index, long offset, long length) throws IOException {
    MemorySegment block = bufferAt(offset, unit);
    Extent extent = segment.extents().get(index);
    if (length < unit) {
      block.asSlice(length).fill((byte) 0);
    }
    MemorySegment stream = null;
    Encoding encoding = null;
    if (extent instanceof Extent.Encoded whole
        && whole.offset() == offset
        && whole.decodedLength() == unit
        && whole.skip() == 0
        && whole.length() >= length
        && adopts.contains(whole.encoding())) {
      encoding = whole.encoding();
      stream = decode(whole, block);
      if (stream != null && length < unit) {
        // What the guest cannot see need not be zero in the source; the stream is then not ours to
        // keep.
        if (!ZeroScan.isZero(block.asSlice(length))) {
          stream = null;
          block.asSlice(length).fill((byte) 0);
        }
      }
    } else {
      readRange(index, offset, block.asSlice(0, length));
    }
    if (options.sparseBytes() != 0 && ZeroScan.isZero(block)) {
      add(new Piece.Zero(offset, length));
      return;
    }
    BlockEncoder blocks = encoder.get();
    MemorySegment target = storedSpace(blocks.maxStoredLength());
    int count =
        stream != null
            ? blocks.adopt(offset, encoding, stream, block, target)
            : blocks.encode(offset, block, target);
    if (count == BlockEncoder.STORE_PLAIN) {
      add(new Piece.Bytes(offset, block.asSlice(0, length)));
    } else {
      storedUsed += Sizes.roundUp(count, 8);
      add(new Piece.Encoded(offset, length, target.asSlice(0, count)));
    }
  }

  /**
   * Decodes a whole unit; null when it is damaged and to be salvaged, {@code block} then being
   * zero.
   */
  private MemorySegment decode(Extent.Encoded whole, MemorySegment block) throws IOException {
    try {
      return reader.decode(whole, block);
    } catch (IOException e) {
      salvage(whole.offset(), block, e);
      return null;
    }
  }

  private void readRange(int index, long offset, MemorySegment target) throws IOException {
    long end = offset + target.byteSize();
    long at = offset;
    for (int i = index; at < end; i++) {
      Extent extent = segment.extents().get(i);
      long stop = Math.min(extent.end(), end);
      Extent part = extent.slice(at, stop - at);
      readPart(part, target.asSlice(at - offset, stop - at));
      at = stop;
    }
  }

  private void readPart(Extent part, MemorySegment target) throws IOException {
    try {
      if (isAbsent(part)) {
        reader.read(source, part.offset(), target);
      } else {
        reader.read(part, target);
      }
    } catch (IOException e) {
      if (!options.salvage()
          || !(part instanceof Extent.Data data)
          || part.length() <= SALVAGE_UNIT) {
        salvage(part.offset(), target, e);
        return;
      }
      for (long at = 0; at < part.length(); at += SALVAGE_UNIT) {
        long count = Math.min(SALVAGE_UNIT, part.length() - at);
        readPart(data.slice(part.offset() + at, count), target.asSlice(at, count));
      }
    }
  }

  private void salvage(long offset, MemorySegment target, IOException reason) throws IOException {
    if (!options.salvage()) {
      throw reason;
    }
    progress.salvaged(offset, target.byteSize(), reason);
    target.fill((byte) 0);
  }

  private void add(Piece piece) {
    if (!pieces.isEmpty()) {
      Piece last = pieces.getLast();
      if (last instanceof Piece.Zero && piece instanceof Piece.Zero) {
        pieces.set(
            pieces.size() - 1, new Piece.Zero(last.offset(), last.length() + piece.length()));
        return;
      }
      if (last instanceof Piece.Bytes a
          && piece instanceof Piece.Bytes b
          && a.bytes().address() + a.length() == b.bytes().address()) {
        MemorySegment joined = bufferAt(a.offset(), a.length() + b.length());
        pieces.set(pieces.size() - 1, new Piece.Bytes(a.offset(), joined));
        return;
      }
    }
    pieces.add(piece);
  }

  /** The buffer's place for a guest range: as far into it as the range lies in the segment. */
  private MemorySegment bufferAt(long offset, long length) {
    if (buffer == null) {
      buffer = arena.allocate(bufferBytes, PAGE);
    }
    return buffer.asSlice(offset - segment.offset(), length);
  }

  private MemorySegment storedSpace(int length) {
    if (stored == null) {
      stored = arena.allocate((long) bufferBytes / unit * Sizes.roundUp(length, 8), PAGE);
    }
    return stored.asSlice(storedUsed, length);
  }

  @Override
  public void close() {
    encoder.ifPresent(BlockEncoder::close);
    reader.close();
    arena.close();
  }
}
