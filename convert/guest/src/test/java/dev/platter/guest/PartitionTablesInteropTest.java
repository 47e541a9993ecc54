package dev.platter.guest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.testdata.ExternalTool;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tables that sgdisk and sfdisk wrote, and damaged ones. */
@Tag("interop")
class PartitionTablesInteropTest {
  private static final int DISK = 8 << 20;

  @TempDir Path directory;

  private Path file() {
    return directory.resolve("disk");
  }

  private byte[] sgdisk(Object... options) throws IOException {
    Files.write(file(), new byte[DISK]);
    Object[] all = java.util.Arrays.copyOf(options, options.length + 1);
    all[options.length] = file();
    ExternalTool.named("sgdisk").mustRun(all);
    return Files.readAllBytes(file());
  }

  private static PartitionTable table(byte[] disk) throws IOException {
    return Disks.describe(disk).partitionTable().orElseThrow();
  }

  private byte[] twoPartitions() throws IOException {
    return sgdisk(
        "-n",
        "1:2048:4095",
        "-t",
        "1:ef02",
        "-c",
        "1:grub",
        "-n",
        "4:4096:0",
        "-t",
        "4:8304",
        "-A",
        "4:set:2",
        "-u",
        "4:00112233-4455-6677-8899-aabbccddeeff");
  }

  @Test
  void aGptIsAsSgdiskWroteIt() throws IOException {
    PartitionTable table = table(twoPartitions());
    assertEquals(PartitionTable.Kind.GPT, table.kind());
    assertEquals(512, table.sectorSize());
    assertEquals(List.of(), table.problems());
    assertEquals(Optional.empty(), table.mbrFault());
    assertEquals(2, table.partitions().size());
    Partition first = table.partitions().getFirst();
    assertEquals(
        "1 1048576 1048576 BIOS boot grub",
        first.number()
            + " "
            + first.offset()
            + " "
            + first.length()
            + " "
            + first.typeName()
            + " "
            + first.name());
    Partition last = table.partitions().getLast();
    assertEquals(4, last.number());
    assertEquals("Linux root (x86-64)", last.typeName());
    assertEquals("00112233-4455-6677-8899-aabbccddeeff", last.id());
    assertEquals(List.of("active"), last.flags());
    String info = ExternalTool.named("sgdisk").mustRun("-p", file());
    assertTrue(info.toLowerCase(java.util.Locale.ROOT).contains(table.id()), info);
  }

  @Test
  void theBackupStandsInForADamagedPrimary() throws IOException {
    byte[] good = twoPartitions();
    for (int damaged : new int[] {512 + 72, 1024 + 56}) { // the header; the list of partitions
      byte[] disk = good.clone();
      disk[damaged] ^= 1;
      PartitionTable table = table(disk);
      assertEquals(table(good).partitions(), table.partitions());
      assertTrue(table.problems().getFirst().startsWith("primary GPT: "), table::toString);
      assertEquals("the backup GPT at sector 16383 is used", table.problems().get(1));
    }
    byte[] gone = good.clone();
    java.util.Arrays.fill(gone, 512, 34 * 512, (byte) 0);
    assertEquals(table(good).partitions(), table(gone).partitions());
  }

  @Test
  void aDamagedOrMissingBackupIsSaid() throws IOException {
    byte[] disk = twoPartitions();
    disk[DISK - 512 + 20] ^= 1;
    assertEquals(2, table(disk).partitions().size());
    assertTrue(table(disk).problems().getFirst().startsWith("backup GPT: "));
    byte[] longer = java.util.Arrays.copyOf(twoPartitions(), DISK + (1 << 20));
    assertEquals(
        List.of("the backup GPT is at sector 16383, not at the disk's end, 18431"),
        table(longer).problems());
  }

  @Test
  void aHybridMbrIsOne() throws IOException {
    PartitionTable table = table(sgdisk("-n", "1:2048:0", "-t", "1:8300", "-h", "1"));
    assertEquals(PartitionTable.Kind.HYBRID, table.kind());
    assertEquals(1, table.partitions().size());
    assertTrue(table.mbrFault().isPresent());
  }

  @Test
  void anMbrInSectorsOf4096BytesIsToldByWhatIsInIt() throws IOException {
    Path part = directory.resolve("part");
    Files.write(part, new byte[1 << 20]);
    ExternalTool.named("mke2fs").mustRun("-q", "-t", "ext2", part);
    byte[] disk = Disks.withMbr(DISK, new int[] {0, 0x83, 256, 256});
    System.arraycopy(Files.readAllBytes(part), 0, disk, 256 * 4096, 1 << 20);
    assertEquals(4096, table(disk).sectorSize());
    assertEquals("ext2", Disks.only(Disks.describe(disk)).kind());
  }

  @Test
  void anMbrIsAsSfdiskWroteIt() throws IOException {
    Files.write(file(), new byte[DISK]);
    String script =
        "label: dos\nlabel-id: 0xcafe0001\nstart=2048, size=2048, type=c, bootable\n"
            + "start=4096, size=12288, type=f\nstart=6144, size=1024, type=8e\nstart=10240, type=82\n";
    ExternalTool.named("sfdisk")
        .runWithInput(directory, script.getBytes(StandardCharsets.UTF_8), "-q", file())
        .mustExit(0);
    PartitionTable table = table(Files.readAllBytes(file()));
    assertEquals("cafe0001", table.id());
    assertEquals(
        List.of(
            "1 FAT32 (LBA) [active]",
            "2 extended (LBA) []",
            "5 Linux LVM [logical]",
            "6 Linux swap [logical]"),
        table.partitions().stream()
            .map(p -> p.number() + " " + p.typeName() + " " + p.flags())
            .toList());
    assertEquals(List.of(), table.problems());
  }
}
