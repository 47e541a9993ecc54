package dev.platter.guest.files;

import java.time.Instant;
import java.util.Optional;

/**
 * What a file system keeps of a file beside its name and its bytes, in the words of stat(2).
 *
 * @param volume the number of the subvolume, where there are several of which each counts its
 *     inodes by itself; else 0
 * @param inode the number of the file: names with the same one, in the same subvolume, are links to
 *     one file where {@code links} is more than one
 * @param mode what it is and who may do what, as Unix has it; made up where the file system knows
 *     no such thing: 0755 for directories, 0644 for files, 0444 for those that are read-only
 * @param links how many names it has
 * @param uid its owner; 0 where the file system knows none
 * @param gid its group; 0 where the file system knows none
 * @param size bytes
 * @param device of a device the numbers; else empty
 * @param created empty: not known
 */
public record FileAttributes(
    long volume,
    long inode,
    int mode,
    long links,
    long uid,
    long gid,
    long size,
    Optional<Device> device,
    Instant accessed,
    Instant modified,
    Instant changed,
    Optional<Instant> created) {
  /** The bits of a mode that say what a file is. */
  public static final int TYPE = 0xF000;

  public static final int SOCKET = 0xC000;
  public static final int LINK = 0xA000;
  public static final int FILE = 0x8000;
  public static final int BLOCK_DEVICE = 0x6000;
  public static final int DIRECTORY = 0x4000;
  public static final int CHARACTER_DEVICE = 0x2000;
  public static final int FIFO = 0x1000;

  private static final int SET_UID = 0x800;
  private static final int SET_GID = 0x400;
  private static final int STICKY = 0x200;

  /** Far in past and future; what is further off is set to this. */
  private static final long MOST_SECONDS = 1L << 38;

  private static final long NANOS = 1_000_000_000;
  private static final long TICKS = 10_000_000; // NTFS counts 100 ns
  private static final long TICKS_TO_1970 = 11_644_473_600L * TICKS; // from 1601

  /** The numbers of a device. */
  public record Device(long major, long minor) {
    /** As Linux packs them into 32 bits: the lower half of the minor one around the major one. */
    public static Device ofLinux(long packed) {
      return new Device(packed >> 8 & 0xFFF, packed & 0xFF | packed >> 12 & 0xFFF00);
    }
  }

  /** What tells whether two names are links to one file. */
  public record Identity(long volume, long inode) {}

  public Identity identity() {
    return new Identity(volume, inode);
  }

  /** The bits of the mode that say what it is: {@link #FILE}, {@link #DIRECTORY} ... */
  public int type() {
    return mode & TYPE;
  }

  /** All bits of the mode that do not say what it is. */
  public int permissions() {
    return mode & 0xFFF;
  }

  /** The letter that {@code find -type} has for what it is; {@code ?}: something else. */
  public char letter() {
    return switch (type()) {
      case FILE -> 'f';
      case DIRECTORY -> 'd';
      case LINK -> 'l';
      case BLOCK_DEVICE -> 'b';
      case CHARACTER_DEVICE -> 'c';
      case FIFO -> 'p';
      case SOCKET -> 's';
      default -> '?';
    };
  }

  /** The mode as ls(1) shows it, such as {@code drwxr-xr-x}. */
  public String modeText() {
    char[] text = new char[10];
    char letter = letter();
    text[0] = letter == 'f' ? '-' : letter;
    for (int i = 0; i < 9; i++) {
      text[1 + i] = (mode & 0x100 >> i) != 0 ? "rwx".charAt(i % 3) : '-';
    }
    special(text, 3, SET_UID, 's');
    special(text, 6, SET_GID, 's');
    special(text, 9, STICKY, 't');
    return new String(text);
  }

  private void special(char[] text, int at, int bit, char letter) {
    if ((mode & bit) != 0) {
      text[at] = text[at] == 'x' ? letter : Character.toUpperCase(letter);
    }
  }

  /** A time in seconds since 1970, whatever the file system wrote there. */
  public static Instant time(long seconds, long nanos) {
    return Instant.ofEpochSecond(
        Math.clamp(seconds, -MOST_SECONDS, MOST_SECONDS), Math.clamp(nanos, 0, NANOS - 1));
  }

  /** A time of Windows: units of 100 ns since 1601. */
  public static Instant windowsTime(long ticks) {
    long since = ticks < 0 ? 0 : ticks - TICKS_TO_1970;
    return time(Math.floorDiv(since, TICKS), Math.floorMod(since, TICKS) * (NANOS / TICKS));
  }
}
