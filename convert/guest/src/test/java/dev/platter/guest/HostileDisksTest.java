package dev.platter.guest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.guest.copy.TarWriter;
import dev.platter.guest.files.Budget;
import dev.platter.guest.free.FreeSpace;
import dev.platter.image.BlockMap;
import dev.platter.image.Extent;
import dev.platter.image.disk.GuestReader;
import dev.platter.storage.MemoryStorage;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Golden disks with bytes changed where they are looked at: each is described or not, in bounded
 * time, and only an IOException comes out. More rounds: {@code -Dplatter.mutations=N}.
 */
class HostileDisksTest {
  private static final int ROUNDS = 20 * Integer.getInteger("platter.mutations", 15);
  private static final int PAGE = 4096;

  /** A disk of which some pages are others. */
  private static final class Changed implements BlockMap {
    private final BlockMap disk;
    private final TreeSet<Long> asked = new TreeSet<>();
    private final TreeMap<Long, MemoryStorage> changed = new TreeMap<>();

    private Changed(BlockMap disk) {
      this.disk = disk;
    }

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
      long page = offset / PAGE;
      long end = Math.min(limit, (page + 1) * PAGE);
      asked.add(page);
      MemoryStorage other = changed.get(page);
      return other == null
          ? disk.extentAt(offset, end)
          : new Extent.Data(offset, end - offset, other, offset % PAGE);
    }

    private void change(long page, Random random) throws IOException {
      byte[] bytes = new byte[(int) Math.min(PAGE, size() - page * PAGE)];
      try (GuestReader reader = new GuestReader()) {
        reader.read(this, page * PAGE, MemorySegment.ofArray(bytes));
      }
      List<Integer> used = new ArrayList<>(); // bytes that say something
      for (int i = 0; i < bytes.length; i++) {
        if (bytes[i] != 0) {
          used.add(i);
        }
      }
      for (int i = 0; i < 1 + random.nextInt(16) && !used.isEmpty(); i++) {
        int at = used.get(random.nextInt(used.size()));
        switch (random.nextInt(4)) {
          case 0 -> bytes[at] = (byte) random.nextInt(256);
          case 1 -> bytes[at] = (byte) (random.nextBoolean() ? 0xFF : 0x7F);
          case 2 -> bytes[at]++;
          default -> bytes[at] = 0;
        }
      }
      changed.put(page, MemoryStorage.of("changed", bytes));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "tiny-linux.qcow2",
        "guest/btrfs-compressed.qcow2",
        "guest/lvm.qcow2",
        "guest/lvm-kinds.qcow2",
        "guest/windows.qcow2",
        "guest/xfs.qcow2",
        "files/squashfs-xz.raw",
        "files/erofs-lz4.raw",
        "files/exfat.qcow2",
        "files/f2fs.qcow2"
      })
  @Timeout(120)
  void aChangedDiskIsDescribedOrNot(String name) throws IOException {
    Disks.open(
        Disks.golden(name),
        disk -> {
          Changed first = new Changed(disk);
          GuestInspector.describe(first, "disk");
          List<Long> pages = List.copyOf(first.asked);
          int unreadable = 0;
          for (int round = 0; round < ROUNDS; round++) {
            Random random = new Random(name.hashCode() * 31L + round);
            Changed changed = new Changed(disk);
            for (int i = 0; i < 1 + random.nextInt(8); i++) {
              changed.change(pages.get(random.nextInt(pages.size())), random);
            }
            GuestDescription guest = GuestInspector.describe(changed, "disk");
            assertTrue(guest.bytesRead() <= InspectionLimits.DEFAULT.maxBytes() + (1 << 20));
            unreadable +=
                guest.fileSystems().stream().anyMatch(f -> f.unreadable().isPresent()) ? 1 : 0;
          }
          assertTrue(unreadable > 0, "no change was ever noticed");
          return null;
        });
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "tiny-linux.qcow2",
        "guest/btrfs-compressed.qcow2",
        "guest/lvm.qcow2",
        "guest/windows.qcow2",
        "guest/xfs.qcow2",
        "files/squashfs-xz.raw",
        "files/erofs-lzma.raw",
        "files/erofs-deflate.raw",
        "files/erofs-zstd.raw",
        "files/erofs-lz4.raw",
        "files/erofs-old.raw",
        "files/exfat.qcow2",
        "files/f2fs.qcow2",
        "files/udf.qcow2"
      })
  @Timeout(120)
  void filesAndFreeSpaceOfAChangedDiskAreReadOrNot(String name) throws IOException {
    Disks.open(
        Disks.golden(name),
        disk -> {
          Changed first = new Changed(disk);
          FreeSpace.of(first, "disk");
          tar(first);
          List<Long> pages = List.copyOf(first.asked);
          int noticed = 0;
          for (int round = 0; round < ROUNDS / 6; round++) {
            Random random = new Random(name.hashCode() * 37L + round);
            Changed changed = new Changed(disk);
            for (int i = 0; i < 1 + random.nextInt(8); i++) {
              changed.change(pages.get(random.nextInt(pages.size())), random);
            }
            boolean doubtful = true;
            try {
              doubtful = FreeSpace.of(changed, "disk").kept().size() > 1;
              tar(changed);
            } catch (IOException e) {
              doubtful = true;
            }
            noticed += doubtful ? 1 : 0;
          }
          assertTrue(noticed > 0, "no change was ever noticed");
          return null;
        });
  }

  private static void tar(BlockMap disk) throws IOException {
    try (GuestVolumes volumes = GuestVolumes.open(disk, "disk")) {
      for (Volume volume : volumes.volumes()) {
        if (volume.hasFiles()) {
          TarWriter tar = new TarWriter(OutputStream.nullOutputStream(), () -> {});
          Budget budget = volume.bytes().orElseThrow().budget();
          tar.add(volume.open().root(), "", budget, (path, why) -> {});
          tar.finish();
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"tiny-linux.qcow2", "guest/windows.qcow2", "guest/xfs.qcow2"})
  @Timeout(60)
  void aDiskThatEndsEarlyIsDescribedAsFarAsItGoes(String name) throws IOException {
    Disks.open(
        Disks.golden(name),
        disk -> {
          for (long size = 513; size < disk.size(); size = size * 3 + 1) {
            long end = size;
            BlockMap cut =
                new BlockMap() {
                  @Override
                  public long size() {
                    return end;
                  }

                  @Override
                  public int blockSize() {
                    return disk.blockSize();
                  }

                  @Override
                  public Extent extentAt(long offset, long limit) throws IOException {
                    return disk.extentAt(offset, limit);
                  }
                };
            assertEquals(end, GuestInspector.describe(cut, "disk").size());
          }
          return null;
        });
  }

  @ParameterizedTest
  @ValueSource(strings = {"tiny-linux.qcow2", "guest/windows.qcow2", "guest/xfs.qcow2"})
  void whatTakesMoreThanAllowedIsReportedUnreadable(String name) throws IOException {
    Disks.open(
        Disks.golden(name),
        disk -> {
          InspectionLimits few = new InspectionLimits(64L << 20, 160, 256);
          GuestDescription guest = GuestInspector.describe(disk, "disk", few);
          assertTrue(
              guest.fileSystems().stream()
                  .anyMatch(f -> f.unreadable().orElse("").contains("takes more than")),
              guest::toString);
          return null;
        });
  }
}
