package dev.platter.testdata;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import dev.platter.image.disk.GuestDisk;
import dev.platter.image.disk.GuestDisk.Space;
import dev.platter.image.spi.BlockEncoder;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Optional;
import java.util.Random;

/** What the contracts of disks in use do to them, and ask of them afterwards. */
final class LiveOperations {
  private static final int SECTOR = 512;

  private LiveOperations() {}

  /** A range within {@code from} and {@code end}, often of whole pages. */
  static int[] range(Random random, int from, int end) {
    int unit = random.nextInt(4) == 0 ? 1 : random.nextBoolean() ? SECTOR : 4096;
    int most = random.nextInt(8) == 0 ? end - from : Math.min(end - from, 20_000);
    int first = from + random.nextInt(end - from);
    first = Math.max(from, first / unit * unit);
    int last = Math.min(end, first + 1 + random.nextInt(most));
    if (unit > 1 && last / unit * unit > first) {
      last = last / unit * unit;
    }
    return new int[] {first, last};
  }

  /** Does one thing to the disk and the model, and looks at what it did. */
  static void operate(GuestDisk guest, byte[] model, Random random, int from, int end)
      throws IOException {
    int length = end - from;
    switch (random.nextInt(10)) {
      case 0 -> guest.flush();
      case 1 -> {
        guest.zero(from, length, Space.KEEP);
        Arrays.fill(model, from, end, (byte) 0);
      }
      case 2, 3 -> {
        guest.zero(from, length, Space.GIVE_BACK);
        Arrays.fill(model, from, end, (byte) 0);
      }
      case 4, 5 -> {
        guest.discard(from, length);
        byte[] found = read(guest, from, length);
        adoptDiscarded(model, from, found);
      }
      default -> {
        byte[] bytes = new byte[length];
        fill(bytes, random);
        write(guest, from, bytes);
        System.arraycopy(bytes, 0, model, from, length);
      }
    }
    assertTrue(
        Arrays.equals(model, from, end, read(guest, from, length), 0, length),
        () -> "bytes " + from + " to " + end);
  }

  /** Bytes that get smaller when they are compressed, or do not. */
  static void fill(byte[] bytes, Random random) {
    random.nextBytes(bytes);
    if (bytes.length % 2 == 0) {
      for (int i = 0; i < bytes.length; i++) {
        bytes[i] &= 3;
      }
    }
  }

  /** Writes bytes, and whole blocks among them compressed where the image has a way of doing so. */
  static void write(GuestDisk guest, int from, byte[] bytes) throws IOException {
    Optional<BlockEncoder> encoder = guest.newEncoder();
    MemorySegment all = MemorySegment.ofArray(bytes);
    if (encoder.isEmpty()) {
      guest.write(from, all);
      return;
    }
    try (BlockEncoder used = encoder.get();
        Arena arena = Arena.ofConfined()) {
      MemorySegment room = arena.allocate(guest.roomFor(used));
      int block = guest.blockSize();
      int end = from + bytes.length;
      for (int at = from; at < end; ) {
        int stop = Math.min(end, (at / block + 1) * block);
        MemorySegment one = all.asSlice(at - from, stop - at);
        if (at % block == 0 && stop - at == Math.min(block, guest.size() - at)) {
          guest.writeCompressed(at, one, used, room);
        } else {
          guest.write(at, one);
        }
        at = stop;
      }
    }
  }

  /** What was discarded is as it was, or zero, sector by sector. */
  private static void adoptDiscarded(byte[] model, int from, byte[] found) {
    for (int i = 0; i < found.length; i++) {
      if (found[i] != 0) {
        assertEquals(model[from + i], found[i], "a discarded byte is the old one or zero");
      }
      model[from + i] = found[i];
    }
  }

  static byte[] read(GuestDisk guest) throws IOException {
    return read(guest, 0, (int) guest.size());
  }

  static byte[] read(GuestDisk guest, int from, int length) throws IOException {
    byte[] bytes = new byte[length];
    Arrays.fill(bytes, (byte) 0x55);
    guest.read(from, MemorySegment.ofArray(bytes));
    return bytes;
  }

  static void assertSound(LiveDisk disk) throws IOException {
    assertNotCorrupt(disk);
    disk.check().ifPresent(report -> assertEquals(0, report.leaks(), report::toString));
  }

  static void assertNotCorrupt(LiveDisk disk) throws IOException {
    disk.check()
        .ifPresent(report -> {
          if (report.corruptions() + report.checkErrors() > 0) {
            fail(report.toString());
          }
        });
  }
}
