package dev.platter.guest;

import dev.platter.guest.files.Budget;
import dev.platter.guest.files.Bytes;
import dev.platter.guest.files.DiskSource;
import dev.platter.image.BlockMap;
import dev.platter.image.CorruptImageException;
import dev.platter.image.Extent;
import dev.platter.image.Fault;
import dev.platter.storage.MemoryStorage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * What is to be written so that the backup of a GPT lies at the end of its disk again, after that
 * has become larger (UEFI specification 5.3.2). Only a table is moved of which both copies are
 * whole and agree, and only to where nothing else lies.
 */
public final class GptMove {
  /** What the specification sets aside for the list of partitions, however short it is. */
  private static final int LEAST_ENTRIES_BYTES = 1 << 14;

  private static final long MAX_READ = 16 << 20;
  private static final long MAX_STEPS = 1 << 16;
  private static final long LARGEST_MBR_SECTORS = 0xFFFF_FFFFL;

  private final DiskSource disk;
  private final int sectorSize;
  private final long size;
  private final long last;
  private final List<Patch> backup = new ArrayList<>();
  private final List<Patch> primary = new ArrayList<>();

  private GptMove(DiskSource disk, int sectorSize, long size) {
    this.disk = disk;
    this.sectorSize = sectorSize;
    this.size = size;
    this.last = size / sectorSize - 1;
  }

  /**
   * Bytes to be written.
   *
   * @param offset where on the disk
   * @param bytes whole sectors
   */
  public record Patch(long offset, MemorySegment bytes) {
    private long end() {
      return offset + bytes.byteSize();
    }
  }

  /**
   * Looks at a disk that is to become larger, or just has.
   *
   * @param map the disk as the guest sees it; stays the caller's and is not needed any more later
   * @param name what messages call the disk
   * @param size what it will have, bytes; no less than it has
   * @return empty if there is no GPT, or if its backup is at the end of a disk of that size
   * @throws CorruptImageException if there is one that cannot be moved: says why
   */
  public static Optional<GptMove> of(BlockMap map, String name, long size) throws IOException {
    try (DiskSource disk = new DiskSource(name, map, Budget.of(MAX_READ, MAX_STEPS))) {
      int found = 0;
      for (int sectorSize : PartitionTables.SECTOR_SIZES) {
        if (GptHeader.isAt(disk.readUpTo(sectorSize, GptHeader.LENGTH))) {
          if (found != 0) {
            throw Fault.on(name)
                .corrupt("there is a GPT for sectors of 512 bytes and one for 4096");
          }
          found = sectorSize;
        }
      }
      if (found == 0) {
        if (MasterBootRecord.read(disk).filter(MasterBootRecord::isProtective).isPresent()) {
          throw Fault.on(name).corrupt("the MBR protects a GPT, which is not there");
        }
        return Optional.empty();
      }
      GptMove move = new GptMove(disk, found, size);
      return move.plan() ? Optional.of(move) : Optional.empty();
    }
  }

  /** The new backup, to be on the medium before anything of {@link #primary} is written. */
  public List<Patch> backup() {
    return List.copyOf(backup);
  }

  /** The table in front, which tells of the new backup. */
  public List<Patch> primary() {
    return List.copyOf(primary);
  }

  /** All of it as a layer over the disk: of the disk's new size, and absent but for the patches. */
  public BlockMap layer() throws IOException {
    List<Patch> patches = new ArrayList<>(primary);
    patches.addAll(backup);
    MemoryStorage storage = new MemoryStorage("GPT");
    for (Patch patch : patches) {
      storage.write(patch.offset(), patch.bytes());
    }
    return new Layer(size, patches, storage);
  }

  private record Layer(long size, List<Patch> patches, MemoryStorage storage) implements BlockMap {
    @Override
    public int blockSize() {
      return MasterBootRecord.SECTOR;
    }

    @Override
    public Extent extentAt(long offset, long limit) {
      long next = limit;
      for (Patch patch : patches) {
        if (offset >= patch.offset() && offset < patch.end()) {
          return new Extent.Data(offset, Math.min(limit, patch.end()) - offset, storage, offset);
        }
        if (patch.offset() > offset) {
          next = Math.min(next, patch.offset());
        }
      }
      return new Extent.Absent(offset, next - offset);
    }
  }

