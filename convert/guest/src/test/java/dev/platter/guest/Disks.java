package dev.platter.guest;

import dev.platter.guest.files.ArraySource;
import dev.platter.guest.files.Budget;
import dev.platter.guest.files.Source;
import dev.platter.image.BlockMap;
import dev.platter.image.DiskImage;
import dev.platter.image.Extent;
import dev.platter.image.spi.ImageFormats;
import dev.platter.image.spi.OpenRequest;
import dev.platter.storage.FileStorage;
import dev.platter.storage.MemoryStorage;
import dev.platter.storage.Storage;
import java.io.IOException;
import java.nio.file.Path;

/** Disks to look into, and what is said of them. */
final class Disks {
  private static final Path GOLDEN = Path.of("..", "..", "testdata", "golden");

  private Disks() {}

  static Path golden(String name) {
    return GOLDEN.resolve(name);
  }

  interface Use<T> {
    T of(BlockMap map) throws IOException;
  }

  /** Opens an image and hands out its map. */
  static <T> T open(Path image, Use<T> use) throws IOException {
    try (Storage storage = FileStorage.openForReading(image);
        DiskImage disk =
            ImageFormats.present()
                .probe(storage)
                .orElseThrow()
                .open(storage, OpenRequest.strict())) {
      return use.of(disk.map());
    }
  }

  /** The bytes of a file as a disk, whatever they look like. */
  static GuestDescription describePlain(Path disk) throws IOException {
    try (Storage storage = FileStorage.openForReading(disk);
        DiskImage image =
            ImageFormats.present().named("raw").orElseThrow().open(storage, OpenRequest.strict())) {
      return GuestInspector.describe(image.map(), "disk");
    }
  }

  static GuestDescription describe(Path image) throws IOException {
    return open(image, map -> GuestInspector.describe(map, "disk"));
  }

  static GuestDescription describe(byte[] disk) throws IOException {
    return GuestInspector.describe(map(disk), "disk");
  }

  /** These bytes as a source. */
  static Source source(byte[] bytes) {
    return new ArraySource("source", bytes, Budget.of(1 << 24, 1 << 24));
  }

  /** These bytes as a disk. */
  static BlockMap map(byte[] disk) {
    MemoryStorage storage = MemoryStorage.of("disk", disk);
    return new BlockMap() {
      @Override
      public long size() {
        return disk.length;
      }

      @Override
      public int blockSize() {
        return 1;
      }

      @Override
      public Extent extentAt(long offset, long limit) {
        return new Extent.Data(offset, limit - offset, storage, offset);
      }
    };
  }

  /** A disk of this size with nothing but a master boot record of these entries. */
  static byte[] withMbr(int size, int[]... entries) {
    byte[] disk = new byte[size];
    putBootRecord(disk, 0, entries);
    return disk;
  }

  /** Entries are: boot flag, type, first sector, sectors. */
  static void putBootRecord(byte[] disk, int at, int[]... entries) {
    for (int i = 0; i < entries.length; i++) {
      int entry = at + MbrEntry.TABLE + i * MbrEntry.LENGTH;
      disk[entry] = (byte) entries[i][0];
      disk[entry + 2] = 2;
      disk[entry + 4] = (byte) entries[i][1];
      putInt(disk, entry + 8, entries[i][2]);
      putInt(disk, entry + 12, entries[i][3]);
    }
    disk[at + 510] = 0x55;
    disk[at + 511] = (byte) 0xAA;
  }

  static void putInt(byte[] disk, int at, int value) {
    for (int i = 0; i < 4; i++) {
      disk[at + i] = (byte) (value >> 8 * i);
    }
  }

  static FileSystem only(GuestDescription guest) {
    if (guest.fileSystems().size() != 1) {
      throw new AssertionError(guest.toString());
    }
    return guest.fileSystems().getFirst();
  }
}
