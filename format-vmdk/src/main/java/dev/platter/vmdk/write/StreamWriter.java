package dev.platter.vmdk.write;

import dev.platter.codec.Encoding;
import dev.platter.image.IllegalOptionException;
import dev.platter.image.Sizes;
import dev.platter.image.spi.BlockEncoder;
import dev.platter.image.spi.Chunk;
import dev.platter.image.spi.CreateRequest;
import dev.platter.image.spi.ImageWriter;
import dev.platter.image.spi.Piece;
import dev.platter.image.spi.Placement;
import dev.platter.storage.FileNames;
import dev.platter.storage.WritableStorage;
import dev.platter.vmdk.format.ExtentLine;
import dev.platter.vmdk.format.Faults;
import dev.platter.vmdk.format.FrontTables;
import dev.platter.vmdk.format.Marker;
import dev.platter.vmdk.format.SparseHeader;
import dev.platter.vmdk.format.SparseLayout;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Writes a stream-optimized disk from front to back: header, descriptor, then grains, each grain
 * table behind its grains, the grain directory, the footer and the end-of-stream marker. A file has
 * directory and tables before the grains, too, and its header points to those (see the package).
 */
final class StreamWriter implements ImageWriter {
  private static final int ZEROED = 1;

  /** Where the grains begin, sectors, as VMware's own files have it. */
  static final long OVERHEAD = 128;

  /** VMware's servers take no other version of a stream-optimized disk. */
  private static final int VERSION = 3;

  /** How many grains of zeros are laid out at a time, where they must be. */
  private static final long ZEROS_AT_ONCE = 1 << 11;

  private static final int MAX_TABLES = 1 << 24;

  private final WritableStorage storage;
  private final VmdkOptions options;
  private final SparseHeader header;
  private final byte[] descriptor;
  private final boolean sequential;
  private final Optional<FrontTables> front;
  private final boolean hasParent;
  private final int[] directory;
  private long nextSector;
  private int table;
  private MemorySegment entries;

  private StreamWriter(
      WritableStorage storage,
      VmdkOptions options,
      SparseHeader header,
      byte[] descriptor,
      boolean sequential,
      Optional<FrontTables> front,
      boolean hasParent,
      int tables) {
    this.storage = storage;
    this.options = options;
    this.header = header;
    this.descriptor = descriptor;
    this.sequential = sequential;
    this.front = front;
    this.hasParent = hasParent;
    this.directory = new int[tables];
    this.nextSector = header.overHeadSectors();
  }

  static StreamWriter begin(
      CreateRequest request, VmdkOptions options, Optional<DescriptorText.Parent> parent)
      throws IOException {
    WritableStorage storage = request.target().storage();
    boolean sequential = request.target().sequential();
    ExtentLine line = VmdkWriter.line(options, request.size(), VmdkWriter.fileName(request));
    byte[] descriptor =
        FileNames.bytes(
            DescriptorText.of(options, request.size(), List.of(line), parent, request.identity()));
    long descriptorSectors = VmdkWriter.descriptorSectors(descriptor.length);
    long grain = options.grainSize() / SparseHeader.SECTOR;
    long tables = Sizes.ceilDiv(Sizes.ceilDiv(line.sectors(), grain), SparseLayout.GTES_PER_GT);
    if (tables > MAX_TABLES) {
      throw new IllegalOptionException(
          "The disk is too large for grains of " + options.grainSize() + " bytes");
    }
    Optional<FrontTables> front =
        sequential ? Optional.empty() : FrontTables.begin(1 + descriptorSectors, tables);
    long headEnd = front.map(FrontTables::end).orElse(1 + descriptorSectors);
    int flags =
        SparseHeader.FLAG_NEWLINE_DETECTION
            | SparseHeader.FLAG_COMPRESSED
            | SparseHeader.FLAG_MARKERS;
    SparseHeader header =
        new SparseHeader(
            VERSION,
            options.zeroedGrain() ? flags | SparseHeader.FLAG_ZEROED_GRAIN : flags,
            line.sectors(),
            grain,
            1,
            descriptorSectors,
            SparseLayout.GTES_PER_GT,
            0,
            front.map(FrontTables::directory).orElse(SparseHeader.GD_AT_END),
            Sizes.roundUp(headEnd, OVERHEAD),
            false,
            SparseHeader.COMPRESSION_DEFLATE);
    StreamWriter writer =
        new StreamWriter(
            storage,
            options,
            header,
            descriptor,
            sequential,
            front,
            parent.isPresent(),
            (int) tables);
    if (sequential) {
      writer.writeHead();
    } else if (!storage.readsZeroWhereUnwritten()) {
      storage.zero(0, header.overHeadSectors() * SparseHeader.SECTOR);
    }
    if (front.isPresent()) {
      front.get().writeBlank(storage);
    }
    return writer;
  }

