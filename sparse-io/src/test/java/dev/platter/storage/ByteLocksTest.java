package dev.platter.storage;

import static dev.platter.storage.Permissions.CONSISTENT_READ;
import static dev.platter.storage.Permissions.RESIZE;
import static dev.platter.storage.Permissions.WRITE;
import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The bytes that are locked and looked at, and what a file system without locks does. */
class ByteLocksTest {
  private static final Permissions EDITOR =
      new Permissions(CONSISTENT_READ | WRITE | RESIZE, WRITE | RESIZE);

  /** Locks of one file, some of which somebody else has. */
  private static final class Bytes implements ByteLocks.Calls {
    final TreeSet<Long> own = new TreeSet<>();
    final TreeSet<Long> others = new TreeSet<>();
    long answer;

    @Override
    public long lock(long at) {
      if (answer == 0) {
        own.add(at);
      }
      return answer;
    }

    @Override
    public long unlock(long from, long length) {
      own.removeIf(at -> at >= from && at < from + length);
      return 0;
    }

    @Override
    public long isLocked(long at) {
      return others.contains(at) ? 1 : 0;
    }
  }

  private final Bytes bytes = new Bytes();

  private void take(Permissions permissions) throws LockedException {
    ByteLocks.take(bytes, "a.img", permissions);
  }

  @Test
  void aBytePerPermissionTakenAndRefused() throws Exception {
    take(EDITOR);
    assertEquals("[100, 101, 103, 201, 203]", bytes.own.toString());
  }

  @Test
  void nothingIsLockedWhereNothingIsWanted() throws Exception {
    take(Permissions.NONE);
    assertEquals("[]", bytes.own.toString());
  }

  @ParameterizedTest
  @ValueSource(longs = {101, 103, 200, 201, 203})
  void whoMeetsAnotherGetsNothing(long other) {
    bytes.others.add(other);
    assertThrows(LockedException.class, () -> take(EDITOR));
    assertEquals("[]", bytes.own.toString());
  }

  @ParameterizedTest
  @ValueSource(longs = {99, 100, 102, 104, 202, 204})
  void whatIsNeitherRefusedNorTakenDisturbsNobody(long other) throws Exception {
    bytes.others.add(other);
    take(EDITOR);
  }

  @Test
  void theReasonIsInQemusWords() {
    bytes.others.add(201L);
    assertEquals(
        "Failed to get \"write\" lock",
        assertThrows(LockedException.class, () -> take(EDITOR)).reason());
    bytes.others.clear();
    bytes.others.add(103L);
    assertEquals(
        "Failed to get shared \"resize\" lock",
        assertThrows(LockedException.class, () -> take(EDITOR)).reason());
  }

  @ParameterizedTest
  @ValueSource(ints = {Errno.ENOSYS, Errno.EOPNOTSUPP, Errno.EINVAL, 37 /* ENOLCK */})
  void aFileSystemWithoutLocksLetsEverythingPass(int errno) {
    bytes.answer = -errno;
    bytes.others.add(201L);
    assertDoesNotThrow(() -> take(EDITOR));
  }

  @ParameterizedTest
  @ValueSource(ints = {Errno.EAGAIN, Errno.EACCES})
  void aByteThatSomebodyKeepsForHimselfIsARefusal(int errno) {
    bytes.answer = -errno;
    assertThrows(LockedException.class, () -> take(EDITOR));
  }
}
