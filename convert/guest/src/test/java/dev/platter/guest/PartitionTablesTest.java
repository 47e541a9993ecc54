package dev.platter.guest;

import static dev.platter.guest.Disks.describe;
import static dev.platter.guest.Disks.putBootRecord;
import static dev.platter.guest.Disks.withMbr;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Master boot records, good and bad ones. GPTs are in {@link PartitionTablesInteropTest}. */
class PartitionTablesTest {
  private static final int DISK = 1 << 20;
  private static final int LINUX = 0x83;
  private static final int EXTENDED = 5;

  private static PartitionTable table(byte[] disk) throws IOException {
    return describe(disk).partitionTable().orElseThrow();
  }

  private static List<Integer> numbers(PartitionTable table) {
    return table.partitions().stream().map(Partition::number).toList();
  }

  @Test
  void whatIsEmptyOrNoiseHasNoTable() throws IOException {
    assertTrue(describe(new byte[0]).partitionTable().isEmpty());
    assertTrue(describe(new byte[511]).partitionTable().isEmpty());
    assertTrue(describe(new byte[DISK]).partitionTable().isEmpty());
    assertTrue(describe(withMbr(DISK)).partitionTable().isEmpty());
  }

  /**
   * What begins partitions and kernels ends like an MBR, and has code where its entries would be.
   */
  @Test
  void notEachSectorThatEndsLikeAnMbrIsOne() throws IOException {
    byte[] disk = withMbr(DISK, new int[] {0x80, LINUX, 64, 100}, new int[] {0xB8, 'o', 7, 9});
    assertTrue(describe(disk).partitionTable().isEmpty());
    disk[446 + 16] = 0;
    assertEquals(List.of(1, 2), numbers(table(disk)));
  }

  @Test
  void partitionsHaveTheirPlaceTypeAndFlag() throws IOException {
    PartitionTable table = table(withMbr(DISK, new int[] {0x80, LINUX, 64, 100}));
    assertEquals(PartitionTable.Kind.MBR, table.kind());
    assertEquals(
        List.of(new Partition(1, 64 * 512, 100 * 512, "0x83", "Linux", "", "", List.of("active"))),
        table.partitions());
    assertEquals(List.of(), table.problems());
    assertEquals(Optional.empty(), table.mbrFault());
  }

  @Test
  void logicalPartitionsBeginAtFive() throws IOException {
    byte[] disk = withMbr(DISK, new int[] {0, LINUX, 10, 10}, new int[] {0, EXTENDED, 100, 1000});
    putBootRecord(disk, 100 * 512, new int[] {0, LINUX, 8, 50}, new int[] {0, EXTENDED, 300, 100});
    putBootRecord(disk, 400 * 512, new int[] {0, LINUX, 8, 60});
    PartitionTable table = table(disk);
    assertEquals(List.of(1, 2, 5, 6), numbers(table));
    assertEquals(408 * 512, table.partitions().getLast().offset());
    assertEquals(List.of("logical"), table.partitions().getLast().flags());
  }

  @Test
  void aLoopOfExtendedBootRecordsEnds() throws IOException {
    byte[] disk = withMbr(DISK, new int[] {0, EXTENDED, 100, 1000});
    putBootRecord(disk, 100 * 512, new int[] {0, LINUX, 8, 50}, new int[] {0, EXTENDED, 300, 100});
    putBootRecord(disk, 400 * 512, new int[] {0, LINUX, 8, 60}, new int[] {0, EXTENDED, 0, 100});
    PartitionTable table = table(disk);
    assertEquals(List.of(1, 5, 6), numbers(table));
    assertEquals(List.of("the extended boot records form a loop"), table.problems());
  }

  @Test
  void aChainWithoutEndIsCutAtTheLimit() throws IOException {
    byte[] disk = withMbr(DISK, new int[] {0, EXTENDED, 1, 2000});
    for (int sector = 1; sector < 1500; sector++) {
      putBootRecord(
          disk, sector * 512, new int[] {0, LINUX, 1, 1}, new int[] {0, EXTENDED, sector, 1});
    }
    PartitionTable table = table(disk);
    assertEquals(InspectionLimits.DEFAULT.maxPartitions(), table.partitions().size());
    assertTrue(table.problems().getFirst().startsWith("more than 256"), table::toString);
  }

  @Test
  void aPartitionPastTheEndIsAProblem() throws IOException {
    PartitionTable table = table(withMbr(DISK, new int[] {0, LINUX, -2, -2}));
    assertEquals(
        List.of("partition 1 ends at byte 4398046509056, the disk at 1048576"), table.problems());
  }

  @Test
  void faultsAreThoseOfOpenStack() throws IOException {
    byte[] odd = withMbr(DISK, new int[] {7, LINUX, 64, 100});
    assertEquals(
        Optional.of("MBR entry 1 has boot flag 0x7"),
        GuestInspector.mbrFault(MemorySegment.ofArray(odd)));
    int[] protective = {0, 0xEE, 1, 2047};
    assertEquals(Optional.empty(), table(withMbr(DISK, protective)).mbrFault());
    assertEquals(
        Optional.of("the protective MBR entry begins at sector 2, not 1"),
        table(withMbr(DISK, new int[] {0, 0xEE, 2, 2047})).mbrFault());
    assertEquals(
        Optional.of("the protective MBR lists other partitions"),
        table(withMbr(DISK, protective, new int[] {0, LINUX, 64, 100})).mbrFault());
    byte[] wrongChs = withMbr(DISK, protective);
    wrongChs[446 + 2] = 1;
    assertEquals(
        Optional.of("the protective MBR entry does not begin at CHS 0/2/0"),
        table(wrongChs).mbrFault());
    assertEquals(
        List.of("the MBR protects a GPT, and none can be read"),
        table(withMbr(DISK, protective)).problems());
  }

  @Test
  void aBootProgramAndAPartitionAreForABios() throws IOException {
    byte[] disk = withMbr(DISK, new int[] {0x80, LINUX, 64, 100});
    assertEquals(false, describe(disk).starts(Firmware.BIOS));
    disk[0] = (byte) 0xEB;
    assertEquals(true, describe(disk).starts(Firmware.BIOS));
    assertEquals(
        "bios", describe(disk).imageProperties(DistroNames.GLANCE).get("hw_firmware_type"));
  }
}
