package dev.platter.qcow2.write;

import dev.platter.codec.Codecs;
import dev.platter.codec.Encoding;
import dev.platter.image.Fault;
import dev.platter.image.FormatOptions;
import dev.platter.image.IllegalOptionException;
import dev.platter.image.Reference;
import dev.platter.image.UnsupportedFeatureException;
import dev.platter.image.spi.BlockEncoder;
import dev.platter.image.spi.Chunk;
import dev.platter.image.spi.CreateRequest;
import dev.platter.image.spi.ImageWriter;
import dev.platter.image.spi.Piece;
import dev.platter.image.spi.Placement;
import dev.platter.qcow2.write.Qcow2Options.Preallocation;
import dev.platter.storage.WritableStorage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Writes a new qcow2 image. The file grows at its end only: places for the header, the refcount
 * table and the L1 table, as QEMU lays them out, then clusters, compressed clusters and L2 tables
 * in guest order, refcount blocks between them. The L1 table comes last where the size of the disk
 * is not known before. Tables are written once they are complete, and the header at last.
 */
public final class Qcow2Writer implements ImageWriter {
  private static final long NOWHERE = -1;

  /** How many zeros are written in one go where space is to be filled. */
  private static final int ZEROS = 1 << 20;

  /** How many L2 tables of zeros, or clusters, are laid out at a time. */
  private static final int TABLES_AT_ONCE = 1 << 10;

  private static final int CLUSTERS_AT_ONCE = 1 << 14;

  private final Qcow2Options options;
  private Geometry geometry;
  private final HeaderCluster header;
  private final WritableStorage storage;
  private final WritableStorage dataStorage;
  private final HostSpace host;
  private long l1Offset;
  private final ClusterMapping mapping;
  private final boolean compress;
  private final Optional<NewEncryption> encryption;

  /** Whether something may show through where this image holds nothing. */
  private final boolean parent;

  /**
   * The end of the disk as the caller counts it; the header's size is rounded up to sectors.
   * Further away than any disk reaches as long as it is not known.
   */
  private long diskEnd;

  private long position;
  private MemorySegment zeros;

  private Qcow2Writer(
      CreateRequest request,
      Qcow2Options options,
      Geometry geometry,
      HeaderCluster header,
      Optional<NewEncryption> encryption)
      throws IOException {
    this.options = options;
    this.encryption = encryption;
    this.geometry = geometry;
    this.header = header;
    this.compress = request.compress();
    this.parent = request.backing().isPresent();
    boolean known = request.size() != CreateRequest.UNKNOWN_SIZE;
    this.diskEnd = known ? request.size() : Long.MAX_VALUE;
    storage = request.target().storage();
    dataStorage = options.dataFile().isPresent() ? dataFile(request) : storage;
    host = new HostSpace(geometry, storage);
    if (encryption.isPresent()) {
      encryption.get().place(host, geometry.clusterSize());
    }
    l1Offset = known ? placeL1() : NOWHERE;
    mapping = mapping();
  }

  /** Checks the request as a whole, then makes the writer for it. */
  public static Qcow2Writer create(CreateRequest request) throws IOException {
    Qcow2Options options = Qcow2Options.parse(request.options());
    boolean preallocated = options.preallocation() != Preallocation.OFF;
    if (request.backing().isPresent()) {
      if (preallocated && !options.extendedL2()) {
        throw new IllegalOptionException(
            "Backing file and preallocation can only be used at the same time if extended_l2 is on");
      }
      if (options.dataFileRaw()) {
        throw new IllegalOptionException(
            "Backing file and data-file-raw cannot be used at the same time");
      }
    }
    if (request.compress() && preallocated) {
      throw new IllegalOptionException(
          "Compression and preallocation not supported at the same time");
    }
    if (request.compress() && options.dataFile().isPresent()) {
      throw new IllegalOptionException("Compression and data file not supported at the same time");
    }
    if (request.compress() && options.compression() == Encoding.ZSTD) {
      requireZstd(request.target().storage().name());
    }
    boolean known = request.size() != CreateRequest.UNKNOWN_SIZE;
    if (!known && !takesSizeLast(options)) {
      throw new IllegalOptionException(
          "Preallocation and raw data files need the size of the disk beforehand");
    }
    Geometry geometry = Geometry.of(known ? request.size() : 0, options);
    Optional<NewEncryption> encryption = NewEncryption.of(request, options);
    HeaderCluster header = new HeaderCluster(options, request.backing(), encryption);
    return new Qcow2Writer(request, options, geometry, header, encryption);
  }