  /** Answers whether there is anything to be done. */
  private boolean plan() throws IOException {
    Bytes header = disk.readUpTo(sectorSize, sectorSize);
    GptHeader front = GptHeader.parse(header, 1);
    Bytes entries = PartitionTables.entries(disk, front, sectorSize);
    if (front.backup() == last) {
      return false;
    }
    GptHeader back = agreeing(front, header);
    long reserved =
        Math.ceilDiv(Math.max(LEAST_ENTRIES_BYTES, front.entriesBytes()), (long) sectorSize);
    long entriesAt = last - reserved;
    requireRoom(front, entries, entriesAt);
    requireFree(back, entriesAt);

    ByteBuffer tail = buffer((reserved + 1) * sectorSize);
    tail.put(0, entries.array());
    ByteBuffer copy = tail.slice((int) (reserved * sectorSize), sectorSize).order(tail.order());
    copy.put(0, header.array(0, GptHeader.lengthOf(header)));
    GptHeader.putPlaces(copy, last, 1, entriesAt);
    copy.putLong(GptHeader.LAST_USABLE, entriesAt - 1);
    GptHeader.seal(copy);
    backup.add(new Patch(entriesAt * sectorSize, MemorySegment.ofBuffer(tail)));

    ByteBuffer first = buffer(sectorSize);
    first.put(0, header.array());
    GptHeader.putPlaces(first, 1, last, front.entriesAt());
    first.putLong(GptHeader.LAST_USABLE, entriesAt - 1);
    GptHeader.seal(first);
    primary.add(new Patch(sectorSize, MemorySegment.ofBuffer(first)));
    protectAll(front.backup());
    return true;
  }

  private static ByteBuffer buffer(long length) {
    return ByteBuffer.allocate((int) length).order(ByteOrder.LITTLE_ENDIAN);
  }

  private GptHeader agreeing(GptHeader front, Bytes header) throws IOException {
    header.require(
        front.backup() > front.entriesAt() && front.backup() < last,
        "the GPT's backup is at sector "
            + front.backup()
            + " of a disk that will end with "
            + last);
    Bytes copy = disk.readUpTo(front.backup() * sectorSize, sectorSize);
    GptHeader back = GptHeader.parse(copy, front.backup());
    PartitionTables.entries(disk, back, sectorSize);
    copy.require(
        back.backup() == 1 && GptHeader.sameTable(header, copy),
        "the two copies of the GPT do not agree");
    return back;
  }

  private void requireRoom(GptHeader front, Bytes entries, long entriesAt) throws IOException {
    long used = front.entriesAt() + Math.ceilDiv(front.entriesBytes(), (long) sectorSize);
    for (int i = 0; i < front.entryCount(); i++) {
      GptEntry entry = GptEntry.parse(entries.slice(i * front.entryLength(), GptEntry.LENGTH));
      if (entry.isUsed()) {
        entries.require(
            entry.first() >= 0 && entry.last() >= entry.first(),
            "partition " + (i + 1) + " of the GPT has no possible place");
        used = Math.max(used, entry.last() + 1);
      }
    }
    entries.require(
        used <= entriesAt,
        "the GPT's backup would begin at sector "
            + entriesAt
            + ", but what is in use ends with "
            + (used - 1));
  }

  /** What is not the old backup must be empty where the new one will lie. */
  private void requireFree(GptHeader back, long entriesAt) throws IOException {
    long oldEnd = back.entriesAt() + Math.ceilDiv(back.entriesBytes(), (long) sectorSize);
    for (long sector = entriesAt; sector <= last && sector * sectorSize < disk.size(); sector++) {
      boolean isOld = sector == back.itself() || (sector >= back.entriesAt() && sector < oldEnd);
      if (!isOld) {
        Bytes bytes = disk.readUpTo(sector * sectorSize, sectorSize);
        bytes.require(
            Arrays.equals(bytes.array(), new byte[bytes.length()]),
            "something lies where the GPT's backup would be");
      }
    }
  }

  /** Lets the entry of the MBR that covered all of the disk cover all of it again. */
  private void protectAll(long oldLast) throws IOException {
    Optional<MasterBootRecord> mbr = MasterBootRecord.read(disk);
    if (mbr.isEmpty()) {
      return;
    }
    ByteBuffer sector = buffer(MasterBootRecord.SECTOR);
    sector.put(0, disk.read(0, MasterBootRecord.SECTOR).array());
    for (int i = 0; i < MbrEntry.COUNT; i++) {
      MbrEntry entry = mbr.get().entries().get(i);
      boolean coversAll = !mbr.get().isHybrid() || entry.sectors() == oldLast;
      if (entry.type() == MbrEntry.PROTECTIVE && entry.firstSector() == 1 && coversAll) {
        int at = MbrEntry.TABLE + i * MbrEntry.LENGTH + MbrEntry.SECTORS;
        sector.putInt(at, (int) Math.min(last, LARGEST_MBR_SECTORS));
      }
    }
    primary.add(new Patch(0, MemorySegment.ofBuffer(sector)));
  }
}
