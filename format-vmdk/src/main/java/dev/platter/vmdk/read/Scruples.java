package dev.platter.vmdk.read;

import dev.platter.image.Danger;
import dev.platter.storage.Storage;
import dev.platter.vmdk.format.DiskFile;
import dev.platter.vmdk.format.ExtentLine;
import dev.platter.vmdk.format.Footer;
import dev.platter.vmdk.format.FrontTables;
import dev.platter.vmdk.format.SparseHeader;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * What a file must be for a disk from a stranger: one sparse extent that describes itself, written
 * as programs write it. The rules are those of OpenStack's format inspector.
 */
record Scruples(Storage storage, DiskFile file) {
  private static final String DESCRIPTOR = "descriptor";

  void addTo(List<Danger> dangers) throws IOException {
    for (int i = 0; i < file.lines().size(); i++) {
      ExtentLine line = file.lines().get(i);
      if (i != file.self() && line.fileName().isPresent()) {
        dangers.add(
            new Danger(
                Danger.EXTENTS, "a part of it lies in the file '" + line.fileName().get() + "'"));
        break;
      }
    }
    for (ExtentLine line : file.lines()) {
      boolean own = file.descriptor().isPresent();
      if (own
          && line.fileName()
              .filter(name -> name.indexOf('/') >= 0 || name.indexOf('\\') >= 0)
              .isPresent()) {
        dangers.add(
            new Danger(DESCRIPTOR, "an extent's name is a path: '" + line.fileName().get() + "'"));
        break;
      }
    }
    if (file.descriptor().isEmpty()) {
      dangers.add(new Danger(DESCRIPTOR, "there is none"));
      return;
    }
    file.descriptor()
        .get()
        .oddLine()
        .ifPresent(line ->
            dangers.add(new Danger(DESCRIPTOR, "no program writes its line '" + line + "'")));
    if (file.header().isPresent()) {
      long at = file.header().get().descriptorOffsetSectors();
      if (at != 1) {
        dangers.add(new Danger(DESCRIPTOR, "it is at sector " + at + ", expected 1"));
      }
      addFooter(dangers);
    }
  }

  /**
   * What fills the sectors of the two marks must be zero. A file that has tables in front could be
   * read without the marks; who reads it as a stream would see another disk, or none.
   */
  private void addFooter(List<Danger> dangers) throws IOException {
    MemorySegment head = MemorySegment.ofArray(new byte[SparseHeader.LENGTH]);
    storage.readFully(0, head);
    SparseHeader header = SparseHeader.parse(head, storage.name());
    boolean front = header.hasMarkers() && FrontTables.of(header).isPresent();
    if (header.gdOffsetSectors() != SparseHeader.GD_AT_END && !front) {
      return;
    }
    MemorySegment tail = Footer.tail(storage);
    if (front && !Footer.isOne(tail)) {
      dangers.add(
          new Danger("footer", "the file ends without it: it was cut off, or written into since"));
    } else if (!isPadded(tail) || !isPadded(tail.asSlice(2 * SparseHeader.SECTOR))) {
      dangers.add(new Danger("footer", "its marks are followed by something else than zeros"));
    }
  }

  private static boolean isPadded(MemorySegment mark) {
    MemorySegment pad = mark.asSlice(16, SparseHeader.SECTOR - 16);
    return MemorySegment.ofArray(new byte[SparseHeader.SECTOR - 16]).mismatch(pad) < 0;
  }
}
