package dev.platter.guest.files.iso;

import dev.platter.guest.files.Bytes;
import dev.platter.guest.files.FileAttributes.Device;
import dev.platter.guest.files.Source;
import dev.platter.storage.FileNames;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Optional;

/**
 * What Rock Ridge (IEEE P1282) says of a file, in the fields behind its record and in those that
 * these lead to (IEEE P1281).
 */
final class RockRidge {
  private static final int MAX_CONTINUATIONS = 64;
  private static final int MAX_TEXT = 1 << 16;
  private static final int FIELD = 4;
  private static final int GOES_ON = 1;
  private static final int CURRENT = 2;
  private static final int PARENT = 4;
  private static final int ROOT = 8;
  private static final int LONG_TIMES = 0x80;
  private static final int SHORT_TIME = 7;

  private final Source volume;
  private final int blockSize;
  private final ByteArrayOutputStream name = new ByteArrayOutputStream();
  private final ByteArrayOutputStream target = new ByteArrayOutputStream();
  private boolean targetGoesOn;
  private long deviceHigh = -1;
  private long deviceLow;

  /** What is told; null or negative: nothing is. */
  long mode = -1;

  long links = 1;
  long uid;
  long gid;
  Instant created;
  Instant modified;
  Instant accessed;
  Instant changed;

  /**
   * Where a directory is that lies elsewhere, as it would be too deep here; negative: it is here.
   */
  long elsewhere = -1;

  /** Whether this is what {@link #elsewhere} leads to, and not to be seen where it lies. */
  boolean isRelocated;

  boolean isPacked;

  private RockRidge(Source volume, int blockSize) {
    this.volume = volume;
    this.blockSize = blockSize;
  }

  /**
   * Reads the fields of a record.
   *
   * @param skip how many bytes of each are somebody else's
   */
  static RockRidge read(IsoRecord record, int skip, Source volume, int blockSize)
      throws IOException {
    RockRidge found = new RockRidge(volume, blockSize);
    Bytes fields = record.systemUse();
    if (skip <= fields.length()) {
      found.readAll(fields.from(skip));
    }
    return found;
  }

  /**
   * How many bytes to skip, which the first field of the root's own record tells; empty: no fields.
   */
  static Optional<Integer> skip(IsoRecord ofRoot) throws IOException {
    Bytes fields = ofRoot.systemUse();
    boolean isThere =
        fields.length() >= 7 && fields.has(0, "SP") && fields.u8(4) == 0xBE && fields.u8(5) == 0xEF;
    return isThere ? Optional.of(fields.u8(6)) : Optional.empty();
  }

  private void readAll(Bytes first) throws IOException {
    Bytes fields = first;
    for (int continued = 0; continued < MAX_CONTINUATIONS; continued++) {
      Bytes next = null;
      for (int at = 0; at + FIELD <= fields.length(); ) {
        volume.step();
        int length = fields.u8(at + 2);
        if (length < FIELD || fields.has(at, "ST")) {
          break;
        }
        Bytes field = fields.slice(at, length);
        if (field.has(0, "CE")) {
          long place = volume.offsetOf(field.u32(4), blockSize) + field.u32(12);
          next = volume.read(place, field.u32(20));
        } else {
          take(field);
        }
        at += length;
      }
      if (next == null) {
        return;
      }
      fields = next;
    }
    throw first.wrong("more than " + MAX_CONTINUATIONS + " continuations");
  }

  private void take(Bytes field) throws IOException {
    if (field.has(0, "NM")) {
      int flags = field.u8(4);
      if ((flags & (CURRENT | PARENT)) == 0) {
        add(name, field, 5, field.length() - 5);
      }
    } else if (field.has(0, "PX")) {
      mode = field.u32(4);
      links = field.u32(12);
      uid = field.u32(20);
      gid = field.u32(28);
    } else if (field.has(0, "PN")) {
      deviceHigh = field.u32(4);
      deviceLow = field.u32(12);
    } else if (field.has(0, "SL")) {
      addTarget(field);
    } else if (field.has(0, "TF")) {
      takeTimes(field);
    } else if (field.has(0, "CL")) {
      elsewhere = field.u32(4);
    } else if (field.has(0, "RE")) {
      isRelocated = true;
    } else if (field.has(0, "ZF")) {
      isPacked = true;
    }
  }

  private static void add(ByteArrayOutputStream text, Bytes field, int at, int length)
      throws IOException {
    field.require(text.size() <= MAX_TEXT, "a text of more than " + MAX_TEXT + " bytes");
    text.writeBytes(field.array(at, length));
  }

  /** Components of a path, each of which may go on in the next one, or in the next field. */
  private void addTarget(Bytes field) throws IOException {
    for (int at = 5; at + 2 <= field.length(); ) {
      int flags = field.u8(at);
      int length = field.u8(at + 1);
      boolean afterRoot = target.size() == 1 && target.toByteArray()[0] == '/';
      if (target.size() > 0 && !targetGoesOn && !afterRoot) {
        target.write('/');
      }
      if ((flags & ROOT) != 0) {
        target.reset();
        target.write('/');
      } else if ((flags & (CURRENT | PARENT)) != 0) {
        target.writeBytes(((flags & PARENT) != 0 ? ".." : ".").getBytes(StandardCharsets.US_ASCII));
      } else {
        add(target, field, at + 2, length);
      }
      targetGoesOn = (flags & GOES_ON) != 0;
      at += 2 + length;
    }
  }

  /** Times in the order of the bits that say which there are. */
  private void takeTimes(Bytes field) throws IOException {
    int flags = field.u8(4);
    if ((flags & LONG_TIMES) != 0) {
      return; // in letters, which nobody writes
    }
    int at = 5;
    for (int bit = 0; bit < 4; bit++) {
      if ((flags >> bit & 1) != 0) {
        Instant time = IsoRecord.time(field, at);
        switch (bit) {
          case 0 -> created = time;
          case 1 -> modified = time;
          case 2 -> accessed = time;
          default -> changed = time;
        }
        at += SHORT_TIME;
      }
    }
  }

  /** Empty: it has none of its own. */
  String name() {
    return FileNames.text(name.toByteArray());
  }

  /** Where a link points. */
  String target() {
    return FileNames.text(target.toByteArray());
  }

  Optional<Device> device() {
    if (deviceHigh < 0) {
      return Optional.empty();
    }
    return Optional.of(
        deviceHigh == 0 && deviceLow > 0xFF
            ? new Device(deviceLow >> 8, deviceLow & 0xFF)
            : new Device(deviceHigh, deviceLow));
  }
}
