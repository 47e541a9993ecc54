package dev.platter.guest.files.udf;

import dev.platter.guest.files.Bytes;
import dev.platter.guest.files.MappedSource;
import dev.platter.guest.files.Source;
import dev.platter.image.Fault;
import java.io.IOException;
import java.util.Map;
import java.util.TreeMap;

/** The bytes of a file: runs of blocks, of which some were never written, and are zeros. */
final class UdfFile extends MappedSource {
  private static final int SHORT = 0;
  private static final int LONG = 1;
  private static final int MAX_RUNS = 1 << 20;
  private static final int MAX_CONTINUED = 1 << 16;
  private static final int CONTINUED_HEADER = 24;

  /**
   * @param source null: zeros
   */
  private record Run(long length, Source source, long offset) {}

  private final TreeMap<Long, Run> runs = new TreeMap<>();
  private long known;

  /**
   * @param partition which one the file's entry lies in
   * @param kind how places are written
   * @param places the first of them
   */
  UdfFile(String name, long size, UdfVolume volume, int partition, int kind, Bytes places)
      throws IOException {
    super(name, size, volume.source().budget());
    if (kind != SHORT && kind != LONG) {
      throw Fault.on(name).unsupported("places of kind " + kind);
    }
    int length = kind == SHORT ? UdfPlace.SHORT : UdfPlace.LONG;
    Bytes from = places;
    for (int i = 0; from != null; i++) {
      from.require(i < MAX_CONTINUED, "places of a file that go on and on");
      Bytes next = null;
      for (int at = 0; at + length <= from.length() && known < size && next == null; at += length) {
        volume.source().step();
        UdfPlace place =
            kind == SHORT ? UdfPlace.ofShort(from, at, partition) : UdfPlace.ofLong(from, at);
        if (place.length() == 0) {
          break;
        }
        if (place.kind() == UdfPlace.CONTINUED) {
          Bytes block = volume.read(place, volume.blockSize());
          UdfTag.require(block, UdfTag.ALLOCATION_EXTENT);
          next = block.slice(CONTINUED_HEADER, block.u32(20));
        } else {
          add(volume, place);
        }
      }
      from = next;
    }
  }

  private void add(UdfVolume volume, UdfPlace place) throws IOException {
    if (runs.size() >= MAX_RUNS) {
      throw Fault.on(name()).corrupt("a file in more than " + MAX_RUNS + " parts");
    }
    boolean isStored = place.kind() == UdfPlace.RECORDED;
    runs.put(
        known,
        isStored
            ? new Run(place.length(), volume.partition(place), place.block() * volume.blockSize())
            : new Run(place.length(), null, 0));
    known += place.length();
  }

  @Override
  protected Piece pieceAt(long offset) {
    Map.Entry<Long, Run> floor = runs.floorEntry(offset);
    if (floor == null || offset >= known) {
      return Piece.zeros(0); // nothing tells where it is
    }
    Run run = floor.getValue();
    long within = offset - floor.getKey();
    return new Piece(
        run.length() - within, run.source(), run.source() == null ? 0 : run.offset() + within);
  }
}