  /** Whether an image with these options may be told its size last. */
  public static boolean takesSizeLast(FormatOptions options) throws IllegalOptionException {
    return takesSizeLast(Qcow2Options.parse(options)) && !NewEncryption.isWanted(options);
  }

  /** Whether the places of clusters do not depend on how many there will be. */
  private static boolean takesSizeLast(Qcow2Options options) {
    return options.preallocation() == Preallocation.OFF && !options.dataFileRaw();
  }

  @Override
  public void endAt(long size) throws IOException {
    if (diskEnd != Long.MAX_VALUE || size < position) {
      throw new IllegalStateException("the disk ends at " + size + " and " + diskEnd);
    }
    geometry = Geometry.of(size, options);
    diskEnd = size;
  }

  @Override
  public int blockSize() {
    return geometry.clusterSize();
  }

  @Override
  public int granularity() {
    return geometry.subclusterSize();
  }

  @Override
  public boolean encrypts() {
    return encryption.isPresent();
  }

  @Override
  public boolean sparseData() {
    return encryption.isEmpty()
        && dataStorage.readsZeroWhereUnwritten()
        && options.preallocation() != Preallocation.FULL;
  }

  @Override
  public long longestZeros() {
    if (mapping.placesAll() || !parent) {
      return longestAbsent();
    }
    long clusters =
        options.version() < 3 ? CLUSTERS_AT_ONCE : (long) TABLES_AT_ONCE * geometry.l2Entries();
    return clusters << geometry.clusterBits();
  }

  @Override
  public long longestAbsent() {
    boolean filled = options.preallocation() == Preallocation.FULL;
    return filled ? (long) TABLES_AT_ONCE * ZEROS : Long.MAX_VALUE;
  }

  /** Encoders are made by workers, when it is too late to refuse. */
  private static void requireZstd(String name) throws UnsupportedFeatureException {
    try {
      Codecs.loadZstd();
    } catch (IllegalStateException e) {
      throw Fault.in("qcow2", name).unsupported(e.getMessage(), e);
    }
  }

  @Override
  public Optional<BlockEncoder> newEncoder() {
    return compress ? Optional.of(new ClusterEncoder(options)) : Optional.empty();
  }

  @Override
  public Set<Encoding> adopts() {
    if (!compress) {
      return Set.of();
    }
    // A zlib stream, as VMDK's grains are, holds a deflate stream.
    return options.compression() == Encoding.DEFLATE
        ? Set.of(Encoding.DEFLATE, Encoding.ZLIB)
        : Set.of(options.compression());
  }

  @Override
  public List<Placement> reserve(Chunk chunk) throws IOException {
    long end = chunk.offset() + chunk.length();
    if (chunk.offset() != position
        || end > diskEnd
        || (end < diskEnd && end % geometry.clusterSize() != 0)) {
      throw new IllegalArgumentException(
          "chunk from " + chunk.offset() + " to " + end + ", expected from " + position);
    }
    PlacementList placements = new PlacementList(encryption);
    List<Piece> pieces = chunk.pieces();
    int index = 0;
    while (position < end) {
      while (pieces.get(index).end() <= position) {
        index++;
      }
      mapping.advance(cluster(position), placements);
      Piece piece = pieces.get(index);
      long wholeEnd =
          piece.end() == diskEnd ? diskEnd : piece.end() & -(long) geometry.clusterSize();
      if (wholeEnd > position && holdsNothing(piece)) {
        fill(position, wholeEnd - position, placements);
        position = wholeEnd;
      } else if (wholeEnd > position && piece instanceof Piece.Zero && options.version() >= 3) {
        mapping.zeroRun(
            cluster(position),
            Math.ceilDiv(wholeEnd - position, geometry.clusterSize()),
            placements);
        fill(position, wholeEnd - position, placements);
        position = wholeEnd;
      } else if (piece instanceof Piece.Encoded encoded) {
        reserveEncoded(encoded, placements);
        position = encoded.end();
      } else {
        reserveCluster(pieces, index, placements);
        position = Math.min(position + geometry.clusterSize(), end);
      }
    }
    mapping.advance(Math.ceilDiv(end, geometry.clusterSize()), placements);
    return placements.finish();
  }

