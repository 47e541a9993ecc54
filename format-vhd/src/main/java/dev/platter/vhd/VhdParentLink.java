package dev.platter.vhd;

import dev.platter.image.Fault;
import dev.platter.image.IllegalOptionException;
import dev.platter.image.Limits;
import dev.platter.image.spi.ParentLink;
import dev.platter.image.support.Undo;
import dev.platter.storage.WritableStorage;
import dev.platter.vhd.blocks.GapFilling;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * The image below a differencing disk: its identifier, timestamp and names in the dynamic header,
 * and the texts of the parent locators. A new header goes where nothing is, and counts once the
 * copy of the footer in the first sector says where it is.
 */
final class VhdParentLink implements ParentLink {
  private static final UUID NONE = new UUID(0, 0);

  /** Where the header usually is, right behind the copy of the footer. */
  private static final long USUAL_PLACE = VhdFooter.LENGTH;

  private final WritableStorage storage;
  private final Limits limits;

  VhdParentLink(WritableStorage storage, Limits limits) {
    this.storage = storage;
    this.limits = limits;
  }

  private VhdHead soundHead() throws IOException {
    VhdHead head = VhdHead.read(storage, limits);
    VhdCheck.of(head).requireSound(Fault.in("vpc", head.name()));
    return head;
  }

  @Override
  public void check(Optional<NewParent> parent) throws IOException {
    VhdHead head = soundHead();
    if (parent.isPresent()) {
      below(head, parent.get());
    }
  }

  private static ParentNames below(VhdHead head, NewParent parent) throws IOException {
    if (!head.isDifferencing()) {
      throw new IllegalOptionException(
          "A VHD that was made without a parent cannot get one: its blocks do not tell what is in"
              + " them");
    }
    return ParentNames.of(parent.reference(), parent.image(), head.size());
  }

  @Override
  public void set(Optional<NewParent> parent) throws IOException {
    VhdHead head = soundHead();
    if (parent.isPresent()) {
      ParentNames below = below(head, parent.get());
      put(head, VhdFooter.DIFFERENCING, Optional.of(below));
    } else if (head.isDifferencing()) {
      clearAbsentSectors(head);
      put(head, VhdFooter.DYNAMIC, Optional.empty());
      markAllSectors(head);
    }
  }

  /** Lets a new header count. */
  private void put(VhdHead head, int diskType, Optional<ParentNames> parent) throws IOException {
    BlockPlaces places = BlockPlaces.of(new DynamicMap(head));
    DynamicSpace space = new DynamicSpace(head);
    long end = Math.max(head.payloadEnd(), space.usedEnd(places));
    long place = isFree(head, places, USUAL_PLACE) ? USUAL_PLACE : end;
    long texts = place == end ? end + VhdHeader.LENGTH : end;
    long newEnd = texts + parent.map(ParentNames::length).orElse(0L);
    VhdHeader header =
        parent.isEmpty()
            ? head.header().withParent(NONE, 0, "", List.of())
            : head.header()
                .withParent(
                    parent.get().footer().uniqueId(),
                    parent.get().footer().timestamp(),
                    parent.get().fileName(),
                    parent.get().entries(texts));
    VhdFooter footer = head.footer().over(diskType, place);
    DynamicDisk disk = new DynamicDisk(storage, head);
    Undo.ifFails(
        () -> {
          // The file ends with a footer at any moment.
          disk.putTail(head.footer(), newEnd);
          storage.sync();
          MemorySegment bytes = MemorySegment.ofArray(new byte[VhdHeader.LENGTH]);
          header.writeTo(bytes);
          storage.write(place, bytes);
          if (parent.isPresent()) {
            parent.get().writeTo(storage, texts);
          }
          storage.sync();
          disk.putFront(footer);
          storage.sync();
        },
        () -> {
          disk.putFront(head.footer());
          storage.sync();
          settle(head.payloadEnd());
        });
    Undo.orLeak(() -> settle(0));
  }

  private void settle(long payloadEnd) throws IOException {
    new VhdRepair(storage, limits).settle(payloadEnd);
  }

  /** Whether nothing is where a header would be. */
  private static boolean isFree(VhdHead head, BlockPlaces places, long at) throws IOException {
    long end = at + VhdHeader.LENGTH;
    for (GapFilling.Range range : new DynamicSpace(head).metadata()) {
      if (range.from() < end && at < range.end()) {
        return false;
      }
    }
    return places.count() == 0 || places.offset(0) >= end;
  }

  /** Without a parent, all of a block counts as stored: what is not is to be zeros. */
  private void clearAbsentSectors(VhdHead head) throws IOException {
    DynamicMap map = new DynamicMap(head);
    int blockSize = head.header().blockSize();
    int bitmapSize = DynamicMap.bitmapSize(blockSize);
    boolean changed = false;
    for (long block : allocated(map)) {
      long bitmap = map.bitmapOffset(block, map.entryAt(block));
      for (int at = 0; at < blockSize; ) {
        SectorBitmaps.Run run = map.runAt(block, bitmap, at, blockSize);
        if (!run.present()) {
          long payload = bitmap + bitmapSize;
          long end = Math.min(payload + run.end(), head.payloadEnd());
          storage.zero(payload + at, end - payload - at);
          changed = true;
        }
        at = run.end();
      }
    }
    if (changed) {
      storage.sync();
    }
  }

  /** For readers who look at the bitmaps of a disk without a parent, too. */
  private void markAllSectors(VhdHead head) throws IOException {
    DynamicMap map = new DynamicMap(head);
    int bitmapSize = DynamicMap.bitmapSize(head.header().blockSize());
    byte[] full = new byte[bitmapSize];
    Arrays.fill(full, (byte) 0xFF);
    for (long block : allocated(map)) {
      storage.write(map.bitmapOffset(block, map.entryAt(block)), MemorySegment.ofArray(full));
    }
    storage.sync();
  }

  private static List<Long> allocated(DynamicMap map) throws IOException {
    List<Long> blocks = new ArrayList<>();
    for (long block = 0; block < map.blocks(); block++) {
      if (map.entryAt(block) != DynamicMap.UNALLOCATED) {
        blocks.add(block);
      }
    }
    return blocks;
  }

  @Override
  public void checkEmpty() throws IOException {
    if (!soundHead().isDifferencing()) {
      throw new IllegalOptionException("A VHD without a parent cannot be emptied");
    }
  }

  @Override
  public void empty() throws IOException {
    checkEmpty();
    VhdHead head = soundHead();
    Undo.ifFails(() -> empty(head), () -> settle(0));
  }

  private void empty(VhdHead head) throws IOException {
    new DynamicDisk(storage, head).clearEntries(head.header().tableOffset(), 0, head.blocks());
    Optional<Batmap> batmap = Batmap.read(head);
    if (batmap.isPresent()) {
      for (long block = 0; block < head.blocks(); block++) {
        batmap.get().clear(block);
      }
      batmap.get().writeTo(storage);
    }
    storage.sync();
    new DynamicCompaction(storage, VhdHead.read(storage, limits)).run();
  }
}
