package dev.platter.guest.files.squashfs;

import dev.platter.guest.files.Bytes;
import dev.platter.guest.files.FileAttributes;
import dev.platter.guest.files.FileAttributes.Device;
import java.io.IOException;
import java.util.Optional;

/** An inode: a short one, or one of the seven types that have room for everything. */
final class SquashInode {
  private static final long NOTHING = 0xFFFFFFFFL;
  private static final int HEADER = 16;
  private static final int EXTENDED = 7; // what the number of a type is larger by
  private static final int MAX_LINK = 1 << 16;

  /** A directory's size counts the entries for itself and its parent, which it has not. */
  private static final int SIZE_OF_NOTHING = 3;

  /** With what it is. */
  int mode;

  /** Which of the table of owners have its user and its group. */
  int user;

  int group;

  /** Seconds since 1970. */
  long modified;

  long number;
  long links = 1;

  /** Bytes of a file, of a link's target, of a directory's list. */
  long size;

  /**
   * Of a file, where its blocks lie in the volume; of a directory, in which block of its table its
   * list begins.
   */
  long start;

  /** Of a file, where its end lies in its fragment; of a directory, where its list in its block. */
  long within;

  /** Which fragment has the end of a file; negative: none. */
  long fragment = -1;

  Optional<Device> device = Optional.empty();

  /** Which of the table of extended attributes are its own; negative: it has none. */
  long attributes = -1;

  /** A link's target; else empty. */
  byte[] target = {};

  private SquashInode() {}

  /** Reads one; of a file, the lengths of its blocks follow. */
  static SquashInode read(SquashBlocks.Reader reader) throws IOException {
    SquashInode inode = new SquashInode();
    Bytes head = reader.read(HEADER);
    inode.mode = head.u16(2) & 0xFFF;
    inode.user = head.u16(4);
    inode.group = head.u16(6);
    inode.modified = head.u32(8);
    inode.number = head.u32(12);
    int type = head.u16(0);
    boolean extended = type > EXTENDED;
    switch (extended ? type - EXTENDED : type) {
      case 1 -> inode.readDirectory(reader, extended);
      case 2 -> inode.readFile(reader, extended);
      case 3 -> inode.readLink(reader, extended);
      case 4 -> inode.readOther(reader, extended, FileAttributes.BLOCK_DEVICE);
      case 5 -> inode.readOther(reader, extended, FileAttributes.CHARACTER_DEVICE);
      case 6 -> inode.readOther(reader, extended, FileAttributes.FIFO);
      case 7 -> inode.readOther(reader, extended, FileAttributes.SOCKET);
      default -> throw head.wrong("an inode of type " + type);
    }
    return inode;
  }

  /** A number that is there or has all bits set. */
  private static long orNone(long number) {
    return number == NOTHING ? -1 : number;
  }

  private void readDirectory(SquashBlocks.Reader reader, boolean extended) throws IOException {
    mode |= FileAttributes.DIRECTORY;
    Bytes more = reader.read(extended ? 24 : 16);
    start = more.u32(extended ? 8 : 0);
    links = more.u32(extended ? 0 : 4);
    size = Math.max((extended ? more.u32(4) : more.u16(8)) - SIZE_OF_NOTHING, 0);
    within = more.u16(extended ? 18 : 10);
    attributes = extended ? orNone(more.u32(20)) : -1;
  }

  private void readFile(SquashBlocks.Reader reader, boolean extended) throws IOException {
    mode |= FileAttributes.FILE;
    Bytes more = reader.read(extended ? 40 : 16);
    start = extended ? more.u63(0) : more.u32(0);
    size = extended ? more.u63(8) : more.u32(12);
    links = extended ? more.u32(24) : 1;
    fragment = orNone(more.u32(extended ? 28 : 4));
    within = more.u32(extended ? 32 : 8);
    attributes = extended ? orNone(more.u32(36)) : -1;
  }

  private void readLink(SquashBlocks.Reader reader, boolean extended) throws IOException {
    mode |= FileAttributes.LINK;
    Bytes more = reader.read(8);
    links = more.u32(0);
    size = more.u32(4);
    more.require(size <= MAX_LINK, "a link of " + size + " bytes");
    target = reader.read((int) size).array();
    attributes = extended ? orNone(reader.read(4).u32(0)) : -1;
  }

  private void readOther(SquashBlocks.Reader reader, boolean extended, int type)
      throws IOException {
    mode |= type;
    links = reader.read(4).u32(0);
    if (type == FileAttributes.BLOCK_DEVICE || type == FileAttributes.CHARACTER_DEVICE) {
      device = Optional.of(Device.ofLinux(reader.read(4).u32(0)));
    }
    attributes = extended ? orNone(reader.read(4).u32(0)) : -1;
  }
}