  private void writeHead() throws IOException {
    MemorySegment sector = MemorySegment.ofArray(new byte[SparseHeader.LENGTH]);
    header.writeTo(sector);
    MemorySegment text = MemorySegment.ofArray(descriptor);
    if (sequential) {
      storage.write(0, sector);
      storage.write(SparseHeader.SECTOR, text);
    } else {
      storage.write(SparseHeader.SECTOR, text);
      storage.write(0, sector);
    }
  }

  @Override
  public int blockSize() {
    return options.grainSize();
  }

  @Override
  public int granularity() {
    return options.grainSize();
  }

  @Override
  public long longestZeros() {
    return hasParent ? ZEROS_AT_ONCE * options.grainSize() : Long.MAX_VALUE;
  }

  @Override
  public Optional<BlockEncoder> newEncoder() {
    return Optional.of(new GrainEncoder(options.grainSize(), options.compressionLevel()));
  }

  @Override
  public Set<Encoding> adopts() {
    return Set.of(Encoding.ZLIB, Encoding.DEFLATE);
  }

  @Override
  public List<Placement> reserve(Chunk chunk) throws IOException {
    List<Placement> placements = new ArrayList<>(chunk.pieces().size() + 1);
    for (Piece piece : chunk.pieces()) {
      if (piece instanceof Piece.Encoded grain) {
        add(grain.offset(), grain.stored(), placements);
      } else if (piece.isData()) {
        throw new IllegalStateException("a stream-optimized disk holds compressed grains only");
      } else if (hasParent && piece instanceof Piece.Zero zero) {
        addZeros(zero, placements);
      }
    }
    return placements;
  }

  private void add(long offset, MemorySegment stored, List<Placement> placements)
      throws IOException {
    openTable(offset, placements);
    long sector = take(stored.byteSize());
    enter(offset, (int) sector);
    placements.add(new Placement.Write(storage, sector * SparseHeader.SECTOR, stored));
  }

  /** Over a parent zeros must be said: by an entry where readers know that, else by grains. */
  private void addZeros(Piece.Zero zero, List<Placement> placements) throws IOException {
    int grain = options.grainSize();
    byte[] model = options.zeroedGrain() ? null : grainOfZeros();
    for (long at = zero.offset(); at < zero.end(); at += grain) {
      if (model == null) {
        openTable(at, placements);
        enter(at, ZEROED);
      } else {
        MemorySegment stored = MemorySegment.ofArray(model.clone());
        Marker.writeSector(at / SparseHeader.SECTOR, stored);
        add(at, stored, placements);
      }
    }
  }

  /** A grain that holds zeros, as it is stored for the beginning of the disk. */
  private byte[] grainOfZeros() {
    try (BlockEncoder encoder = newEncoder().orElseThrow()) {
      MemorySegment zeros = MemorySegment.ofArray(new byte[options.grainSize()]);
      byte[] room = new byte[encoder.maxStoredLength()];
      return Arrays.copyOf(room, encoder.encode(0, zeros, MemorySegment.ofArray(room)));
    }
  }

