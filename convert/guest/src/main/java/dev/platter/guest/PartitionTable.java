package dev.platter.guest;

import java.util.List;
import java.util.Optional;

/**
 * A disk's partition table.
 *
 * @param kind which
 * @param sectorSize the unit of its numbers, bytes
 * @param id the disk's GUID, or MBR's signature as eight hexadecimal digits; empty: none
 * @param partitions in the order of their numbers
 * @param bootCode whether the first sector holds a program that a BIOS would start
 * @param problems what is wrong with it, and what was done about that
 * @param mbrFault why a service that checks the MBR as OpenStack's inspector does would refuse the
 *     disk; empty: it would not
 */
public record PartitionTable(
    Kind kind,
    int sectorSize,
    String id,
    List<Partition> partitions,
    boolean bootCode,
    List<String> problems,
    Optional<String> mbrFault) {
  /** The kinds of tables. */
  public enum Kind {
    MBR,
    /** With a protective MBR, or none. */
    GPT,
    /** A GPT of which the MBR lists partitions, too. */
    HYBRID
  }

  public PartitionTable {
    partitions = List.copyOf(partitions);
    problems = List.copyOf(problems);
  }
}
