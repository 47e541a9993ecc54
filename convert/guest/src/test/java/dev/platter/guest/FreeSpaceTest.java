package dev.platter.guest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.guest.free.FreeSpace;
import dev.platter.image.BlockMap;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is free on disks that real systems wrote. */
class FreeSpaceTest {
  @ParameterizedTest
  @CsvSource({
    "tiny-linux.qcow2, 0",
    "guest/btrfs-compressed.qcow2, 0",
    "guest/lvm.qcow2, 0",
    "guest/windows.qcow2, 1", // the reserved partition
    "guest/xfs.qcow2, 1", // an empty partition
    "guest/large-sectors.qcow2, 0"
  })
  void allFilesAreThereWithoutIt(String name, int kept) throws IOException {
    Disks.open(
        Disks.golden(name),
        map -> {
          FreeSpace free = FreeSpace.of(map, "disk");
          assertEquals(kept, free.kept().size(), free.kept().toString());
          assertTrue(free.bytes() > map.size() / 8, free.bytes() + " of " + map.size());
          assertTrue(free.bytes() < map.size());
          assertEquals(
              FreeSpaceInteropTest.files(map), FreeSpaceInteropTest.files(free.zeroed(map)));
          return null;
        });
  }

  @Test
  void aDiskOfNothingKnownIsKept() throws IOException {
    BlockMap disk = Disks.map(new byte[4 << 20]);
    assertEquals(
        List.of(new FreeSpace.Kept("disk", "", "nothing that is known")),
        FreeSpace.of(disk, "disk").kept());
  }

  @Test
  void partitionsThatOverlapAreKept() throws IOException {
    byte[] disk =
        Disks.withMbr(8 << 20, new int[] {0, 0x82, 2048, 4096}, new int[] {0, 0x82, 4096, 4096});
    for (int start : new int[] {2048 * 512, 4096 * 512}) {
      byte[] sign = "SWAPSPACE2".getBytes(StandardCharsets.US_ASCII);
      System.arraycopy(sign, 0, disk, start + 4086, sign.length);
      Disks.putInt(disk, start + 1024, 1);
      Disks.putInt(disk, start + 1028, 511);
    }
    FreeSpace free = FreeSpace.of(Disks.map(disk), "disk");
    assertEquals(0, free.bytes());
    assertEquals(3, free.kept().size(), free.kept().toString());
  }
}
