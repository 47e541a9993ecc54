package dev.platter.vhdx;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.image.CorruptImageException;
import dev.platter.image.DiskImage;
import dev.platter.storage.MemoryStorage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Files whose log was not played back: read as if it had been, and left as they are. */
class VhdxLogTest {
  private static final int MIB = HandMadeVhdx.MIB;
  private static final int SIZE = 4 * MIB;

  private MemoryStorage file;
  private long block;
  private byte[] old;
  private byte[] before;

  /** One block of data that the table does not know yet: block 1 of the disk. */
  @BeforeEach
  void build() throws IOException {
    HandMadeVhdx vhdx = new HandMadeVhdx("log.vhdx", SIZE);
    vhdx.logCounts = true;
    old = VhdxReadTest.random(MIB, 1);
    block = vhdx.block(1, 0, old);
    file = vhdx.build();
  }

  @AfterEach
  void theFileWasNotTouched() throws IOException {
    if (before != null) {
      assertArrayEquals(before, file.toByteArray());
    }
  }

  private DiskImage open() throws IOException {
    before = file.toByteArray();
    return VhdxReadTest.open(file);
  }

  private HandMadeLog entry(long sequence, long tail) throws IOException {
    return new HandMadeLog(sequence, tail, file);
  }

  /** A sector of the table in which block 1 has this state. */
  private byte[] table(int state) {
    return HandMadeVhdx.little(4096)
        .putLong(8, HandMadeVhdx.entry(state, state == 6 ? block : 0))
        .array();
  }

  private byte[] blockOne(DiskImage image) throws IOException {
    return Arrays.copyOfRange(VhdxReadTest.content(image.map()), MIB, 2 * MIB);
  }

  private void refused(String words) {
    CorruptImageException e = assertThrows(CorruptImageException.class, this::open);
    assertTrue(e.getMessage().contains(words), e.getMessage());
  }

  @Test
  void dataDescriptorPutsABlockIntoTheTable() throws IOException {
    entry(7, 0).data(HandMadeVhdx.BAT, table(6)).writeTo(file, 0);
    DiskImage image = open();
    assertArrayEquals(old, blockOne(image));
    assertEquals(true, image.info().more().get("log-dirty"));
  }

  @Test
  void leadingAndTrailingBytesComeFromTheDescriptor() throws IOException {
    byte[] sector = VhdxReadTest.random(4096, 2);
    entry(7, 0).data(HandMadeVhdx.BAT, table(6)).data(block + 8192, sector).writeTo(file, 0);
    byte[] expected = old.clone();
    System.arraycopy(sector, 0, expected, 8192, 4096);
    assertArrayEquals(expected, blockOne(open()));
  }

  @Test
  void zeroDescriptorClearsARange() throws IOException {
    entry(7, 0).data(HandMadeVhdx.BAT, table(6)).zero(block + 4096, 8192).writeTo(file, 0);
    byte[] expected = old.clone();
    Arrays.fill(expected, 4096, 12288, (byte) 0);
    assertArrayEquals(expected, blockOne(open()));
  }

  @Test
  void laterEntriesOfTheSequenceWin() throws IOException {
    byte[] first = VhdxReadTest.random(4096, 3);
    byte[] second = VhdxReadTest.random(4096, 4);
    long next =
        entry(7, 0)
            .data(HandMadeVhdx.BAT, table(6))
            .zero(block, 65536)
            .data(block + 8192, first)
            .writeTo(file, 0);
    next = entry(8, 0).data(block + 8192, second).writeTo(file, next);
    entry(9, 0).zero(block + 32768, 4096).data(block + 32768, first).writeTo(file, next);
    byte[] expected = old.clone();
    Arrays.fill(expected, 0, 65536, (byte) 0);
    System.arraycopy(second, 0, expected, 8192, 4096);
    System.arraycopy(first, 0, expected, 32768, 4096);
    assertArrayEquals(expected, blockOne(open()));
  }

