package dev.platter.qcow2.edit;

import dev.platter.image.CorruptImageException;
import dev.platter.image.Fault;
import dev.platter.image.Limits;
import dev.platter.image.Snapshot;
import dev.platter.image.spi.Snapshots;
import dev.platter.image.support.Undo;
import dev.platter.qcow2.format.BitmapDirectory;
import dev.platter.qcow2.format.HeaderUpdate;
import dev.platter.qcow2.format.ImageHead;
import dev.platter.qcow2.format.Qcow2Header;
import dev.platter.qcow2.format.SnapshotEntry;
import dev.platter.qcow2.format.SnapshotTable;
import dev.platter.storage.FileNames;
import dev.platter.storage.WritableStorage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.time.Instant;
import java.util.Arrays;

/**
 * Takes, applies and deletes internal snapshots ("Snapshots"). L1 tables, L2 tables whose flags
 * change, the snapshot table and all refcounts are written anew and count at once, by the header.
 */
public final class Qcow2Snapshots implements Snapshots {
  /** The longest name that QEMU keeps, bytes; it cuts what is longer. */
  private static final int MAX_NAME = 255;

  private final WritableStorage storage;
  private final Limits limits;

  public Qcow2Snapshots(WritableStorage storage, Limits limits) {
    this.storage = storage;
    this.limits = limits;
  }

  @Override
  public void create(String name, Instant date) throws IOException {
    byte[] stored = FileNames.bytes(name);
    stored = Arrays.copyOf(stored, Math.min(stored.length, MAX_NAME));
    Operation operation = begin();
    if (operation.table.entries().size() >= ImageHead.MAX_SNAPSHOTS) {
      throw Fault.in("qcow2", storage.name())
          .unsupported("it has " + ImageHead.MAX_SNAPSHOTS + " snapshots already");
    }
    operation.create(stored, date);
  }

  @Override
  public void apply(Snapshot snapshot) throws IOException {
    Operation operation = begin();
    if (BitmapDirectory.read(storage, operation.head).isPresent()) {
      throw Fault.UNPLACED.unsupported("Device has active dirty bitmaps");
    }
    operation.apply(operation.indexOf(snapshot));
  }

  @Override
  public void delete(Snapshot snapshot) throws IOException {
    Operation operation = begin();
    operation.delete(operation.indexOf(snapshot));
  }

  private Operation begin() throws IOException {
    ImageChange change = ImageChange.begin(storage, limits);
    if (change.head().header().hasDataFile()) {
      throw Fault.in("qcow2", storage.name())
          .unsupported("snapshots of a disk whose data are in another file");
    }
    return new Operation(change, limits);
  }

  /** One change of the snapshots. */
  private static final class Operation {
    private final ImageChange change;
    private final Limits limits;
    private final ImageHead head;
    private final Qcow2Header header;
    private final SnapshotTable table;

    Operation(ImageChange change, Limits limits) throws IOException {
      this.change = change;
      this.limits = limits;
      this.head = change.head();
      this.header = head.header();
      this.table = SnapshotTable.read(change.storage(), head);
    }

    int indexOf(Snapshot snapshot) throws CorruptImageException {
      for (int i = 0; i < table.entries().size(); i++) {
        if (table.entries().get(i).describe(header.size()).equals(snapshot)) {
          return i;
        }
      }
      throw head.corrupt("there is no snapshot " + snapshot.id() + " (" + snapshot.name() + ")");
    }

    void create(byte[] name, Instant date) throws IOException {
      Undo.ifFails(
          () -> {
            DiskTree active = active();
            DiskTree kept = active();
            kept.refer();
            active.setFlags(kept);
            long l1 = change.put(kept.bytes());
            byte[] id = FileNames.bytes(Long.toString(nextId()));
            MemorySegment entry = SnapshotEntry.compose(header, l1, date, id, name);
            HeaderUpdate update = new HeaderUpdate(change.storage());
            putTable(update, append(stored(), entry), table.entries().size() + 1);
            commit(active, update);
          },
          change::undo);
      Undo.orLeak(change::release);
    }

    void apply(int index) throws IOException {
      SnapshotEntry entry = table.entries().get(index);
      long size = entry.diskSize().orElse(header.size());
      long needed = head.l1EntriesFor(size);
      requireSize(entry, size, needed);
      Undo.ifFails(
          () -> {
            DiskTree before = active();
            DiskTree now = treeOf(entry);
            now.setEntries((int) Math.max(needed, now.entries()));
            now.refer();
            before.letGo();
            now.setFlags(null);
            commit(now, new HeaderUpdate(change.storage()).size(size));
          },
          change::undo);
      Undo.orLeak(() -> {
        change.release();
        Shortening.run(change, limits);
      });
    }

