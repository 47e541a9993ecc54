package dev.platter.vhd;

import dev.platter.image.Sizes;
import dev.platter.vhd.blocks.FreeSpace;
import dev.platter.vhd.blocks.GapFilling;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** What of a dynamic or differencing disk's file is in use, and for what. */
record DynamicSpace(VhdHead head) {
  /** Where the metadata and the places of all blocks end. */
  long usedEnd(BlockPlaces places) throws IOException {
    long end = places.count() == 0 ? 0 : places.end(places.count() - 1);
    for (GapFilling.Range range : metadata()) {
      end = Math.max(end, range.end());
    }
    return Math.ceilDiv(end, VhdFormat.SECTOR_SIZE) * VhdFormat.SECTOR_SIZE;
  }

  /** What is in use apart from the blocks. */
  List<GapFilling.Range> metadata() throws IOException {
    List<GapFilling.Range> ranges = new ArrayList<>();
    add(ranges, 0, VhdFooter.LENGTH);
    add(ranges, head.footer().dataOffset(), VhdHeader.LENGTH);
    long table = head.header().tableOffset();
    long entries = Integer.toUnsignedLong(head.header().maxTableEntries());
    boolean isPossible = table + TableWindow.length(entries) <= head.payloadEnd();
    add(ranges, table, TableWindow.length(isPossible ? entries : head.blocks()));
    for (VhdHeader.LocatorEntry locator : head.header().locators()) {
      long length = Integer.toUnsignedLong(locator.length());
      if (locator.offset() >= 0 && locator.offset() <= head.payloadEnd() - length) {
        add(ranges, locator.offset(), length);
      }
    }
    Optional<Batmap> batmap = Batmap.read(head);
    if (batmap.isPresent()) {
      add(ranges, batmap.get().headerOffset(), batmap.get().end() - batmap.get().headerOffset());
    }
    return ranges;
  }

  private static void add(List<GapFilling.Range> ranges, long from, long length) {
    ranges.add(new GapFilling.Range(from, from + length, GapFilling.Range.FIXED));
  }

  /** Where blocks may go. */
  FreeSpace free(BlockPlaces places) throws IOException {
    List<GapFilling.Range> fixed = metadata();
    fixed.sort(Comparator.comparingLong(GapFilling.Range::from));
    FreeSpace free = new FreeSpace(places.length(), this::placeFrom);
    int next = 0;
    for (GapFilling.Range range : fixed) {
      for (; next < places.count() && places.offset(next) < range.from(); next++) {
        free.pass(places.offset(next), places.end(next));
      }
      free.pass(range.from(), range.end());
    }
    for (; next < places.count(); next++) {
      free.pass(places.offset(next), places.end(next));
    }
    return free;
  }

  /** The bytes from the start of the table on in which nothing else is. */
  long tableRoom(BlockPlaces places) throws IOException {
    long start = head.header().tableOffset();
    long end = head.payloadEnd();
    for (GapFilling.Range range : metadata()) {
      if (range.from() > start) {
        end = Math.min(end, range.from());
      }
    }
    for (int i = 0; i < places.count(); i++) {
      if (places.offset(i) > start) {
        return Math.min(end, places.offset(i)) - start;
      }
    }
    return end - start;
  }

  /** The first place for a block from {@code offset} on, its payload aligned as in a new file. */
  long placeFrom(long offset) {
    int bitmap = DynamicMap.bitmapSize(head.header().blockSize());
    return Sizes.roundUp(offset + bitmap, DynamicVhdWriter.PAYLOAD_ALIGNMENT) - bitmap;
  }
}
