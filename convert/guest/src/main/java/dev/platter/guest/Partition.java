package dev.platter.guest;

import java.util.List;

/**
 * One partition of a disk.
 *
 * @param number as Linux counts: MBR's logical ones begin at 5
 * @param offset where it begins, bytes
 * @param length bytes; what the table says, even where the disk is shorter
 * @param type its type: a GUID, or {@code 0x} and two digits
 * @param typeName what that type is called; empty: not known here
 * @param name its own name; empty: none
 * @param id its own GUID; empty: none
 * @param flags such as {@code active}, {@code logical}, {@code required}
 */
public record Partition(
    int number,
    long offset,
    long length,
    String type,
    String typeName,
    String name,
    String id,
    List<String> flags) {
  /** Marked to be started from by a BIOS. */
  public static final String ACTIVE = "active";

  public Partition {
    flags = List.copyOf(flags);
  }
}
