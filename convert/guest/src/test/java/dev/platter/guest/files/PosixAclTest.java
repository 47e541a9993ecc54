package dev.platter.guest.files;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.platter.image.CorruptImageException;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

/**
 * Access control lists as Linux hands them out: user::rw-, user:1000:r--, group::r--, mask::r--,
 * other::---, whatever the file system keeps.
 */
class PosixAclTest {
  private static final String LINUX =
      "02000000"
          + "01000600ffffffff"
          + "02000400e8030000"
          + "04000400ffffffff"
          + "10000400ffffffff"
          + "20000000ffffffff";

  @Test
  void ofExt() throws CorruptImageException {
    String stored =
        "01000000" + "01000600" + "02000400e8030000" + "04000400" + "10000400" + "20000000";
    assertEquals(LINUX, hex(PosixAcl.ofExt(HexFormat.of().parseHex(stored))));
  }

  @Test
  void ofXfs() throws CorruptImageException {
    String stored =
        "00000005"
            + "00000001ffffffff00060000"
            + "00000002000003e800040000"
            + "00000004ffffffff00040000"
            + "00000010ffffffff00040000"
            + "00000020ffffffff00000000";
    assertEquals(LINUX, hex(PosixAcl.ofXfs(HexFormat.of().parseHex(stored))));
  }

  @Test
  void whatIsCutIsDamaged() {
    byte[] cut = HexFormat.of().parseHex("01000000" + "02000400e803");
    assertThrows(CorruptImageException.class, () -> PosixAcl.ofExt(cut));
    byte[] many = HexFormat.of().parseHex("0fffffff");
    assertThrows(CorruptImageException.class, () -> PosixAcl.ofXfs(many));
  }

  private static String hex(byte[] bytes) {
    return HexFormat.of().formatHex(bytes);
  }
}