  @Test
  void entriesBeforeTheTailAreNotPlayedAgain() throws IOException {
    long tail = entry(7, 0).zero(block, 4096).writeTo(file, 0);
    entry(8, tail).data(HandMadeVhdx.BAT, table(6)).writeTo(file, tail);
    assertArrayEquals(old, blockOne(open()));
  }

  @Test
  void sequenceMayGoOnAtTheStartOfTheRing() throws IOException {
    long start = MIB - 8192;
    byte[] sector = VhdxReadTest.random(4096, 5);
    long next =
        entry(7, start).data(HandMadeVhdx.BAT, table(6)).data(block, sector).writeTo(file, start);
    assertEquals(4096, next);
    entry(8, start).data(block + 4096, sector).writeTo(file, next);
    byte[] expected = old.clone();
    System.arraycopy(sector, 0, expected, 0, 4096);
    System.arraycopy(sector, 0, expected, 4096, 4096);
    assertArrayEquals(expected, blockOne(open()));
  }

  @Test
  void moreDescriptorsThanOneSectorHolds() throws IOException {
    HandMadeLog entry = entry(7, 0).data(HandMadeVhdx.BAT, table(6));
    byte[] expected = old.clone();
    for (int i = 0; i < 200; i++) {
      entry.zero(block + i * 4096L, 4096);
    }
    Arrays.fill(expected, 0, 200 * 4096, (byte) 0);
    entry.writeTo(file, 0);
    assertArrayEquals(expected, blockOne(open()));
  }

  @Test
  void tornLastEntryIsAsIfItWereNotThere() throws IOException {
    long next = entry(7, 0).data(HandMadeVhdx.BAT, table(6)).writeTo(file, 0);
    byte[] torn = entry(8, 0).data(HandMadeVhdx.BAT, table(2)).bytes();
    torn[torn.length - 100] ^= 1;
    HandMadeLog.write(file, next, torn);
    assertArrayEquals(old, blockOne(open()));
  }

  @Test
  void entryWhoseDataSectorIsOfAnotherSequenceIsTorn() throws IOException {
    long next = entry(7, 0).data(HandMadeVhdx.BAT, table(6)).writeTo(file, 0);
    byte[] mixed = entry(8, 0).data(HandMadeVhdx.BAT, table(2)).bytes();
    mixed[mixed.length - 4] ^= 1;
    HandMadeLog.write(file, next, HandMadeVhdx.sealed(mixed));
    byte[] stranger = entry(8, 0).data(HandMadeVhdx.BAT, table(2)).bytes();
    stranger[64 + 24] ^= 1;
    assertArrayEquals(old, blockOne(open()));
    HandMadeLog.write(file, next, HandMadeVhdx.sealed(stranger));
    assertArrayEquals(old, blockOne(open()));
  }

  @Test
  void entryOfAnotherLogIsAsIfItWereNotThere() throws IOException {
    long next = entry(7, 0).data(HandMadeVhdx.BAT, table(6)).writeTo(file, 0);
    HandMadeLog foreign = entry(8, 0).data(HandMadeVhdx.BAT, table(2));
    foreign.id = new UUID(1, 1);
    foreign.writeTo(file, next);
    assertArrayEquals(old, blockOne(open()));
  }

  @Test
  void numberThatDoesNotFollowEndsTheSequenceAndTheHigherSequenceCounts() throws IOException {
    long next = entry(7, 0).data(HandMadeVhdx.BAT, table(2)).writeTo(file, 0);
    entry(9, next).data(HandMadeVhdx.BAT, table(6)).writeTo(file, next);
    assertArrayEquals(old, blockOne(open()));
  }

  @Test
  void sequenceWhoseTailIsGoneDoesNotCount() throws IOException {
    long next = entry(7, 0).data(HandMadeVhdx.BAT, table(6)).writeTo(file, 0);
    entry(9, 4096).data(HandMadeVhdx.BAT, table(2)).writeTo(file, next + 4096);
    assertArrayEquals(old, blockOne(open()));
  }

