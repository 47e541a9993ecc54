package dev.platter.vmdk.read;

import dev.platter.image.Reference;
import dev.platter.image.spi.OpenRequest;
import dev.platter.storage.Storage;
import dev.platter.vmdk.format.CowdHeader;
import dev.platter.vmdk.format.ExtentLine;
import dev.platter.vmdk.format.Faults;
import dev.platter.vmdk.format.Footer;
import dev.platter.vmdk.format.SeSparseHeader;
import dev.platter.vmdk.format.SparseHeader;
import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * One extent of a disk, opened when it is first asked for: a disk may have thousands of files, and
 * a caller may want little of it. Opens its own file under the reference policy, and closes it.
 */
public final class ExtentSource implements Closeable {
  private final long start;
  private final ExtentLine line;
  private final Optional<Storage> self;
  private final String from;
  private final OpenRequest request;
  private Storage opened;
  private ExtentMap map;

  /**
   * @param self the storage of the image itself, where the extent lies in there
   * @param from the name of the descriptor, for messages
   */
  public ExtentSource(
      long start, ExtentLine line, Optional<Storage> self, String from, OpenRequest request) {
    this.start = start;
    this.line = line;
    this.self = self;
    this.from = from;
    this.request = request;
  }

  long start() {
    return start;
  }

  /** Whether it lies in the image's own file. */
  boolean isSelf() {
    return self.isPresent();
  }

  /**
   * The unit of allocation, as far as it can be told without an outside file that was not asked for
   * yet.
   */
  synchronized int blockSize() {
    return map == null ? 1 : map.blockSize();
  }

  public synchronized ExtentMap map() throws IOException {
    if (map == null) {
      map = open();
    }
    return map;
  }

  /**
   * The bytes of a grain, by the first bytes of its file, which is closed again where nobody reads
   * it yet; empty where there are no grains, or the file cannot tell.
   */
  synchronized OptionalInt grainSize() {
    if (!line.type().isSparse() || line.access() == ExtentLine.Access.NOACCESS) {
      return OptionalInt.empty();
    }
    try {
      if (self.isPresent() || opened != null) {
        return OptionalInt.of(grainSize(self.orElse(opened)));
      }
      try (Storage storage = openOutside()) {
        return OptionalInt.of(grainSize(storage));
      }
    } catch (IOException e) {
      return OptionalInt.empty(); // whoever reads the disk is told
    }
  }

  private static int grainSize(Storage storage) throws IOException {
    MemorySegment head = head(storage);
    long magic = magic(head);
    if ((int) magic == CowdHeader.MAGIC) {
      return CowdHeader.parse(head, storage.name()).grainSize();
    }
    return magic == SeSparseHeader.MAGIC
        ? SeSparseHeader.GRAIN_SIZE
        : SparseHeader.parse(head, storage.name()).grainSize();
  }

  private static MemorySegment head(Storage storage) throws IOException {
    MemorySegment head = MemorySegment.ofArray(new byte[CowdHeader.LENGTH]);
    return head.asSlice(0, storage.read(0, head));
  }

  private static long magic(MemorySegment head) {
    return head.byteSize() < Long.BYTES ? 0 : head.get(SparseHeader.LONG, 0);
  }

  private ExtentMap open() throws IOException {
    if (line.type() == ExtentLine.Type.ZERO || line.access() == ExtentLine.Access.NOACCESS) {
      return new ExtentMap.Zeros(start, line.length());
    }
    Storage storage = self.isPresent() ? self.get() : outside();
    if (line.type().isFlat()) {
      return new ExtentMap.Flat(
          start, line.length(), storage, line.offsetSectors() * SparseHeader.SECTOR);
    }
    return sparse(storage);
  }

  private Storage outside() throws IOException {
    if (opened == null) {
      opened = openOutside();
    }
    return opened;
  }

  private Storage openOutside() throws IOException {
    return request
        .outside()
        .open(new Reference(Reference.Kind.EXTENT, line.path().orElseThrow(), from));
  }

  /** What kind of sparse extent it is, its own first bytes say. */
  private ExtentMap sparse(Storage storage) throws IOException {
    MemorySegment head = head(storage);
    long magic = magic(head);
    GrainTables tables;
    long capacity;
    boolean compressed = false;
    boolean markers = false;
    if ((int) magic == CowdHeader.MAGIC) {
      CowdHeader header = CowdHeader.parse(head, storage.name());
      capacity = header.numSectors();
      check(storage, capacity);
      tables = SparseTables.cowd(storage, header, request.limits());
    } else if (magic == SeSparseHeader.MAGIC) {
      SeSparseHeader header = SeSparseHeader.parse(head, storage.name());
      capacity = header.capacitySectors();
      check(storage, capacity);
      tables = new SeSparseTables(storage, header, request.limits());
    } else {
      SparseHeader header = Footer.effective(storage, SparseHeader.parse(head, storage.name()));
      capacity = header.capacitySectors();
      check(storage, capacity);
      compressed = header.compressed();
      markers = header.hasMarkers();
      tables = SparseTables.hosted(storage, header, request.limits());
    }
    return new SparseExtentMap(start, line.length(), tables, compressed, markers);
  }

  /** The file must hold all that the descriptor says; a few sectors more fill its last grain. */
  private void check(Storage storage, long capacitySectors) throws IOException {
    if (line.sectors() > capacitySectors) {
      throw Faults.corrupt(
          storage.name(),
          "the descriptor says " + line.sectors() + " sectors, the extent has " + capacitySectors);
    }
  }

  @Override
  public synchronized void close() throws IOException {
    if (opened != null) {
      opened.close();
    }
  }
}
