package dev.platter.vhdx;

import static dev.platter.vhdx.Guid.INT;
import static dev.platter.vhdx.Guid.LONG;

import dev.platter.image.CorruptImageException;
import dev.platter.image.Fault;
import dev.platter.image.Limits;
import dev.platter.storage.Storage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The log (2.3): a ring of entries, of which those of the active sequence are to be played back.
 * Entries that are torn or of another log are as if they were not there.
 */
final class Log {
  /** How much may be read while looking for the active sequence, in lengths of the log. */
  private static final int MAX_PASSES = 4;

  private static final int PART = 1 << 16;

  private final Storage storage;
  private final VhdxHeader header;
  private final long length;
  private final Map<Long, Optional<LogEntry>> seen = new HashMap<>();
  private long left;

  private Log(Storage storage, VhdxHeader header) {
    this.storage = storage;
    this.header = header;
    this.length = header.logLength();
    this.left = length * MAX_PASSES;
  }

  /** An entry and where in the log it begins. */
  private record Placed(long position, LogEntry entry) {}

  /**
   * The file as it is once its log is played back; the file itself when there is nothing to play.
   *
   * @throws CorruptImageException if the log counts and has no active sequence
   */
  static Storage replay(Storage storage, VhdxHeader header, Limits limits) throws IOException {
    if (!header.hasLog()) {
      return storage;
    }
    check(storage, header, limits);
    Log log = new Log(storage, header);
    return log.play(log.activeSequence());
  }

  /**
   * Makes sure that there is room for a log where the header says.
   *
   * @throws CorruptImageException if there is not
   */
  static void check(Storage storage, VhdxHeader header, Limits limits) throws IOException {
    long offset = header.logOffset();
    long length = header.logLength();
    if (header.logVersion() != 0) {
      throw corrupt(storage, "log version " + header.logVersion() + ", expected 0");
    }
    if (offset < BatEntry.MIB
        || offset % BatEntry.MIB != 0
        || length == 0
        || length % BatEntry.MIB != 0
        || offset > storage.size() - length) {
      throw corrupt(
          storage, "the log lies outside the file: " + hex(length) + " bytes at " + hex(offset));
    }
    if (length > limits.maxTableBytes()) {
      throw corrupt(
          storage,
          "the log is too large to be played back: "
              + length
              + " bytes, allowed are "
              + limits.maxTableBytes());
    }
  }

  /** 2.3.3: of all runs of entries that are sequences, the one with the highest number. */
  private List<Placed> activeSequence() throws IOException {
    List<Placed> best = List.of();
    long tail = 0;
    while (tail < length) {
      List<Placed> run = runAt(tail);
      if (run.isEmpty()) {
        tail += LogEntry.SECTOR;
        continue;
      }
      Placed head = run.getLast();
      int first = indexOf(run, head.entry().tail());
      boolean better =
          best.isEmpty()
              || Long.compareUnsigned(
                      head.entry().sequenceNumber(), best.getLast().entry().sequenceNumber())
                  > 0;
      if (first >= 0 && better) {
        best = run.subList(first, run.size());
      }
      long next = (head.position() + head.entry().length()) % length;
      if (next <= tail) {
        break;
      }
      tail = next;
    }
    if (best.isEmpty()) {
      throw corrupt(storage, "the log has no valid entry to play back, but says that it has");
    }
    return best;
  }

  /** The entries from there on whose numbers follow each other. */
  private List<Placed> runAt(long start) throws IOException {
    List<Placed> run = new ArrayList<>();
    long position = start;
    long total = 0;
    while (total < length) {
      Optional<LogEntry> entry = entryAt(position);
      if (entry.isEmpty()) {
        break;
      }
      total += entry.get().length();
      boolean follows =
          run.isEmpty()
              || entry.get().sequenceNumber() == run.getLast().entry().sequenceNumber() + 1;
      if (!follows || total > length) {
        break;
      }
      run.add(new Placed(position, entry.get()));
      position = (position + entry.get().length()) % length;
    }
    return run;
  }

  private static int indexOf(List<Placed> run, long position) {
    for (int i = run.size() - 1; i >= 0; i--) {
      if (run.get(i).position() == position) {
        return i;
      }
    }
    return -1;
  }

  private Optional<LogEntry> entryAt(long position) throws IOException {
    Optional<LogEntry> known = seen.get(position);
    if (known == null) {
      known = readEntry(position);
      seen.put(position, known);
    }
    return known;
  }

  private Optional<LogEntry> readEntry(long position) throws IOException {
    MemorySegment bytes = read(position, LogEntry.HEADER_LENGTH);
    if (!LogEntry.hasSignature(bytes)) {
      return Optional.empty();
    }
    LogEntry entry = LogEntry.parse(bytes);
    boolean plausible =
        entry.length() > 0
            && entry.length() % LogEntry.SECTOR == 0
            && entry.length() <= length
            && entry.tail() < length
            && entry.tail() % LogEntry.SECTOR == 0
            && entry.sequenceNumber() != 0
            && entry.logId().equals(header.logId())
            && entry.descriptorsLength() <= entry.length();
    return plausible && hasRightChecksum(position, entry) && isWhole(position, entry)
        ? Optional.of(entry)
        : Optional.empty();
  }