  @Override
  public void finish() throws IOException {
    if (position != diskEnd) {
      throw new IllegalStateException(
          storage.name() + ": finished at " + position + ", the disk ends at " + diskEnd);
    }
    mapping.finish(this::carryOut);
    if (dataStorage != storage) {
      extend(dataStorage, placesEnd());
    } else if (mapping.placesAll() && geometry.size() > 0) {
      long last = geometry.clusters() - 1;
      long rest = placesEnd() - (last << geometry.clusterBits());
      extend(storage, mapping.place(last) + rest);
    }
    if (l1Offset == NOWHERE) {
      l1Offset = placeL1();
    }
    HostSpace.Refcounts refcounts = host.finish();
    long l1Length = geometry.l1Entries() * Long.BYTES;
    if (encryption.isPresent()) {
      encryption.get().finish(storage);
    }
    mapping.l1().writeTo(storage, l1Offset, l1Length);
    extend(storage, l1Offset + l1Length);
    MemorySegment bytes = header.compose(geometry, l1Offset, refcounts);
    if (!storage.readsZeroWhereUnwritten()) {
      storage.zero(bytes.byteSize(), geometry.clusterSize() - bytes.byteSize());
    }
    storage.write(0, bytes);
  }

  @Override
  public void close() throws IOException {
    encryption.ifPresent(held -> held.cipher().close());
  }

  private WritableStorage dataFile(CreateRequest request) throws IOException {
    return request
        .target()
        .outside(
            new Reference(
                Reference.Kind.DATA_FILE, options.dataFile().orElseThrow(), storage.name()));
  }

  private ClusterMapping mapping() throws IOException {
    boolean external = dataStorage != storage;
    if (takesSizeLast(options)) {
      return new SparseMapping(geometry, host, external);
    }
    boolean reserved =
        options.preallocation() == Preallocation.FALLOC
            || options.preallocation() == Preallocation.FULL;
    LinearMapping linear =
        external
            ? LinearMapping.outside(geometry, host, options.dataFileRaw())
            : LinearMapping.inside(geometry, host, reserved);
    if (options.preallocation() == Preallocation.FALLOC) {
      dataStorage.allocate(linear.place(0), placesEnd());
    }
    return linear;
  }

  /** A disk of no bytes has no L1 table. */
  private long placeL1() throws IOException {
    long clusters = Math.ceilDiv(geometry.l1Entries() * Long.BYTES, geometry.clusterSize());
    return clusters == 0 ? 0 : host.allocate(clusters);
  }

  private long cluster(long offset) {
    return offset >> geometry.clusterBits();
  }

  private boolean holdsNothing(Piece piece) {
    return piece instanceof Piece.Absent || (piece instanceof Piece.Zero && !parent);
  }

  private void reserveEncoded(Piece.Encoded piece, PlacementList placements) throws IOException {
    int length = Math.toIntExact(piece.stored().byteSize());
    if (!compress || piece.offset() != position || length < 1 || length >= blockSize()) {
      throw new IllegalArgumentException("no compressed cluster of this image: " + piece);
    }
    long hostOffset = host.pack(length);
    mapping.compressed(cluster(position), hostOffset, length);
    placements.add(new Placement.Write(storage, hostOffset, piece.stored()));
  }

