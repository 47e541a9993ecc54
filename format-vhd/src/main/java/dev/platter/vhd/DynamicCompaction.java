package dev.platter.vhd;

import dev.platter.storage.WritableStorage;
import dev.platter.vhd.blocks.FileBytes;
import dev.platter.vhd.blocks.GapFilling;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Makes a dynamic disk's file as short as it can be: blocks that hold only zeros lose their place,
 * and the last blocks of the file move into the gaps. A differencing disk has no way to say that a
 * block is zero where its parent is not, so that of its blocks only those go of which no sector is
 * there.
 */
final class DynamicCompaction {
  private final WritableStorage storage;
  private final VhdHead head;
  private final DynamicDisk disk;
  private final DynamicSpace space;
  private final FileBytes bytes;

  /**
   * @param head of the disk, which is sound
   */
  DynamicCompaction(WritableStorage storage, VhdHead head) {
    this.storage = storage;
    this.head = head;
    this.disk = new DynamicDisk(storage, head);
    this.space = new DynamicSpace(head);
    this.bytes = new FileBytes(storage);
  }

  void run() throws IOException {
    free(idleBlocks());
    fillGaps();
    long end = space.usedEnd(BlockPlaces.of(new DynamicMap(head)));
    if (end < head.payloadEnd()) {
      disk.putTail(head.footer(), end);
      storage.sync();
      disk.cutBehind(end);
      storage.sync();
    }
  }

  private List<Long> idleBlocks() throws IOException {
    List<Long> idle = new ArrayList<>();
    BlockPlaces places = BlockPlaces.of(new DynamicMap(head));
    int bitmap = DynamicMap.bitmapSize(head.header().blockSize());
    for (int i = 0; i < places.count(); i++) {
      long from = head.isDifferencing() ? places.offset(i) : places.offset(i) + bitmap;
      long within = places.block(i) * head.header().blockSize();
      long used = Math.min(head.header().blockSize(), head.size() - within);
      long end = head.isDifferencing() ? from + bitmap : from + used;
      if (bytes.isZero(from, end)) {
        idle.add(places.block(i));
      }
    }
    return idle;
  }

  private void free(List<Long> blocks) throws IOException {
    Optional<Batmap> batmap = Batmap.read(head);
    for (long block : blocks) {
      disk.setEntry(block, DynamicMap.UNALLOCATED);
      batmap.ifPresent(map -> map.clear(block));
    }
    if (!blocks.isEmpty()) {
      if (batmap.isPresent()) {
        batmap.get().writeTo(storage);
      }
      storage.sync();
    }
  }

  private void fillGaps() throws IOException {
    BlockPlaces places = BlockPlaces.of(new DynamicMap(head));
    List<GapFilling.Range> used = space.metadata();
    for (int i = 0; i < places.count(); i++) {
      used.add(new GapFilling.Range(places.offset(i), places.end(i), places.block(i)));
    }
    List<GapFilling.Move> moves = GapFilling.plan(used, space::placeFrom);
    if (moves.isEmpty()) {
      return;
    }
    for (GapFilling.Move move : moves) {
      bytes.copy(move.from(), move.to(), places.length());
    }
    storage.sync();
    for (GapFilling.Move move : moves) {
      disk.setEntry(move.block(), (int) (move.to() / VhdFormat.SECTOR_SIZE));
    }
    storage.sync();
  }
}
