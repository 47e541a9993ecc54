package dev.platter.guest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.guest.files.Source;
import dev.platter.guest.free.FreeSpace;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Software arrays whose members are partitions of one disk. The super blocks are written here by
 * what md_p.h of Linux says, and the chunks dealt out by hand, row by row.
 */
class MdArraysTest {
  private static final int MEMBER = 1 << 20;
  private static final int DATA = 64 << 10;
  private static final int CHUNK = 4096;
  private static final int ROWS = 12;
  private static final int SECTOR = 512;

  /** What a super block says. */
  private record Said(int level, int layout, int members, int slot, long events) {}

  private static byte[] member(Said said, int features, byte[]... rows) {
    ByteBuffer bytes = ByteBuffer.allocate(MEMBER).order(ByteOrder.LITTLE_ENDIAN);
    int at = 4096;
    bytes.putInt(at, 0xA92B4EFC).putInt(at + 4, 1).putInt(at + 8, features);
    for (int i = 0; i < 16; i++) {
      bytes.put(at + 16 + i, (byte) (i + 1));
    }
    byte[] name = "host:data".getBytes(StandardCharsets.US_ASCII);
    bytes.put(at + 32, name);
    bytes.putInt(at + 72, said.level()).putInt(at + 76, said.layout());
    long sectors = (long) ROWS * CHUNK / SECTOR;
    bytes.putLong(at + 80, sectors).putInt(at + 88, CHUNK / SECTOR);
    bytes.putInt(at + 92, said.members());
    bytes.putLong(at + 128, DATA / SECTOR).putLong(at + 136, sectors);
    bytes.putInt(at + 160, said.slot()).putLong(at + 200, said.events());
    for (int i = 0; i < said.members(); i++) {
      bytes.putShort(at + 256 + 2 * i, (short) i);
    }
    for (int row = 0; row < rows.length; row++) {
      bytes.put(DATA + row * CHUNK, rows[row]);
    }
    return bytes.array();
  }

  private static byte[] disk(List<byte[]> members) {
    int[][] entries = new int[members.size()][];
    int sectors = MEMBER / SECTOR;
    for (int i = 0; i < entries.length; i++) {
      entries[i] = new int[] {0, 0xFD, (i + 1) * sectors, sectors};
    }
    byte[] disk = Disks.withMbr((members.size() + 2) * MEMBER, entries);
    for (int i = 0; i < members.size(); i++) {
      System.arraycopy(members.get(i), 0, disk, (i + 1) * MEMBER, MEMBER);
    }
    return disk;
  }

  /** Chunks of noise, the first of which begins like a volume that is told by its head. */
  private static byte[][] chunks(int count) {
    byte[][] chunks = new byte[count][CHUNK];
    for (int i = 0; i < count; i++) {
      new Random(i).nextBytes(chunks[i]);
    }
    byte[] sign = "LUKS\u00ba\u00be\0\1".getBytes(StandardCharsets.ISO_8859_1);
    System.arraycopy(sign, 0, chunks[0], 0, sign.length);
    return chunks;
  }

  private static byte[] garbage() {
    byte[] chunk = new byte[CHUNK];
    Arrays.fill(chunk, (byte) 0xA5);
    return chunk;
  }

  private static byte[] joined(byte[][] chunks) {
    byte[] all = new byte[chunks.length * CHUNK];
    for (int i = 0; i < chunks.length; i++) {
      System.arraycopy(chunks[i], 0, all, i * CHUNK, CHUNK);
    }
    return all;
  }

  private static Volume array(GuestVolumes volumes) {
    return volumes.volumes().stream()
        .filter(volume -> volume.fileSystem().place().equals("md/data"))
        .findFirst()
        .orElseThrow();
  }

  private static void assertHolds(byte[][] chunks, List<byte[]> members) throws IOException {
    try (GuestVolumes volumes = GuestVolumes.open(Disks.map(disk(members)), "disk")) {
      Source bytes = array(volumes).bytes().orElseThrow();
      byte[] expected = joined(chunks);
      assertEquals(expected.length, bytes.size());
      byte[] found = bytes.read(0, bytes.size()).array();
      assertEquals(-1, Arrays.mismatch(expected, found), "the first byte that differs");
    }
  }

  private static String whyNot(List<byte[]> members) throws IOException {
    try (GuestVolumes volumes = GuestVolumes.open(Disks.map(disk(members)), "disk")) {
      return array(volumes).fileSystem().unreadable().orElse("");
    }
  }

  @Test
  void mirrorsAreReadFromALegThatIsUpToDate() throws IOException {
    byte[][] chunks = chunks(ROWS);
    byte[][] old = new byte[ROWS][];
    Arrays.fill(old, garbage());
    byte[] good = member(new Said(1, 0, 2, 1, 9), 0, chunks);
    assertHolds(chunks, List.of(member(new Said(1, 0, 2, 0, 5), 0, old), good));
    // One that is being filled has not all yet.
    assertHolds(chunks, List.of(member(new Said(1, 0, 2, 0, 9), 2, old), good));
    assertHolds(chunks, List.of(good));
    assertTrue(
        whyNot(List.of(member(new Said(1, 0, 2, 0, 9), 2, old))).contains("not enough members"));
  }

