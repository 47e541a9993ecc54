package dev.platter.qcow2.edit;

import dev.platter.image.DiskEncryption;
import dev.platter.image.disk.PlaceWriter;
import dev.platter.qcow2.format.Entries;
import dev.platter.qcow2.format.Qcow2Header;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Does away with the flag that says that a cluster is zeros, which version 2 does not know: where
 * nothing could show through the cluster is left out, else it gets a place that holds zeros. L2
 * tables in which that changes anything become new ones.
 */
final class ZeroExpansion {
  private final ImageChange change;
  private final Qcow2Header header;
  private final boolean hasBacking;
  private final MemorySegment table;
  private final PlaceWriter writer;

  /** Where the tables are that became new ones, by where they were; those that stay, too. */
  private final Map<Long, Long> places = new HashMap<>();

  /**
   * @param encryption how the disk is encrypted; empty: not
   */
  ZeroExpansion(ImageChange change, Optional<DiskEncryption> encryption) {
    this.change = change;
    this.header = change.head().header();
    this.hasBacking = change.head().backingFile().isPresent();
    this.writer =
        PlaceWriter.of(
            encryption,
            (offset, target) -> {
              throw new IllegalStateException("no whole sectors at " + offset);
            });
    this.table = MemorySegment.ofArray(new byte[header.clusterSize()]);
  }

  /** Changes an L1 table in memory; answers whether it did. */
  boolean run(MemorySegment l1) throws IOException {
    boolean changed = false;
    for (long at = 0; at < l1.byteSize(); at += Long.BYTES) {
      long entry = l1.get(Qcow2Header.LONG, at);
      long offset = entry & Entries.OFFSET_MASK;
      if (offset != 0) {
        Long place = places.get(offset);
        if (place == null) {
          place = expand(offset, at / Long.BYTES * header.l2Span());
          places.put(offset, place);
        }
        changed |= place != offset;
        l1.set(Qcow2Header.LONG, at, place | entry & Entries.COPIED);
      }
    }
    return changed;
  }

  /**
   * @param guestOffset where the table's part of the disk begins
   */
  private long expand(long offset, long guestOffset) throws IOException {
    change.storage().readFully(offset, table);
    long references = change.referencesAt(offset);
    boolean changed = false;
    for (long at = 0; at < table.byteSize(); at += Long.BYTES) {
      long entry = table.get(Qcow2Header.LONG, at);
      if ((entry & Entries.COMPRESSED) == 0 && (entry & Entries.ZERO) != 0) {
        table.set(
            Qcow2Header.LONG,
            at,
            withoutFlag(entry, references, guestOffset + at / Long.BYTES * header.clusterSize()));
        changed = true;
      }
    }
    if (!changed) {
      return offset;
    }
    long place = change.put(table);
    change.counts().set(place >>> header.clusterBits(), references);
    for (long i = 0; i < references; i++) {
      change.giveUp(offset, header.clusterSize());
    }
    return place;
  }

  private long withoutFlag(long entry, long references, long guestOffset) throws IOException {
    long host = entry & Entries.OFFSET_MASK;
    boolean isOwn = host != 0 && change.referencesAt(host) == 1;
    if (isOwn) {
      // What it holds does not show, and so may be cleared before that counts.
      writer.zero(change.storage(), host, guestOffset, header.clusterSize());
      return entry & ~Entries.ZERO;
    }
    for (long i = 0; host != 0 && i < references; i++) {
      change.giveUp(host, header.clusterSize());
    }
    if (!hasBacking) {
      return 0;
    }
    long place = change.take(1);
    writer.zero(change.storage(), place, guestOffset, header.clusterSize());
    change.counts().set(place >>> header.clusterBits(), references);
    return references == 1 ? place | Entries.COPIED : place;
  }
}
