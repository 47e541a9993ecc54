package dev.platter.wrap;

import dev.platter.image.spi.ImageFormat;
import dev.platter.image.spi.ImageFormats;
import dev.platter.image.spi.UnreadFormat;
import dev.platter.storage.MemoryStorage;
import dev.platter.storage.Storage;
import java.io.IOException;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Which of several files are disks: those that a format knows, those that begin with a boot sector,
 * and those that are called so. Kernels and ramdisks, which lie beside disks, are none.
 */
final class DiskFiles {
  private static final ImageFormats FORMATS = ImageFormats.present();
  private static final Set<String> BESIDE_DISKS = Set.of("aki", "ari");
  private static final int BOOT_SIGNATURE = 510;

  private static final Pattern NAME =
      Pattern.compile(
          ".*\\.(raw|img|bin|dd|disk|iso|qcow2?|vmdk|vhdx?|vdi|hdd|hds)(\\.(gz|xz|zst|lz4|bz2))?");

  private DiskFiles() {}

  /**
   * Whether a file is a disk.
   *
   * @param head its first bytes, {@link ImageFormat#HEAD_BYTES} if it has as many
   */
  static boolean isOne(String name, byte[] head, long size) throws IOException {
    if (size == 0) {
      return false;
    }
    boolean called = NAME.matcher(name.toLowerCase(Locale.ROOT)).matches();
    try (Storage storage = MemoryStorage.of(name, head)) {
      Optional<ImageFormat> found = FORMATS.probe(storage);
      if (found.isPresent() && !found.get().name().equals("raw")) {
        ImageFormat format = found.get();
        return format instanceof UnreadFormat
            ? called
            : !format.holdsDisks() && !BESIDE_DISKS.contains(format.name());
      }
    }
    return called
        || head.length >= BOOT_SIGNATURE + 2
            && head[BOOT_SIGNATURE] == 0x55
            && head[BOOT_SIGNATURE + 1] == (byte) 0xAA;
  }
}
