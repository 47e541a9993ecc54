package dev.platter.vmdk.read;

import static dev.platter.vmdk.format.Faults.corrupt;

import dev.platter.codec.Encoding;
import dev.platter.image.CorruptImageException;
import dev.platter.image.Extent;
import dev.platter.image.Limits;
import dev.platter.image.OutOfOrderException;
import dev.platter.image.Sizes;
import dev.platter.image.disk.GuestReader;
import dev.platter.image.spi.ImageFormat;
import dev.platter.image.spi.SequentialImage;
import dev.platter.storage.SegmentStorage;
import dev.platter.storage.StreamSource;
import dev.platter.storage.ZeroScan;
import dev.platter.vmdk.format.Descriptor;
import dev.platter.vmdk.format.ExtentLine;
import dev.platter.vmdk.format.Faults;
import dev.platter.vmdk.format.FrontTables;
import dev.platter.vmdk.format.Marker;
import dev.platter.vmdk.format.SparseHeader;
import dev.platter.vmdk.format.SparseLayout;
import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/**
 * Reads a stream-optimized disk from front to back, marker by marker. Tables and footer come behind
 * the grains: they are compared with what was read, so that the disk is the same as when it is read
 * by its tables.
 */
public final class StreamReader implements SequentialImage {
  private final StreamSource source;
  private final SparseHeader header;
  private final GuestReader reader = new GuestReader();
  private final byte[] sector = new byte[SparseHeader.SECTOR];
  private final int grainSize;
  private final long size;

  /** The table that the grains read last belong to: where each of them was, in sectors. */
  private int[] places;

  private long table = -1;

  /** Where the tables were, in sectors: by number, and those that list no grain. */
  private final Map<Long, Integer> tables = new HashMap<>();

  private final Set<Integer> emptyTables = new HashSet<>();

  /** The tables in front, and digests of those and of those that follow the grains. */
  private final Optional<FrontTables> front;

  private final MessageDigest inFront = sha256();
  private final MessageDigest behind = sha256();
  private boolean started;
  private boolean ended;

  /** The guest offset of what comes next, of the grain at hand, and how much of that is left. */
  private long at;

  private long grain = -1;
  private MemorySegment decoded = MemorySegment.NULL;

  private StreamReader(StreamSource source, SparseHeader header) {
    this.source = source;
    this.header = header;
    this.front = FrontTables.of(header);
    this.grainSize = header.grainSize();
    this.size = header.capacitySectors() * SparseHeader.SECTOR;
  }

  /**
   * Opens a disk.
   *
   * @return empty if it is of another kind, has a parent or parts in other files, or has its tables
   *     at the beginning as a file has that ends without them
   */
  public static Optional<SequentialImage> open(StreamSource source, long maxSize)
      throws IOException {
    MemorySegment head = source.head(ImageFormat.HEAD_BYTES);
    if (head.byteSize() < SparseHeader.LENGTH
        || head.get(SparseHeader.INT, 0) != SparseHeader.MAGIC) {
      return Optional.empty();
    }
    SparseHeader header = SparseHeader.parse(head.asSlice(0, SparseHeader.LENGTH), source.name());
    boolean isStream =
        header.compressed()
            && (header.flags() & SparseHeader.FLAG_MARKERS) != 0
            && (header.gdOffsetSectors() == SparseHeader.GD_AT_END
                || FrontTables.of(header).isPresent())
            && header.capacitySectors() > 0
            && header.capacitySectors() <= maxSize / SparseHeader.SECTOR
            && header.overHeadSectors() > 0;
    return isStream && isWhole(header, head, source.name())
        ? Optional.of(new StreamReader(source, header))
        : Optional.empty();
  }

