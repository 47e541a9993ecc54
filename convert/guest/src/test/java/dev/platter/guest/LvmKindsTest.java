package dev.platter.guest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.guest.files.Source;
import dev.platter.guest.free.FreeSpace;
import dev.platter.image.BlockMap;
import dev.platter.image.Extent;
import dev.platter.image.disk.GuestReader;
import dev.platter.storage.MemoryStorage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/**
 * A volume group on three partitions with volumes of all kinds, which LVM itself checked: {@code
 * testdata/golden/guest/lvm-kinds.py} tells how it was made.
 */
class LvmKindsTest {
  private static final String KINDS = "guest/lvm-kinds.qcow2";
  private static final int TIMES = 20_000;

  /** What each volume's file tells: its name, or what is wrong. */
  private static TreeMap<String, String> names(BlockMap disk) throws IOException {
    TreeMap<String, String> names = new TreeMap<>();
    try (GuestVolumes volumes = GuestVolumes.open(disk, "disk")) {
      for (Volume volume : volumes.volumes()) {
        FileSystem found = volume.fileSystem();
        if (found.place().startsWith("kinds/")) {
          names.put(found.place().substring(6), name(volume));
        }
      }
    }
    return names;
  }

  private static String name(Volume volume) throws IOException {
    if (!volume.hasFiles()) {
      return volume.whyNoFiles();
    }
    Source file = volume.open().open("/name").orElseThrow();
    byte[] bytes = file.read(0, file.size()).array();
    String text = new String(bytes, StandardCharsets.UTF_8);
    String name = text.lines().findFirst().orElseThrow();
    return text.equals((name + "\n").repeat(TIMES)) ? name : "other bytes";
  }

  @Test
  void volumesOfAllKindsAreRead() throws IOException {
    TreeMap<String, String> names = Disks.open(Disks.golden(KINDS), LvmKindsTest::names);
    TreeMap<String, String> expected = new TreeMap<>();
    for (String name :
        List.of(
            "cached", "mirror", "other", "pieces", "raid0", "raid1", "raid10", "raid5", "striped",
            "thin")) {
      expected.put(name, name);
    }
    assertEquals(expected, names);
  }

  @Test
  void whatLiesOnAPhysicalVolumeThatIsGoneIsNamed() throws IOException {
    TreeMap<String, String> names =
        Disks.open(Disks.golden(KINDS), disk -> names(without(disk, 81 << 20, 121 << 20)));
    assertTrue(
        names.get("striped").contains("a physical volume that is not here"), names::toString);
    assertTrue(names.get("raid5").contains("not enough members"), names::toString);
    assertEquals("pieces", names.get("pieces"));
    // Its third leg is gone, which was not up to date.
    assertEquals("raid10", names.get("raid10"));
    names = Disks.open(Disks.golden(KINDS), disk -> names(without(disk, 1 << 20, 41 << 20)));
    // The group is told by the others; what is left of a mirror is read.
    assertEquals("raid1", names.get("raid1"), names::toString);
    assertTrue(names.get("pieces").contains("is not here"), names::toString);
    assertTrue(names.get("mirror").contains("is not here"), names::toString);
  }

  @Test
  void legsThatTheOthersSayFailedAreNotRead() throws IOException {
    TreeMap<String, String> names =
        Disks.open(Disks.golden(KINDS), disk -> names(withAllLegsFailed(disk)));
    for (String name : List.of("raid1", "raid5", "raid10")) {
      assertTrue(names.get(name).contains("not enough members"), names::toString);
    }
    assertEquals("striped", names.get("striped"));
  }

  /** The same disk whose RAID volumes' states, each at the begin of an extent, say so. */
  private static BlockMap withAllLegsFailed(BlockMap disk) throws IOException {
    TreeMap<Long, MemoryStorage> states = new TreeMap<>();
    try (GuestReader reader = new GuestReader()) {
      for (long at = 1 << 20; at < disk.size(); at += 1 << 20) {
        byte[] state = new byte[512];
        reader.read(disk, at, MemorySegment.ofArray(state));
        if (new String(state, 0, 4, StandardCharsets.US_ASCII).equals("DmRd")) {
          Arrays.fill(state, 24, 32, (byte) 0xFF);
          states.put(at, MemoryStorage.of("state", state));
        }
      }
    }
    return new BlockMap() {
      @Override
      public long size() {
        return disk.size();
      }

      @Override
      public int blockSize() {
        return disk.blockSize();
      }

      @Override
      public Extent extentAt(long offset, long limit) throws IOException {
        Map.Entry<Long, MemoryStorage> state = states.floorEntry(offset);
        if (state != null && offset < state.getKey() + 512) {
          long at = offset - state.getKey();
          return new Extent.Data(offset, Math.min(limit - offset, 512 - at), state.getValue(), at);
        }
        Long next = states.higherKey(offset);
        return disk.extentAt(offset, next == null ? limit : Math.min(limit, next));
      }
    };
  }

  /** The same disk with zeros there. */
  private static BlockMap without(BlockMap disk, long start, long end) {
    return new BlockMap() {
      @Override
      public long size() {
        return disk.size();
      }

      @Override
      public int blockSize() {
        return disk.blockSize();
      }

      @Override
      public Extent extentAt(long offset, long limit) throws IOException {
        if (offset >= start && offset < end) {
          return new Extent.Absent(offset, Math.min(limit, end) - offset);
        }
        return disk.extentAt(offset, offset < start ? Math.min(limit, start) : limit);
      }
    };
  }

  @Test
  void nothingOfAGroupOnSeveralDevicesIsCalledFree() throws IOException {
    Disks.open(
        Disks.golden(KINDS),
        disk -> {
          FreeSpace free = FreeSpace.of(disk, "disk");
          free.each((offset, length) ->
              assertTrue(offset >= 121 << 20, "free at " + offset + ", " + length));
          return null;
        });
  }
}
