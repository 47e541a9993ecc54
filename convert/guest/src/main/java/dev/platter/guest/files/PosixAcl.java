package dev.platter.guest.files;

import dev.platter.image.CorruptImageException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Access control lists in the form that Linux hands out as extended attributes (version 2: a header
 * of four bytes, eight for each entry), made of those in which file systems keep them.
 */
public final class PosixAcl {
  public static final String ACCESS = "system.posix_acl_access";
  public static final String DEFAULT = "system.posix_acl_default";

  private static final int VERSION = 2;
  private static final int USER = 0x2;
  private static final int GROUP = 0x8;
  private static final int NOBODY = -1;
  private static final int HEADER = 4;
  private static final int ENTRY = 8;

  private PosixAcl() {}

  /** Of ext2, ext3 and ext4: version 1, whose entries have an owner only where they are for one. */
  public static byte[] ofExt(byte[] stored) throws CorruptImageException {
    Bytes from = Bytes.of("access control list", 0, stored);
    from.require(from.u32(0) == 1, "version " + from.u32(0) + " of an access control list");
    ByteBuffer to = buffer(stored.length / 4);
    for (int at = HEADER; at < stored.length; ) {
      int tag = from.u16(at);
      boolean named = tag == USER || tag == GROUP;
      put(to, tag, from.u16(at + 2), named ? from.i32(at + 4) : NOBODY);
      at += named ? 8 : 4;
    }
    return Arrays.copyOf(to.array(), to.position());
  }

  /** Of XFS: a count, then big-endian entries of twelve bytes. */
  public static byte[] ofXfs(byte[] stored) throws CorruptImageException {
    Bytes from = Bytes.of("access control list", 0, stored).big();
    long count = from.u32(0);
    from.require(count <= stored.length / 12, count + " entries of an access control list");
    ByteBuffer to = buffer((int) count);
    for (int i = 0; i < count; i++) {
      int tag = from.i32(4 + i * 12L);
      boolean named = tag == USER || tag == GROUP;
      put(to, tag, from.u16(12 + i * 12L), named ? from.i32(8 + i * 12L) : NOBODY);
    }
    return Arrays.copyOf(to.array(), to.position());
  }

  private static ByteBuffer buffer(int entries) {
    return ByteBuffer.allocate(HEADER + entries * ENTRY)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putInt(VERSION);
  }

  private static void put(ByteBuffer to, int tag, int permissions, int id) {
    to.putShort((short) tag).putShort((short) permissions).putInt(id);
  }
}