  /** Whether the disk is this one file, by its descriptor, which must be in sight. */
  private static boolean isWhole(SparseHeader header, MemorySegment head, String name)
      throws IOException {
    long sectors = head.byteSize() / SparseHeader.SECTOR;
    long offset = header.descriptorOffsetSectors();
    long length = header.descriptorSizeSectors();
    if (offset < 1 || length < 1 || offset > sectors || length > sectors - offset) {
      return false;
    }
    Descriptor descriptor =
        Descriptor.read(
            new SegmentStorage(name, head),
            offset * SparseHeader.SECTOR,
            length * SparseHeader.SECTOR,
            Limits.DEFAULT);
    return descriptor.parentCid() == Descriptor.CID_NOPARENT
        && descriptor.extents().size() == 1
        && descriptor.extents().getFirst().type() == ExtentLine.Type.SPARSE;
  }

  @Override
  public OptionalLong size() {
    return OptionalLong.of(size);
  }

  @Override
  public Optional<Extent> next(MemorySegment buffer) throws IOException {
    if (at == size) {
      readToEnd();
      return Optional.empty();
    }
    if (decoded.byteSize() == 0 && !ended) {
      readGrain();
    }
    long stop = ended && decoded.byteSize() == 0 ? size : grain;
    if (at < stop) {
      Extent gap = new Extent.Absent(at, stop - at);
      at = stop;
      return Optional.of(gap);
    }
    long count = Math.min(buffer.byteSize(), Math.min(decoded.byteSize(), size - at));
    MemorySegment.copy(decoded, 0, buffer, 0, count);
    Extent data =
        new Extent.Data(at, count, new SegmentStorage(source.name(), buffer.asSlice(0, count)), 0);
    at += count;
    grain = at;
    decoded = at == size ? MemorySegment.NULL : decoded.asSlice(count);
    return Optional.of(data);
  }

  /** Reads up to the next grain, and that; or up to the end of the stream. */
  private void readGrain() throws IOException {
    while (!ended) {
      Marker marker = nextMarker();
      if (marker.size() != 0) {
        readGrain(marker);
        return;
      }
      readMetadata(marker);
    }
  }

  private Marker nextMarker() throws IOException {
    if (!started) {
      if (front.isPresent()) {
        readFront(front.get());
      }
      skip(header.overHeadSectors() - source.position() / SparseHeader.SECTOR);
      started = true;
    }
    readFully(MemorySegment.ofArray(sector));
    return Marker.parse(MemorySegment.ofArray(sector));
  }

