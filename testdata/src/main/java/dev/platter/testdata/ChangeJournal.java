package dev.platter.testdata;

import dev.platter.storage.ForwardingStorage;
import dev.platter.storage.MemoryStorage;
import dev.platter.storage.Storage;
import dev.platter.storage.WritableStorage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * Notes every change to one or more files, and tells what their media may hold had the power failed
 * in between: of what came after a file's last sync any part may be lost, down to sectors. Small
 * windows are gone through in full. Storages may be used by any number of threads.
 */
public final class ChangeJournal {
  private static final int SECTOR = 512;

  /** Up to how many changes that may be lost all of their subsets are tried. */
  private static final int WINDOW = 7;

  private static final int TRIES_BEYOND = 48;
  private static final int TORN_TRIES = 4;

  private final Map<String, MemoryStorage> before = new LinkedHashMap<>();
  private final List<Change> changes = new ArrayList<>();

  /** One change of one file; a sync has no effect. */
  private record Change(String file, Effect effect) {
    boolean isSync() {
      return effect == null;
    }
  }

  private interface Effect {
    /**
     * @param torn null: all of it happens; else each sector with an even chance
     */
    void on(MemoryStorage medium, Random torn) throws IOException;
  }

  /** What the media of a power cut are shown to. */
  @FunctionalInterface
  public interface Survivor {
    /**
     * @param cut the number of changes before the power failed
     * @param media for each file a storage of its own
     */
    void survive(int cut, Map<String, MemoryStorage> media) throws IOException;
  }

  /** A file whose changes are noted. */
  public WritableStorage open(String name, byte[] content) {
    before.put(name, MemoryStorage.of(name, content));
    return new Recorded(MemoryStorage.of(name, content));
  }

  /** How many changes there were so far, syncs among them. */
  public synchronized int size() {
    return changes.size();
  }

  /** Lets the power fail after each change, and everything be lost that may be. */
  public void cutEverywhere(long seed, Survivor survivor) throws IOException {
    Random random = new Random(seed);
    Map<String, MemoryStorage> safe = copy(before);
    List<Change> pending = new ArrayList<>();
    survivor.survive(0, copy(safe));
    for (int cut = 1; cut <= changes.size(); cut++) {
      Change last = changes.get(cut - 1);
      if (last.isSync()) {
        for (Change change : pending) {
          if (change.file().equals(last.file())) {
            apply(change, safe, null);
          }
        }
        pending.removeIf(change -> change.file().equals(last.file()));
        survivor.survive(cut, copy(safe));
      } else {
        pending.add(last);
        loseSome(cut, safe, pending, random, survivor);
      }
    }
  }

  /** All subsets with the last change in them: those without it were seen at the cut before. */
  private static void loseSome(
      int cut,
      Map<String, MemoryStorage> safe,
      List<Change> pending,
      Random random,
      Survivor survivor)
      throws IOException {
    int others = pending.size() - 1;
    int tries = others < WINDOW ? 1 << others : TRIES_BEYOND;
    for (int i = 0; i < tries; i++) {
      Map<String, MemoryStorage> media = copy(safe);
      for (int j = 0; j <= others; j++) {
        boolean kept = others < WINDOW ? (i >>> j & 1) != 0 : i == 0 || random.nextBoolean();
        if (kept || j == others) {
          apply(pending.get(j), media, null);
        }
      }
      survivor.survive(cut, media);
    }
    for (int i = 0; i < TORN_TRIES; i++) {
      Map<String, MemoryStorage> media = copy(safe);
      for (Change change : pending) {
        apply(change, media, random);
      }
      survivor.survive(cut, media);
    }
  }

  private static void apply(Change change, Map<String, MemoryStorage> media, Random torn)
      throws IOException {
    change.effect().on(media.get(change.file()), torn);
  }

  private static Map<String, MemoryStorage> copy(Map<String, MemoryStorage> media)
      throws IOException {
    Map<String, MemoryStorage> copies = new LinkedHashMap<>();
    for (Map.Entry<String, MemoryStorage> medium : media.entrySet()) {
      copies.put(medium.getKey(), medium.getValue().copy());
    }
    return copies;
  }

  /** Writes whole sectors, of which those that are torn off stay what they were. */
  private static void put(MemoryStorage medium, long offset, byte[] bytes, Random torn)
      throws IOException {
    if (medium.size() < offset + bytes.length) {
      medium.truncate(offset + bytes.length);
    }
    MemorySegment source = MemorySegment.ofArray(bytes);
    if (torn == null) {
      medium.write(offset, source);
      return;
    }
    for (int done = 0; done < bytes.length; ) {
      int part = Math.min(SECTOR, bytes.length - done);
      if (torn.nextBoolean()) {
        medium.write(offset + done, source.asSlice(done, part));
      }
      done += part;
    }
  }

  private final class Recorded extends ForwardingStorage {
    Recorded(MemoryStorage storage) {
      super(storage);
    }

    private void note(Effect effect) {
      synchronized (ChangeJournal.this) {
        changes.add(new Change(name(), effect));
      }
    }

    /** Whole sectors reach a medium, with what stood beside the bytes that were written. */
    private void noteSectors(long offset, long length) throws IOException {
      long from = offset / SECTOR * SECTOR;
      long end = Math.min(size(), Math.ceilDiv(offset + length, SECTOR) * SECTOR);
      byte[] bytes = new byte[(int) (end - from)];
      readFully(from, MemorySegment.ofArray(bytes));
      note((medium, torn) -> put(medium, from, bytes, torn));
    }

    @Override
    protected long writeSome(long offset, MemorySegment source) throws IOException {
      synchronized (ChangeJournal.this) {
        long count = super.writeSome(offset, source);
        noteSectors(offset, count);
        return count;
      }
    }

    @Override
    protected void zeroRange(long offset, long length) throws IOException {
      synchronized (ChangeJournal.this) {
        super.zeroRange(offset, length);
        noteSectors(offset, length);
      }
    }

    @Override
    protected void allocateRange(long offset, long length) throws IOException {
      note((medium, torn) -> medium.truncate(Math.max(medium.size(), offset + length)));
      super.allocateRange(offset, length);
    }

    @Override
    public void truncate(long size) throws IOException {
      note((medium, torn) -> {
        if (torn == null || torn.nextBoolean()) {
          medium.truncate(size);
        }
      });
      super.truncate(size);
    }

    @Override
    public void sync() throws IOException {
      super.sync();
      note(null);
    }

    @Override
    protected long cloneRange(Storage source, long sourceOffset, long offset, long length) {
      return 0;
    }

    @Override
    protected long copyRange(Storage source, long sourceOffset, long offset, long length) {
      return 0;
    }
  }
}
