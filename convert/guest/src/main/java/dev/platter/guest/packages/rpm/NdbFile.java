package dev.platter.guest.packages.rpm;

import dev.platter.guest.files.Bytes;
import dev.platter.guest.files.Source;
import java.io.IOException;

/**
 * RPM's own database, {@code Packages.db}: pages of slots, of which each tells where the header of
 * a package lies (RPM's {@code rpmpkg}). Numbers are little-endian.
 */
final class NdbFile {
  private static final int PAGE = 4096;
  private static final int SLOT = 16;
  private static final int BLOCK = 16;
  private static final int BLOB_HEAD = 16;
  private static final int BLOB_TAIL = 12;

  /** The first two slots are the file's header. */
  private static final int HEADER = 2 * SLOT;

  private static final int VERSION = 0;

  private NdbFile() {}

  /** Hands out the headers of all packages. */
  static void read(Source file, HeaderTaker taker) throws IOException {
    Bytes header = file.read(0, HEADER);
    header.require(header.has(0, "RpmP"), "no database of RPM's own");
    if (header.u32(4) != VERSION) {
      throw header.unsupported("version " + header.u32(4) + " of RPM's own database");
    }
    long pages = header.u32(12);
    header.require(
        pages > 0 && pages <= file.size() / PAGE, pages + " pages of slots in " + file.size());
    PageUse blocks = new PageUse(file.name(), file.size() / BLOCK);
    for (long page = 0; page < pages; page++) {
      Bytes slots = file.read(page * PAGE, PAGE);
      for (int at = page == 0 ? HEADER : 0; at < PAGE; at += SLOT) {
        Bytes slot = slots.slice(at, SLOT);
        slot.require(slot.has(0, "Slot"), "no slot");
        if (slot.u32(4) != 0) {
          blocks.meet(slot.u32(8));
          taker.take(blob(file, slot));
        }
      }
    }
  }

  private static Source blob(Source file, Bytes slot) throws IOException {
    long number = slot.u32(4);
    long at = slot.u32(8) * BLOCK;
    Bytes head = file.read(at, BLOB_HEAD);
    head.require(
        head.has(0, "BlbS") && head.u32(4) == number, "package " + number + " does not lie there");
    long length = head.u32(12);
    long room = slot.u32(12) * BLOCK - BLOB_HEAD - BLOB_TAIL;
    head.require(
        length <= room && at + BLOB_HEAD + length <= file.size(),
        "a header of " + length + " bytes in " + room);
    return file.window(file.name(), at + BLOB_HEAD, length, file.budget());
  }
}