  @Test
  void stripesAreReadInTurn() throws IOException {
    byte[][] chunks = chunks(3 * ROWS);
    List<byte[]> members = new ArrayList<>();
    for (int slot = 2; slot >= 0; slot--) { // partitions need not be in the order of the array
      byte[][] own = new byte[ROWS][];
      for (int row = 0; row < ROWS; row++) {
        own[row] = chunks[3 * row + slot];
      }
      members.add(member(new Said(0, 0, 3, slot, 1), 0, own));
    }
    assertHolds(chunks, members);
    assertTrue(whyNot(members.subList(1, 3)).contains("not enough members"));
    List<byte[]> twice = List.of(members.get(0), members.get(0), members.get(1));
    assertTrue(whyNot(twice).contains("the same one"));
  }

  /** The first rows of each layout, as tables of md show them: letters are chunks, P is parity. */
  @ParameterizedTest
  @CsvSource({
    "0, abP cPd Pef ghP",
    "1, Pab cPd efP Pgh",
    "2, abP dPc Pef ghP",
    "3, Pab dPc efP Pgh",
    "4, Pab Pcd Pef Pgh",
    "5, abP cdP efP ghP",
  })
  void parityIsSkipped(int layout, String rows) throws IOException {
    byte[][] chunks = chunks(2 * ROWS);
    byte[][][] own = new byte[3][ROWS][];
    String[] shown = rows.split(" ", -1);
    for (int row = 0; row < ROWS; row++) {
      for (int slot = 0; slot < 3; slot++) {
        char letter = shown[row % 3].charAt(slot);
        // The pattern of three rows has six chunks.
        own[slot][row] = letter == 'P' ? garbage() : chunks[letter - 'a' + row / 3 * 6];
      }
    }
    List<byte[]> members = new ArrayList<>();
    for (int slot = 0; slot < 3; slot++) {
      members.add(member(new Said(5, layout, 3, slot, 1), 0, own[slot]));
    }
    assertHolds(chunks, members);
  }

  /** Level 10: near copies (2 of them), far ones, and offset ones, on three or four members. */
  @ParameterizedTest
  @CsvSource({
    "4, 258, aabb ccdd eeff gghh iijj kkll mmnn oopp qqrr sstt uuvv wwxx",
    "3, 258, aab bcc dde eff ggh hii jjk kll mmn noo ppq qrr",
    "3, 513, abc def ghi jkl mno pqr cab fde igh ljk omn rpq",
    "3, 66049, abc cab def fde ghi igh jkl ljk mno omn pqr rpq",
  })
  void copiesAreFound(int count, int layout, String rows) throws IOException {
    String[] shown = rows.split(" ", -1);
    int data = (int) rows.chars().filter(c -> c != ' ').distinct().count();
    byte[][] chunks = chunks(data);
    for (int missing = -1; missing < count; missing++) {
      List<byte[]> members = new ArrayList<>();
      for (int slot = 0; slot < count; slot++) {
        byte[][] own = new byte[ROWS][];
        for (int row = 0; row < ROWS; row++) {
          own[row] = chunks[shown[row].charAt(slot) - 'a'];
        }
        if (slot != missing) {
          members.add(member(new Said(10, layout, count, slot, 1), 0, own));
        }
      }
      assertHolds(chunks, members);
    }
  }

  @Test
  void anArrayWhoseLayoutIsBeingChangedIsNamedOnly() throws IOException {
    byte[] member = member(new Said(1, 0, 1, 0, 1), 4, chunks(1));
    assertTrue(whyNot(List.of(member)).contains("changed in its layout"));
    byte[] other = member(new Said(6, 2, 1, 0, 1), 0, chunks(1));
    assertTrue(whyNot(List.of(other)).contains("level 6"));
  }

  @Test
  void nothingOfAnArrayIsCalledFree() throws IOException {
    byte[] member = member(new Said(1, 0, 1, 0, 1), 0, swap());
    byte[] disk = disk(List.of(member));
    FreeSpace free = FreeSpace.of(Disks.map(disk), "disk");
    free.each((offset, length) -> assertTrue(offset >= 2 * MEMBER, "free at " + offset));
    assertEquals(2, free.kept().size(), () -> free.kept().toString());
  }

  /** Chunks of swap space, which would be free alone. */
  private static byte[][] swap() {
    ByteBuffer head = ByteBuffer.allocate(ROWS * CHUNK).order(ByteOrder.LITTLE_ENDIAN);
    head.putInt(1024, 1).putInt(1028, ROWS - 1);
    head.put(4086, "SWAPSPACE2".getBytes(StandardCharsets.US_ASCII));
    byte[][] chunks = new byte[ROWS][];
    for (int i = 0; i < ROWS; i++) {
      chunks[i] = Arrays.copyOfRange(head.array(), i * CHUNK, (i + 1) * CHUNK);
    }
    return chunks;
  }
}