  /** One cluster that holds data, or different things in its parts. */
  private void reserveCluster(List<Piece> pieces, int first, PlacementList placements)
      throws IOException {
    long begin = position;
    long end = Math.min(begin + geometry.clusterSize(), diskEnd);
    int data = 0;
    int zero = 0;
    int absent = 0;
    for (int i = first; i < pieces.size() && pieces.get(i).offset() < end; i++) {
      Piece piece = pieces.get(i);
      int units =
          units(Math.max(piece.offset(), begin) - begin, Math.min(piece.end(), end) - begin);
      if (piece.isData()) {
        data |= units;
      } else if (holdsNothing(piece)) {
        absent |= units;
      } else if (options.version() >= 3) {
        zero |= units;
      } else {
        // Version 2 cannot say that a cluster reads as zeros: over a parent it must hold them.
        data |= units;
      }
    }
    if (parent && ((data | zero) & absent) != 0) {
      throw new IllegalArgumentException(
          "the parent's bytes show inside a unit of " + granularity() + " bytes at " + begin);
    }
    zero &= ~data;
    if (data == 0) {
      if (zero != 0) {
        mapping.zero(cluster(begin), zero);
      }
      fill(begin, end - begin, placements);
      return;
    }
    long hostOffset = mapping.place(cluster(begin));
    mapping.data(cluster(begin), hostOffset, data, zero);
    for (int i = first; i < pieces.size() && pieces.get(i).offset() < end; i++) {
      Piece piece = pieces.get(i);
      long from = Math.max(piece.offset(), begin);
      long length = Math.min(piece.end(), end) - from;
      if (piece.isData()) {
        placements.addData(dataStorage, hostOffset + (from - begin), piece, from, length);
      } else {
        clear(from, hostOffset + (from - begin), length, placements);
      }
    }
    if (end == diskEnd) {
      clear(end, hostOffset + (end - begin), placesEnd() - end, placements);
    }
  }

  /** One bit for each subcluster that a part of a cluster touches. */
  private int units(long from, long to) {
    int first = (int) (from / geometry.subclusterSize());
    int last = (int) ((to - 1) / geometry.subclusterSize());
    return (int) ((2L << last) - (1L << first));
  }

  /** Whole clusters without data: where they have places nevertheless, those must read as zeros. */
  private void fill(long offset, long length, PlacementList placements) throws IOException {
    if (mapping.placesAll()) {
      long end = offset + length == diskEnd ? placesEnd() : offset + length;
      for (long at = offset; at < end; ) {
        long run = mapping.together(cluster(at)) << geometry.clusterBits();
        long part = Math.min(end - at, run);
        clear(at, mapping.place(cluster(at)), part, placements);
        at += part;
      }
    }
  }

  /** Where the disk's places end: with the last unit that has a state of its own. */
  private long placesEnd() {
    boolean outside = dataStorage != storage;
    if (outside && takesSizeLast(options)) {
      return geometry.size();
    }
    boolean reserved = !outside && options.preallocation() != Preallocation.METADATA;
    int unit = reserved ? geometry.clusterSize() : geometry.subclusterSize();
    return (geometry.size() + unit - 1) & -(long) unit;
  }

  /** Makes a part of the data read as zeros. */
  private void clear(long offset, long hostOffset, long length, PlacementList placements) {
    if (length <= 0) {
      return;
    }
    if (encryption.isPresent()) {
      Placement zero = new Placement.Zero(dataStorage, hostOffset, length);
      placements.add(encryption.get().encrypted(zero, offset));
      return;
    }
    if (options.preallocation() == Preallocation.FULL) {
      if (zeros == null) {
        zeros = MemorySegment.ofArray(new byte[ZEROS]).asReadOnly();
      }
      for (long done = 0; done < length; done += ZEROS) {
        MemorySegment part = zeros.asSlice(0, Math.min(ZEROS, length - done));
        placements.add(new Placement.Write(dataStorage, hostOffset + done, part));
      }
    } else if (!dataStorage.readsZeroWhereUnwritten()) {
      placements.add(new Placement.Zero(dataStorage, hostOffset, length));
    }
  }

  private void carryOut(Placement placement) throws IOException {
    if (placement instanceof Placement.Write write) {
      write.storage().write(write.hostOffset(), write.bytes());
    } else if (placement instanceof Placement.Zero zero) {
      zero.storage().zero(zero.hostOffset(), zero.length());
    } else {
      throw new IllegalStateException("a table to copy: " + placement);
    }
  }

  private static void extend(WritableStorage storage, long size) throws IOException {
    if (storage.size() < size) {
      storage.truncate(size);
    }
  }
}