  private void readFront(FrontTables tables) throws IOException {
    skip(tables.directory());
    MemorySegment part = MemorySegment.ofArray(new byte[SparseHeader.SECTOR]);
    for (long number = 0; number < tables.count(); number++) {
      long within = number * Integer.BYTES % SparseHeader.SECTOR;
      if (within == 0) {
        readFully(part);
      }
      if (part.get(SparseHeader.INT, within) != (int) tables.sectorOf(number)) {
        throw unusual("the tables in front are in no order");
      }
    }
    byte[] bytes = new byte[(int) tables.tableSectors() * SparseHeader.SECTOR];
    for (long number = 0; number < tables.count(); number++) {
      skip(1);
      readFully(MemorySegment.ofArray(bytes));
      if (!ZeroScan.isZero(MemorySegment.ofArray(bytes))) {
        update(inFront, number, bytes);
      }
    }
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  private static void update(MessageDigest digest, long number, byte[] bytes) {
    digest.update(ByteBuffer.allocate(Long.BYTES).putLong(0, number));
    digest.update(bytes);
  }

  /** Who writes into the file later changes the tables in front, and adds grains behind the end. */
  private void compareTables() throws IOException {
    if (front.isPresent() && !MessageDigest.isEqual(inFront.digest(), behind.digest())) {
      throw unusual("the tables in front are not those that follow the grains");
    }
  }

  private void readGrain(Marker marker) throws IOException {
    long place = source.position() - SparseHeader.SECTOR;
    long first = marker.value();
    int length = marker.size();
    if (length < 0 || length > 2L * grainSize + SparseHeader.SECTOR) {
      throw corrupt(
          source.name(),
          "the marker at %s says %s bytes, which is no length of a grain"
              .formatted(Faults.hex(place), Integer.toUnsignedString(length)));
    }
    if (first < 0 || first >= header.capacitySectors() || first % header.grainSizeSectors() != 0) {
      throw corrupt(
          source.name(),
          "the marker at %s is for sector %s of %d"
              .formatted(
                  Faults.hex(place), Long.toUnsignedString(first), header.capacitySectors()));
    }
    long offset = first * SparseHeader.SECTOR;
    if (offset < at || ended) {
      throw new OutOfOrderException(
          "vmdk %s: the grain at %s comes after later ones"
              .formatted(source.name(), Faults.hex(place)));
    }
    remember(first / header.grainSizeSectors());
    int stored = (int) Sizes.roundUp(Marker.GRAIN_LENGTH + length, SparseHeader.SECTOR);
    byte[] bytes = Arrays.copyOf(sector, stored);
    readFully(MemorySegment.ofArray(bytes).asSlice(SparseHeader.SECTOR));
    decode(offset, place, bytes, length);
    grain = offset;
  }

  /** The disk's last grain may be whole, or only what the disk has of it. */
  private void decode(long offset, long place, byte[] bytes, int length) throws IOException {
    SegmentStorage storage =
        new SegmentStorage(
            source.name() + " at " + Faults.hex(place), MemorySegment.ofArray(bytes));
    int rest = (int) Math.min(grainSize, size - offset);
    try {
      decoded = decode(storage, offset, length, grainSize);
    } catch (CorruptImageException e) {
      if (rest == grainSize) {
        throw e;
      }
      decoded = decode(storage, offset, length, rest);
    }
  }

  private MemorySegment decode(SegmentStorage storage, long offset, int length, int decodedLength)
      throws IOException {
    MemorySegment target = MemorySegment.ofArray(new byte[decodedLength]);
    reader.decode(
        new Extent.Encoded(
            offset,
            decodedLength,
            Encoding.ZLIB,
            storage,
            Marker.GRAIN_LENGTH,
            length,
            decodedLength,
            0),
        target);
    return target;
  }

  private void remember(long number) throws IOException {
    if (number / header.numGtesPerGt() != table) {
      forgetTable();
      table = number / header.numGtesPerGt();
      places = new int[header.numGtesPerGt()];
    }
    places[(int) (number % header.numGtesPerGt())] = sectorAtHand() - 1;
  }

  /** A table whose grains have passed must have come before the grains of another one. */
  private void forgetTable() throws OutOfOrderException {
    if (places != null) {
      throw unusual("the grain table of grains read does not follow them");
    }
  }

  private void readMetadata(Marker marker) throws IOException {
    switch (marker.type()) {
      case Marker.GRAIN_TABLE -> readTable(marker.value());
      case Marker.GRAIN_DIRECTORY -> readDirectory(marker.value());
      case Marker.FOOTER -> readFooter(marker.value());
      case Marker.END_OF_STREAM -> {
        forgetTable();
        compareTables();
        ended = true;
      }
      default ->
          throw corrupt(
              source.name(),
              "a marker of type %s at %s"
                  .formatted(
                      Integer.toUnsignedString(marker.type()),
                      Faults.hex(source.position() - SparseHeader.SECTOR)));
    }
  }

  private void readTable(long sectors) throws IOException {
    long length = (long) header.numGtesPerGt() * Integer.BYTES;
    if (sectors != Sizes.ceilDiv(length, SparseHeader.SECTOR)) {
      throw unusual("a grain table of " + Long.toUnsignedString(sectors) + " sectors");
    }
    int place = sectorAtHand();
    byte[] content = new byte[(int) (sectors * SparseHeader.SECTOR)];
    MemorySegment bytes = MemorySegment.ofArray(content);
    readFully(bytes);
    boolean zeroed = (header.flags() & SparseHeader.FLAG_ZEROED_GRAIN) != 0;
    for (int i = 0; i < header.numGtesPerGt(); i++) {
      int entry = bytes.get(SparseHeader.INT, (long) i * Integer.BYTES);
      int found = zeroed && entry == 1 ? 0 : entry;
      if (found != (places == null ? 0 : places[i])) {
        throw unusual("a grain table lists other grains than those before it");
      }
    }
    if (places == null) {
      emptyTables.add(place);
    } else {
      tables.put(table, place);
      update(behind, table, content);
    }
    places = null;
    table = -1;
  }

  /** The sector that comes next. */
  private int sectorAtHand() throws IOException {
    long sectors = source.position() / SparseHeader.SECTOR;
    if (sectors > SparseLayout.MAX_SECTORS) {
      throw corrupt(source.name(), "the file goes on after 2 TiB");
    }
    return (int) sectors;
  }

  /** The directory must lead to the tables that were read, and to no others. */
  private void readDirectory(long sectors) throws IOException {
    long grains = Sizes.ceilDiv(header.capacitySectors(), header.grainSizeSectors());
    long count = Sizes.ceilDiv(grains, header.numGtesPerGt());
    if (sectors != Sizes.ceilDiv(count * Integer.BYTES, SparseHeader.SECTOR)) {
      throw unusual("a grain directory of " + Long.toUnsignedString(sectors) + " sectors");
    }
    MemorySegment part = MemorySegment.ofArray(new byte[SparseHeader.SECTOR]);
    for (long number = 0; number < count; number++) {
      long within = number * Integer.BYTES % SparseHeader.SECTOR;
      if (within == 0) {
        readFully(part);
      }
      int entry = part.get(SparseHeader.INT, within);
      Integer expected = tables.get(number);
      boolean fits =
          expected == null ? entry == 0 || emptyTables.contains(entry) : entry == expected;
      if (!fits) {
        throw unusual("the directory lists other tables than those before it");
      }
    }
  }

  /** The footer is the header once more, with the place of the directory. */
  private void readFooter(long sectors) throws IOException {
    if (sectors != 1) {
      throw unusual("a footer of " + Long.toUnsignedString(sectors) + " sectors");
    }
    readFully(MemorySegment.ofArray(sector));
    SparseHeader footer = SparseHeader.parse(MemorySegment.ofArray(sector), source.name());
    if (!footer.withGdOffset(header.gdOffsetSectors()).equals(header)) {
      throw unusual("header and footer differ");
    }
  }

  /** What follows the last grain: tables, footer and the mark of the end, then nothing. */
  private void readToEnd() throws IOException {
    while (!ended) {
      Marker marker = nextMarker();
      if (marker.size() != 0) {
        throw unusual("a grain comes after the disk's last one");
      }
      readMetadata(marker);
    }
    source.drain();
  }

  /** The disk is left to those who read it by its tables. */
  private OutOfOrderException unusual(String what) {
    return new OutOfOrderException("vmdk " + source.name() + ": " + what);
  }

  private void skip(long sectors) throws IOException {
    if (sectors < 0 || sectors > Long.MAX_VALUE / SparseHeader.SECTOR) {
      throw corrupt(source.name(), "a part of " + Long.toUnsignedString(sectors) + " sectors");
    }
    byte[] part = new byte[1 << 16];
    for (long left = sectors * SparseHeader.SECTOR; left > 0; ) {
      long count = Math.min(left, part.length);
      readFully(MemorySegment.ofArray(part).asSlice(0, count));
      left -= count;
    }
  }

  private void readFully(MemorySegment target) throws IOException {
    if (source.read(target) < target.byteSize()) {
      if (front.isPresent()) {
        throw unusual(
            "it ends at %s, before its end mark".formatted(Faults.hex(source.position())));
      }
      throw new EOFException(
          "vmdk %s: the stream ends at %s, before its end mark"
              .formatted(source.name(), Faults.hex(source.position())));
    }
  }

  @Override
  public void close() {
    reader.close();
  }
}
