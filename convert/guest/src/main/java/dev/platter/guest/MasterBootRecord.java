package dev.platter.guest;

import dev.platter.guest.files.Bytes;
import dev.platter.guest.files.Source;
import dev.platter.image.CorruptImageException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/**
 * The first sector of a disk that is not a file system: four entries, and a program for a BIOS.
 *
 * @param id the disk's signature; empty: none
 */
record MasterBootRecord(List<MbrEntry> entries, String id, boolean bootCode) {
  static final int SECTOR = 512;
  private static final int CODE_LENGTH = 440;
  private static final int SIGNATURE = 510;
  private static final int PROTECTIVE_CHS = 0x000200;
  private static final int ACTIVE = 0x80;

  /** Empty: the sector has not the sign of one, or is the boot sector of a file system. */
  static Optional<MasterBootRecord> read(Source disk) throws IOException {
    return parse(disk.readUpTo(0, SECTOR));
  }

  /** The same of the sector itself. */
  static Optional<MasterBootRecord> parse(Bytes sector) throws CorruptImageException {
    if (sector.length() < SECTOR || sector.u16(SIGNATURE) != 0xAA55) {
      return Optional.empty();
    }
    List<MbrEntry> entries = new ArrayList<>();
    boolean plausible = true;
    boolean used = false;
    for (int i = 0; i < MbrEntry.COUNT; i++) {
      MbrEntry entry = MbrEntry.parse(sector, i);
      entries.add(entry);
      plausible &= (entry.boot() & 0x7F) == 0;
      used |= entry.isUsed();
    }
    // Boot sectors of FAT and NTFS end alike: they have text or code where the entries would be.
    boolean fileSystem = sector.has(3, "NTFS    ") || sector.has(3, "EXFAT   ") || isFat(sector);
    if (fileSystem && !(plausible && used)) {
      return Optional.empty();
    }
    boolean code = false;
    for (int i = 0; i < CODE_LENGTH; i++) {
      code |= sector.u8(i) != 0;
    }
    long id = sector.u32(CODE_LENGTH);
    return Optional.of(
        new MasterBootRecord(
            List.copyOf(entries), id == 0 ? "" : HexFormat.of().toHexDigits((int) id), code));
  }

  /** As OpenStack's inspector tells FAT from an MBR. */
  private static boolean isFat(Bytes sector) throws CorruptImageException {
    return sector.u8(0x10) == 2 && sector.u8(0x15) == 0xF8;
  }

  /**
   * Whether each entry is marked active or not, and nothing else, as Linux and Windows want it:
   * what begins some partitions and files ends like an MBR, too.
   */
  boolean isPlausible() {
    return entries.stream().allMatch(entry -> (entry.boot() & 0x7F) == 0);
  }

  boolean isUsed() {
    return entries.stream().anyMatch(MbrEntry::isUsed);
  }

  boolean isProtective() {
    return entries.stream().anyMatch(entry -> entry.type() == MbrEntry.PROTECTIVE);
  }

  boolean hasActive() {
    return entries.stream().anyMatch(entry -> entry.boot() == ACTIVE);
  }

  /** Whether it lists partitions besides the one that protects a GPT. */
  boolean isHybrid() {
    return isProtective()
        && entries.stream().anyMatch(e -> e.isUsed() && e.type() != MbrEntry.PROTECTIVE);
  }

  /** The first of OpenStack's rules that it breaks. */
  Optional<String> fault() {
    List<Integer> valid = new ArrayList<>();
    for (int i = 0; i < entries.size(); i++) {
      MbrEntry entry = entries.get(i);
      if (entry.boot() != 0 && entry.boot() != ACTIVE) {
        return Optional.of(
            "MBR entry " + (i + 1) + " has boot flag 0x" + Integer.toHexString(entry.boot()));
      }
      if (entry.type() != 0) {
        valid.add(i);
      }
      if (entry.type() == MbrEntry.PROTECTIVE && entry.startChs() != PROTECTIVE_CHS) {
        return Optional.of("the protective MBR entry does not begin at CHS 0/2/0");
      }
      if (entry.type() == MbrEntry.PROTECTIVE && entry.firstSector() != 1) {
        return Optional.of(
            "the protective MBR entry begins at sector " + entry.firstSector() + ", not 1");
      }
    }
    if (isProtective() && !valid.equals(List.of(0))) {
      return Optional.of("the protective MBR lists other partitions");
    }
    return valid.isEmpty() ? Optional.of("the MBR lists no partition") : Optional.empty();
  }
}