    private void requireSize(SnapshotEntry entry, long size, long needed)
        throws CorruptImageException {
      if (size < 0
          || size > limits.maxVirtualSize()
          || needed * Long.BYTES > ImageHead.MAX_L1_BYTES
          || Integer.compareUnsigned(entry.l1Size(), (int) needed) < 0) {
        throw head.corrupt(
            "the L1 table of snapshot "
                + entry.id()
                + " has "
                + Integer.toUnsignedString(entry.l1Size())
                + " entries, its disk "
                + Long.toUnsignedString(size)
                + " bytes");
      }
    }

    void delete(int index) throws IOException {
      SnapshotEntry entry = table.entries().get(index);
      Undo.ifFails(
          () -> {
            treeOf(entry).letGo();
            long l1Bytes = Integer.toUnsignedLong(entry.l1Size()) * Long.BYTES;
            change.giveUp(entry.l1TableOffset(), l1Bytes);
            DiskTree active = active();
            active.setFlags(null);
            HeaderUpdate update = new HeaderUpdate(change.storage());
            putTable(update, without(stored(), index), table.entries().size() - 1);
            commit(active, update);
          },
          change::undo);
      Undo.orLeak(() -> {
        change.release();
        Shortening.run(change, limits);
      });
    }

    private DiskTree active() throws IOException {
      return DiskTree.read(change, header.l1TableOffset(), header.l1Size());
    }

    private DiskTree treeOf(SnapshotEntry entry) throws IOException {
      if (Integer.compareUnsigned(entry.l1Size(), (int) (ImageHead.MAX_L1_BYTES / Long.BYTES))
          > 0) {
        throw head.corrupt("the L1 table of snapshot " + entry.id() + " is too large");
      }
      return DiskTree.read(change, entry.l1TableOffset(), entry.l1Size());
    }

    private void commit(DiskTree active, HeaderUpdate update) throws IOException {
      long place = change.put(active.bytes());
      change.giveUp(header.l1TableOffset(), (long) header.l1Size() * Long.BYTES);
      change.planRefcounts();
      change.commit(update.l1Table(place, active.entries()));
    }

    /** The snapshot table as it is in the file, every entry with all its padding. */
    private MemorySegment stored() throws IOException {
      MemorySegment bytes = MemorySegment.ofArray(new byte[(int) table.length()]);
      change.storage().read(header.snapshotsOffset(), bytes);
      return bytes;
    }

    private MemorySegment append(MemorySegment stored, MemorySegment entry) {
      MemorySegment bytes =
          MemorySegment.ofArray(new byte[(int) (stored.byteSize() + entry.byteSize())]);
      bytes.copyFrom(stored);
      bytes.asSlice(stored.byteSize()).copyFrom(entry);
      return bytes;
    }

    private MemorySegment without(MemorySegment stored, int index) {
      long from = 0;
      for (SnapshotEntry before : table.entries().subList(0, index)) {
        from += before.storedLength();
      }
      long length = table.entries().get(index).storedLength();
      MemorySegment bytes = MemorySegment.ofArray(new byte[(int) (stored.byteSize() - length)]);
      MemorySegment.copy(stored, 0, bytes, 0, from);
      MemorySegment.copy(stored, from + length, bytes, from, bytes.byteSize() - from);
      return bytes;
    }

    private void putTable(HeaderUpdate update, MemorySegment bytes, int count) throws IOException {
      if (bytes.byteSize() > SnapshotTable.MAX_LENGTH) {
        throw Fault.in("qcow2", head.name()).unsupported("the list of snapshots is full");
      }
      change.giveUp(header.snapshotsOffset(), table.length());
      update.snapshots(count == 0 ? 0 : change.put(bytes), count);
    }

    /** One more than the highest number that a snapshot is identified by. */
    private long nextId() {
      long highest = 0;
      for (SnapshotEntry entry : table.entries()) {
        highest = Math.max(highest, leadingNumber(entry.id()));
      }
      return highest + 1;
    }

    private static long leadingNumber(String id) {
      long number = 0;
      for (int i = 0; i < Math.min(id.length(), 18); i++) {
        if (id.charAt(i) < '0' || id.charAt(i) > '9') {
          break;
        }
        number = number * 10 + id.charAt(i) - '0';
      }
      return number;
    }
  }
}
