package dev.platter.vmdk.format;

import static dev.platter.vmdk.format.Faults.corrupt;

import dev.platter.image.Limits;
import dev.platter.storage.Storage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What the file that a user names says of the disk: a descriptor, a sparse extent with a descriptor
 * in it, or a sparse extent alone.
 *
 * @param descriptor absent in an extent alone
 * @param header of a hosted sparse extent, after its footer
 * @param lines the extents of the disk, in guest order
 * @param self which of them is this file itself; -1: none
 * @param grainSize of this file itself, bytes
 */
public record DiskFile(
    Optional<Descriptor> descriptor,
    Optional<SparseHeader> header,
    List<ExtentLine> lines,
    int self,
    OptionalInt grainSize) {
  public DiskFile {
    lines = List.copyOf(lines);
  }

  public static DiskFile read(Storage storage, Limits limits) throws IOException {
    String name = storage.name();
    MemorySegment head = MemorySegment.ofArray(new byte[CowdHeader.LENGTH]);
    head = head.asSlice(0, storage.read(0, head));
    long magic = head.byteSize() < Long.BYTES ? 0 : head.get(SparseHeader.LONG, 0);
    if ((int) magic == SparseHeader.MAGIC) {
      return hosted(storage, Footer.effective(storage, SparseHeader.parse(head, name)), limits);
    }
    if ((int) magic == CowdHeader.MAGIC) {
      CowdHeader header = CowdHeader.parse(head, name);
      return alone(name, ExtentLine.Type.VMFSSPARSE, header.numSectors(), header.grainSize());
    }
    if (magic == SeSparseHeader.MAGIC) {
      SeSparseHeader header = SeSparseHeader.parse(head, name);
      return alone(
          name, ExtentLine.Type.SESPARSE, header.capacitySectors(), SeSparseHeader.GRAIN_SIZE);
    }
    if (!looksLikeDescriptor(head)) {
      throw corrupt(name, "there is neither a sparse extent header nor a descriptor");
    }
    return outside(Descriptor.read(storage, 0, storage.size(), limits), Optional.empty(), name);
  }

  /** Whether a file with this beginning may be a descriptor. */
  public static boolean looksLikeDescriptor(MemorySegment head) {
    byte[] bytes = new byte[(int) Math.min(head.byteSize(), 4096)];
    MemorySegment.copy(head, 0, MemorySegment.ofArray(bytes), 0, bytes.length);
    return Descriptor.looksLikeOne(new String(bytes, StandardCharsets.ISO_8859_1));
  }

  private static DiskFile hosted(Storage storage, SparseHeader header, Limits limits)
      throws IOException {
    String name = storage.name();
    long sectors = Math.ceilDiv(storage.size(), SparseHeader.SECTOR);
    if (header.overHeadSectors() < 0 || header.overHeadSectors() > sectors) {
      throw corrupt(
          name,
          "the header and the tables take %s sectors, the file has %d: it was cut off"
              .formatted(Long.toUnsignedString(header.overHeadSectors()), sectors));
    }
    Optional<Descriptor> descriptor = embedded(storage, header, limits);
    if (descriptor.isEmpty()) {
      return new DiskFile(
          descriptor,
          Optional.of(header),
          List.of(itself(name, ExtentLine.Type.SPARSE, header.capacitySectors())),
          0,
          OptionalInt.of(header.grainSize()));
    }
    if (header.capacitySectors() == 0 && !descriptor.get().extents().isEmpty()) {
      return outside(descriptor.get(), Optional.of(header), name);
    }
    List<ExtentLine> lines = new ArrayList<>(descriptor.get().extents());
    int self = selfAmong(lines, name);
    long capacity = header.capacitySectors();
    if (self < 0) {
      throw corrupt(name, "the descriptor inside names no sparse extent");
    }
    ExtentLine line = lines.get(self);
    if (Math.abs(line.sectors() - capacity) >= header.grainSizeSectors()) {
      throw corrupt(
          name, "the descriptor says " + line.sectors() + " sectors, the header " + capacity);
    }
    if (lines.size() == 1) {
      lines.set(0, new ExtentLine(line.access(), capacity, line.type(), line.fileName(), 0));
    }
    return new DiskFile(
        descriptor, Optional.of(header), lines, self, OptionalInt.of(header.grainSize()));
  }

  private static Optional<Descriptor> embedded(Storage storage, SparseHeader header, Limits limits)
      throws IOException {
    long offset = header.descriptorOffsetSectors();
    long length = header.descriptorSizeSectors();
    if (offset == 0 || length == 0) {
      return Optional.empty();
    }
    long sectors = storage.size() / SparseHeader.SECTOR;
    if (offset < 1 || length < 0 || offset > sectors || length > sectors - offset) {
      throw corrupt(
          storage.name(),
          "the descriptor at sector "
              + Long.toUnsignedString(offset)
              + " with "
              + Long.toUnsignedString(length)
              + " sectors does not lie in the file ("
              + sectors
              + " sectors)");
    }
    return Optional.of(
        Descriptor.read(
            storage, offset * SparseHeader.SECTOR, length * SparseHeader.SECTOR, limits));
  }

  /**
   * Which extent the file itself is: the one that has its name, else, because files are renamed,
   * the first sparse one.
   */
  private static int selfAmong(List<ExtentLine> lines, String name) {
    String own = name.substring(name.lastIndexOf('/') + 1);
    int first = -1;
    for (int i = lines.size() - 1; i >= 0; i--) {
      if (lines.get(i).type().isSparse()) {
        if (lines.get(i).path().orElseThrow().equals(own)) {
          return i;
        }
        first = i;
      }
    }
    return first;
  }

  private static DiskFile outside(Descriptor descriptor, Optional<SparseHeader> header, String name)
      throws IOException {
    if (descriptor.extents().isEmpty()) {
      throw corrupt(name, "the descriptor names no extent");
    }
    return new DiskFile(
        Optional.of(descriptor), header, descriptor.extents(), -1, OptionalInt.empty());
  }

  private static DiskFile alone(String name, ExtentLine.Type type, long sectors, int grainSize) {
    return new DiskFile(
        Optional.empty(),
        Optional.empty(),
        List.of(itself(name, type, sectors)),
        0,
        OptionalInt.of(grainSize));
  }

  private static ExtentLine itself(String name, ExtentLine.Type type, long sectors) {
    return new ExtentLine(
        ExtentLine.Access.RW, sectors, type, Optional.of(name.isEmpty() ? "-" : name), 0);
  }
}