  private boolean hasRightChecksum(long position, LogEntry entry) throws IOException {
    left -= entry.length();
    if (left < 0) {
      throw corrupt(storage, "the entries of the log overlap");
    }
    Crc crc = new Crc();
    for (long at = 0; at < entry.length(); at += PART) {
      crc.update(read(position + at, (int) Math.min(PART, entry.length() - at)));
    }
    return crc.value() == entry.checksum();
  }

  /** Whether all descriptors and data sectors are of this entry. */
  private boolean isWhole(long position, LogEntry entry) throws IOException {
    long sector = entry.descriptorsLength();
    for (long i = 0; i < entry.descriptors(); i++) {
      MemorySegment descriptor = descriptor(position, i);
      int signature = descriptor.get(INT, 0);
      if (descriptor.get(LONG, 24) != entry.sequenceNumber()
          || descriptor.get(LONG, 16) % LogEntry.SECTOR != 0) {
        return false;
      }
      if (signature == LogEntry.DATA_DESCRIPTOR) {
        if (sector >= entry.length() || !isOf(entry, read(position + sector, LogEntry.SECTOR))) {
          return false;
        }
        sector += LogEntry.SECTOR;
      } else if (signature != LogEntry.ZERO_DESCRIPTOR
          || descriptor.get(LONG, 8) % LogEntry.SECTOR != 0) {
        return false;
      }
    }
    return sector == entry.length();
  }

  private static boolean isOf(LogEntry entry, MemorySegment sector) {
    long number =
        Integer.toUnsignedLong(sector.get(INT, 4)) << 32
            | Integer.toUnsignedLong(sector.get(INT, LogEntry.SECTOR - Integer.BYTES));
    return sector.get(INT, 0) == LogEntry.DATA_SECTOR && number == entry.sequenceNumber();
  }

  private MemorySegment descriptor(long position, long number) throws IOException {
    return read(
        position + LogEntry.HEADER_LENGTH + number * LogEntry.DESCRIPTOR_LENGTH,
        LogEntry.DESCRIPTOR_LENGTH);
  }

  private ReplayedStorage play(List<Placed> sequence) throws IOException {
    LogEntry head = sequence.getLast().entry();
    long fileSize = storage.size();
    if (Long.compareUnsigned(head.flushedFileOffset(), fileSize) > 0) {
      throw corrupt(
          storage,
          "the file is cut: "
              + hex(fileSize)
              + " bytes, expected "
              + hex(head.flushedFileOffset())
              + " as its log says");
    }
    if (head.lastFileOffset() < 0) {
      throw corrupt(
          storage, "the log extends the file to " + hex(head.lastFileOffset()) + " bytes");
    }
    ReplayedStorage replayed =
        new ReplayedStorage(storage, Math.max(fileSize, head.lastFileOffset()));
    for (Placed placed : sequence) {
      long sector = placed.position() + placed.entry().descriptorsLength();
      for (long i = 0; i < placed.entry().descriptors(); i++) {
        MemorySegment descriptor = descriptor(placed.position(), i);
        boolean isData = descriptor.get(INT, 0) == LogEntry.DATA_DESCRIPTOR;
        long offset = descriptor.get(LONG, 16);
        long count = isData ? LogEntry.SECTOR : descriptor.get(LONG, 8);
        checkGoal(offset, count, replayed.size());
        if (isData) {
          replayed.putData(
              offset,
              header.logOffset() + sector % length,
              descriptor.get(LONG, 8),
              descriptor.get(INT, 4));
          sector += LogEntry.SECTOR;
        } else if (count > 0) {
          replayed.putZeros(offset, count);
        }
      }
    }
    return replayed;
  }

  /** The log never writes to the headers, nor to itself. */
  private void checkGoal(long offset, long count, long size) throws CorruptImageException {
    long logEnd = header.logOffset() + length;
    if (offset < RegionTable.OFFSETS[0]
        || count < 0
        || offset > size - count
        || (offset < logEnd && offset + count > header.logOffset())) {
      throw corrupt(
          storage, "the log writes where it must not: " + count + " bytes at " + hex(offset));
    }
  }

  /** Bytes of the log, which goes on at its start where it ends. */
  private MemorySegment read(long position, int count) throws IOException {
    MemorySegment bytes = MemorySegment.ofArray(new byte[count]);
    long from = position % length;
    long first = Math.min(count, length - from);
    storage.readFully(header.logOffset() + from, bytes.asSlice(0, first));
    if (first < count) {
      storage.readFully(header.logOffset(), bytes.asSlice(first));
    }
    return bytes;
  }

  private static String hex(long number) {
    return "0x" + Long.toHexString(number);
  }

  private static CorruptImageException corrupt(Storage storage, String message) {
    return Fault.in("vhdx", storage.name()).corrupt(message);
  }
}
