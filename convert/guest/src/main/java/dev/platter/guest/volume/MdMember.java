package dev.platter.guest.volume;

import dev.platter.guest.files.Bytes;
import dev.platter.guest.files.Source;
import java.io.IOException;
import java.util.Optional;

/**
 * A member of a Linux software array, as its super block (of version 1, or 0.90) tells.
 *
 * @param bytes all of it
 * @param name of the array; empty: none
 * @param level as md numbers them
 * @param chunk bytes; 0: there are none
 * @param members how many the array has
 * @param slot which of them this is; negative: none, but a spare or one that failed
 * @param data where its part of the array begins, bytes
 * @param size bytes of each member that the array uses; of arrays that use all of each, of this one
 * @param events a larger number is of a later change
 * @param doubt why it cannot be used; empty: it can
 */
record MdMember(
    Source bytes,
    String uuid,
    String name,
    int level,
    int layout,
    long chunk,
    int members,
    int slot,
    long data,
    long size,
    long events,
    String doubt) {
  static final int LINEAR = -1;

  private static final int MAGIC = 0xA92B4EFC;
  private static final int LENGTH = 4096;
  private static final int SECTOR = 512;
  private static final int RESERVED = 1 << 16;
  private static final int MAX_MEMBERS = 1 << 12;
  private static final int FIRST_SPECIAL_ROLE = 0xFFF0;
  private static final int ROLES = 256;

  // Of what is said to be there beyond the ordinary.
  private static final int IS_RECOVERING = 2;
  private static final int IS_RESHAPING = 4;
  private static final int IS_REPLACEMENT = 16;
  private static final int HAS_JOURNAL = 512;

  /** Looks in the four places where the super block may be. */
  static Optional<MdMember> find(Source volume) throws IOException {
    long end = volume.size();
    for (long at : new long[] {0, 4096, (end - 8192) / 4096 * 4096}) {
      if (at >= 0) {
        Bytes bytes = volume.readUpTo(at, LENGTH);
        if (bytes.length() >= ROLES && bytes.i32(0) == MAGIC && bytes.i32(4) == 1) {
          return Optional.of(parse(volume, bytes));
        }
      }
    }
    long old = end / RESERVED * RESERVED - RESERVED;
    if (old > 0) {
      Bytes bytes = volume.readUpTo(old, LENGTH);
      if (bytes.length() == LENGTH && bytes.i32(0) == MAGIC && bytes.i32(4) == 0) {
        return Optional.of(parseOld(volume, bytes));
      }
    }
    return Optional.empty();
  }

  private static MdMember parse(Source volume, Bytes bytes) throws IOException {
    int features = bytes.i32(8);
    int level = bytes.i32(72);
    long members = bytes.u32(92);
    long data = sectors(bytes, 128);
    long size = level == 0 || level == LINEAR ? sectors(bytes, 136) : sectors(bytes, 80);
    long role = ROLES + 2 * bytes.u32(160);
    int slot = role + 2 <= bytes.length() ? bytes.u16(role) : FIRST_SPECIAL_ROLE;
    String doubt = "";
    if ((features & IS_RESHAPING) != 0) {
      doubt = "the array is being changed in its layout";
    } else if ((features & HAS_JOURNAL) != 0) {
      doubt = "the array has a journal";
    }
    boolean isBehind = (features & (IS_RECOVERING | IS_REPLACEMENT)) != 0;
    boolean isMember = slot < FIRST_SPECIAL_ROLE && !isBehind;
    return new MdMember(
        volume,
        bytes.uuid(16),
        bytes.text(32, 32),
        level,
        bytes.i32(76),
        bytes.u32(88) * SECTOR,
        members > MAX_MEMBERS ? 0 : (int) members,
        isMember ? slot : -1,
        data,
        size,
        bytes.i64(200),
        doubt);
  }

  private static long sectors(Bytes bytes, int at) throws IOException {
    long sectors = bytes.i64(at);
    bytes.require(sectors >= 0 && sectors < 1L << 50, "an array of " + sectors + " sectors");
    return sectors * SECTOR;
  }

  /** Version 0.90, which stands behind the data. */
  private static MdMember parseOld(Source volume, Bytes bytes) throws IOException {
    long members = bytes.u32(40);
    byte[] uuid = new byte[16];
    System.arraycopy(bytes.array(20, 4), 0, uuid, 0, 4);
    System.arraycopy(bytes.array(52, 12), 0, uuid, 4, 12);
    int level = bytes.i32(28);
    // What this member is itself stands last.
    long slot = bytes.u32(3968 + 12);
    long state = bytes.u32(3968 + 16);
    boolean isInSync = (state & 0b111) == 0b110;
    boolean isWhole = level == 0 || level == LINEAR;
    long size = isWhole ? volume.size() / RESERVED * RESERVED - RESERVED : bytes.u32(32) << 10;
    return new MdMember(
        volume,
        bytes.with(uuid).uuid(0),
        "",
        level,
        bytes.i32(256),
        bytes.u32(260),
        members > MAX_MEMBERS ? 0 : (int) members,
        isInSync && slot < members ? (int) slot : -1,
        0,
        size,
        bytes.i64(152),
        bytes.u32(8) > 90 ? "the array is being changed in its layout" : "");
  }
}