  /** Makes sure that the table in memory is that of a guest offset; the one before it goes out. */
  private void openTable(long offset, List<Placement> placements) throws IOException {
    int number = (int) (offset / options.grainSize() / SparseLayout.GTES_PER_GT);
    if (number != table) {
      completeTable(placements);
      table = number;
    }
    if (entries == null) {
      entries = MemorySegment.ofArray(new byte[SparseLayout.TABLE_BYTES]);
    }
  }

  private void enter(long offset, int entry) {
    long slot = offset / options.grainSize() % SparseLayout.GTES_PER_GT;
    entries.set(SparseHeader.INT, slot * Integer.BYTES, entry);
  }

  private void completeTable(List<Placement> placements) throws IOException {
    if (entries != null) {
      MemorySegment bytes = withMarker(Marker.GRAIN_TABLE, entries);
      long sector = take(bytes.byteSize());
      directory[table] = (int) (sector + 1);
      placements.add(new Placement.Write(storage, sector * SparseHeader.SECTOR, bytes));
      if (front.isPresent()) {
        long place = front.get().sectorOf(table) * SparseHeader.SECTOR;
        placements.add(new Placement.Write(storage, place, entries));
      }
      entries = null;
    }
  }

  /** Metadata behind its marker, in whole sectors. */
  private static MemorySegment withMarker(int type, MemorySegment content) {
    long sectors = Sizes.ceilDiv(content.byteSize(), SparseHeader.SECTOR);
    MemorySegment bytes =
        MemorySegment.ofArray(new byte[Math.toIntExact((1 + sectors) * SparseHeader.SECTOR)]);
    Marker.metadata(type, sectors).writeTo(bytes);
    MemorySegment.copy(content, 0, bytes, SparseHeader.SECTOR, content.byteSize());
    return bytes;
  }

  /** The next sectors of the file. */
  private long take(long bytes) throws IOException {
    long sector = nextSector;
    nextSector += bytes / SparseHeader.SECTOR;
    if (nextSector > SparseLayout.MAX_SECTORS) {
      throw Faults.unsupported(storage.name(), "a stream-optimized disk holds at most 2 TiB");
    }
    return sector;
  }

  @Override
  public void finish() throws IOException {
    List<Placement> rest = new ArrayList<>();
    completeTable(rest);
    for (Placement placement : rest) {
      storage.write(placement.hostOffset(), ((Placement.Write) placement).bytes());
    }
    MemorySegment numbers = MemorySegment.ofArray(new byte[directory.length * Integer.BYTES]);
    for (int i = 0; i < directory.length; i++) {
      numbers.set(SparseHeader.INT, (long) i * Integer.BYTES, directory[i]);
    }
    long directorySector = append(withMarker(Marker.GRAIN_DIRECTORY, numbers)) + 1;
    MemorySegment footer = MemorySegment.ofArray(new byte[SparseHeader.LENGTH]);
    header.withGdOffset(directorySector).writeTo(footer);
    append(withMarker(Marker.FOOTER, footer));
    MemorySegment end = MemorySegment.ofArray(new byte[SparseHeader.SECTOR]);
    Marker.metadata(Marker.END_OF_STREAM, 0).writeTo(end);
    append(end);
    if (!sequential) {
      writeHead();
      long size = nextSector * SparseHeader.SECTOR;
      storage.truncate(size);
      if (storage.size() != size) {
        throw Faults.unsupported(
            storage.name(),
            "a stream-optimized disk ends where its file ends, and this one is larger");
      }
    }
  }

  private long append(MemorySegment bytes) throws IOException {
    long sector = take(bytes.byteSize());
    storage.write(sector * SparseHeader.SECTOR, bytes);
    return sector;
  }

  @Override
  public void close() {}
}