  @Test
  void logThatCountsButHasNoEntryIsDamage() {
    refused("no valid entry");
  }

  @Test
  void entriesThatAllPointAtTheFirstDoNotKeepTheReaderBusy() throws IOException {
    byte[] entry = entry(7, 0).bytes();
    for (int at = 0; at < MIB; at += 4096) {
      HandMadeLog.write(file, at, entry);
    }
    // Each entry is a sequence of its own, but only the first one's tail is its own place.
    assertEquals(SIZE, open().map().size());
  }

  @Test
  void entriesThatOverlapAreGivenUp() throws IOException {
    byte[] huge = HandMadeVhdx.little(4096).array();
    byte[] front = entry(7, 0).bytes();
    System.arraycopy(front, 0, huge, 0, 4096);
    ByteBuffer.wrap(huge).order(ByteOrder.LITTLE_ENDIAN).putInt(8, MIB);
    for (int at = 0; at < MIB; at += 4096) {
      HandMadeLog.write(file, at, huge);
    }
    refused("overlap");
  }

  @Test
  void fileThatWasCutBehindItsLogIsDamage() throws IOException {
    HandMadeLog entry = entry(7, 0).data(HandMadeVhdx.BAT, table(6));
    entry.flushed = file.size() + MIB;
    entry.writeTo(file, 0);
    refused("the file is cut");
  }

  @Test
  void fileIsAsLongAsItsLogSays() throws IOException {
    HandMadeLog entry =
        entry(7, 0)
            .data(
                HandMadeVhdx.BAT,
                HandMadeVhdx.little(4096).putLong(8, HandMadeVhdx.entry(6, file.size())).array());
    entry.last = file.size() + MIB;
    entry.writeTo(file, 0);
    assertArrayEquals(new byte[MIB], blockOne(open()));
  }

  @Test
  void logThatWritesToTheHeadersToItselfOrPastTheEndIsDamage() throws IOException {
    for (long goal : new long[] {0, 0x10000, MIB, 2 * MIB - 4096, 1L << 40, -4096}) {
      entry(7, 0).data(goal, new byte[4096]).writeTo(file, 0);
      refused("must not");
    }
    entry(7, 0).zero(block, Long.MAX_VALUE - 4095).writeTo(file, 0);
    refused("must not");
  }

  @Test
  void logOutsideTheFileOrNotOnAMebibyteIsDamage() throws IOException {
    entry(7, 0).writeTo(file, 0);
    for (long offset : new long[] {0, MIB + 4096, 1L << 50, -MIB}) {
      HandMadeVhdx.patch(file, 0x10000, 4096, header -> header.putLong(72, offset));
      refused("outside the file");
    }
  }

  @Test
  void logOfAnotherVersionIsRefused() throws IOException {
    HandMadeVhdx.patch(file, 0x10000, 4096, header -> header.putShort(64, (short) 1));
    refused("log version");
  }

  @Test
  void logThatIsEmptyIsLeftAlone() throws IOException {
    entry(7, 0).data(HandMadeVhdx.BAT, table(6)).writeTo(file, 0);
    HandMadeVhdx.patch(file, 0x10000, 4096, header -> header.putLong(48, 0).putLong(56, 0));
    DiskImage image = open();
    assertArrayEquals(new byte[SIZE], VhdxReadTest.content(image.map()));
    assertEquals(false, image.info().more().get("log-dirty"));
  }

  @Test
  void regionTablesAreReadAsTheLogLeavesThem() throws IOException {
    byte[] table = new byte[65536];
    file.readFully(0x30000, MemorySegment.ofArray(table));
    file.write(0x30000, MemorySegment.ofArray(new byte[65536]));
    file.write(0x40000, MemorySegment.ofArray(new byte[65536]));
    entry(7, 0)
        .data(0x30000, Arrays.copyOf(table, 4096))
        .data(HandMadeVhdx.BAT, table(6))
        .writeTo(file, 0);
    assertArrayEquals(old, blockOne(open()));
  }
}
