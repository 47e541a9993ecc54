package dev.platter.guest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.guest.files.GuestFiles;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Disks that real systems wrote: {@code testdata/golden/guest/make.sh} tells how. */
class GoldenDisksTest {
  private static OperatingSystem system(GuestDescription guest) {
    assertEquals(1, guest.operatingSystems().size(), guest::toString);
    return guest.operatingSystems().getFirst();
  }

  @Test
  void linuxInAPartition() throws IOException {
    GuestDescription guest = Disks.describe(Disks.golden("tiny-linux.qcow2"));
    assertEquals("ext4", Disks.only(guest).kind());
    assertEquals("Tiny Linux", system(guest).prettyName());
    assertEquals(
        Map.of("os_type", "linux", "os_distro", "tiny", "os_version", "1"),
        guest.imageProperties(DistroNames.GLANCE));
  }

  @Test
  void windowsFromItsRegistry() throws IOException {
    GuestDescription guest = Disks.describe(Disks.golden("guest/windows.qcow2"));
    PartitionTable table = guest.partitionTable().orElseThrow();
    assertEquals(PartitionTable.Kind.GPT, table.kind());
    assertEquals(List.of(), table.problems());
    assertEquals(
        List.of("EFI system", "Microsoft reserved", "Microsoft basic data"),
        table.partitions().stream().map(Partition::typeName).toList());
    assertEquals(
        List.of("fat16 SYSTEM", "ntfs Windows"),
        guest.fileSystems().stream().map(f -> f.kind() + " " + f.label()).toList());
    assertEquals(
        new OperatingSystem(
            "windows",
            "windows",
            "10.0.20348",
            "Windows Server 2022 Standard",
            "x86_64",
            "partition 3"),
        system(guest));
    assertEquals("uefi", guest.imageProperties(DistroNames.GLANCE).get("hw_firmware_type"));
  }

  @Test
  void aGptInSectorsOf4096Bytes() throws IOException {
    GuestDescription guest = Disks.describe(Disks.golden("guest/large-sectors.qcow2"));
    PartitionTable table = guest.partitionTable().orElseThrow();
    assertEquals(4096, table.sectorSize());
    assertEquals(List.of(), table.problems());
    Partition partition = table.partitions().getFirst();
    assertEquals(1 << 20, partition.offset());
    assertEquals(2 << 20, partition.length());
    assertEquals("large sectors", partition.name());
    assertEquals("swap", Disks.only(guest).kind());
  }

  @Test
  void linuxOnXfsInALogicalPartition() throws IOException {
    GuestDescription guest = Disks.describe(Disks.golden("guest/xfs.qcow2"));
    assertEquals("partition 5", Disks.only(guest).place());
    assertEquals("00112233-4455-6677-8899-aabbccddeeff", Disks.only(guest).uuid());
    assertEquals("Rooted Linux 4", system(guest).prettyName());
    assertTrue(guest.bytesRead() < 2 << 20, guest::toString);
  }

  @Test
  void linuxInALogicalVolumeOfTwoPieces() throws IOException {
    GuestDescription guest = Disks.describe(Disks.golden("guest/lvm.qcow2"));
    assertEquals(
        List.of("disk LVM2_member group", "group/root ext4 rooted"),
        guest.fileSystems().stream()
            .map(f -> f.place() + " " + f.kind() + " " + f.label())
            .toList());
    assertEquals(Optional.empty(), guest.fileSystems().getLast().unreadable());
    assertEquals("group/root", system(guest).place());
  }

  @Test
  void linuxInASubvolume() throws IOException {
    GuestDescription guest = Disks.describe(Disks.golden("guest/btrfs-compressed.qcow2"));
    assertEquals("btrfs", Disks.only(guest).kind());
    assertEquals("disk /@", system(guest).place());
    assertEquals("Packed Linux 3", system(guest).prettyName());
  }

  /** Long files take several extents, short ones lie in the tree. */
  @ParameterizedTest
  @CsvSource({"zlib, 10000", "lzo, 10000", "zstd, 10000", "zlib, 50", "lzo, 50", "zstd, 50"})
  void filesThatBtrfsCompressed(String kind, int lines) throws IOException {
    String expected =
        IntStream.rangeClosed(1, lines)
            .mapToObj(i -> "%s line %06d\n".formatted(kind, i))
            .collect(Collectors.joining());
    String path = "/@/" + kind + (lines < 100 ? "-short.txt" : ".txt");
    byte[] read =
        Disks.open(
            Disks.golden("guest/btrfs-compressed.qcow2"),
            map -> GuestFiles.read(map, 0, map.size(), path));
    assertEquals(expected, new String(read, StandardCharsets.US_ASCII));
  }
}
