package dev.platter.qcow2;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Commands for qemu-io that write, zero, compress and discard here and there. */
final class RandomCommands {
  static List<String> commands(Random random, int diskSize, int count) {
    List<String> commands = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      long length = 512L << random.nextInt(9);
      length = Math.min(length * (1 + random.nextInt(3)), diskSize);
      long offset = random.nextLong((diskSize - length) / 512 + 1) * 512;
      int pattern = 1 + random.nextInt(255);
      commands.add(
          switch (random.nextInt(7)) {
            case 0 -> "write -z " + offset + " " + length;
            case 1 -> "write -z -u " + offset + " " + length;
            case 2 -> "discard " + offset + " " + length;
            case 3, 4 -> compressed(offset, length, pattern, diskSize);
            default -> "write -P " + pattern + " " + offset + " " + length;
          });
    }
    return commands;
  }

  /** A compressed write must be of whole clusters; those of 64 KiB are whole for most sizes. */
  private static String compressed(long offset, long length, int pattern, int diskSize) {
    long unit = 1 << 16;
    long begin = Math.min(offset / unit * unit, diskSize - unit);
    long bytes = Math.min(Math.max(unit, length / unit * unit), diskSize - begin);
    return "write -c -P " + pattern + " " + begin + " " + bytes;
  }

  private RandomCommands() {}
}
