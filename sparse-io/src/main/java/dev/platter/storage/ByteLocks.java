package dev.platter.storage;

/**
 * QEMU's protocol of locks: for each permission a byte that whoever takes it has locked, and a byte
 * that whoever refuses it to others has locked. All locks are shared ones, so that everybody gets
 * them; then each looks whether somebody has the opposite byte. Of two who come at the same moment,
 * at least one sees the other.
 */
final class ByteLocks {
  /** The byte of the first permission, taken. */
  static final long TAKEN = 100;

  /** The byte of the first permission, refused. */
  static final long REFUSED = 200;

  private ByteLocks() {}

  /** The locks of one open file; all answer a negated error number where they fail. */
  interface Calls {
    /** Locks a byte, so that others may lock it too. */
    long lock(long at);

    /** Gives up all locks in a range. */
    long unlock(long from, long length);

    /** Whether anybody else has locked a byte: 1 or 0. */
    long isLocked(long at);
  }

  /**
   * Takes the locks, or none. A file system without locks lets everything pass.
   *
   * @param file how messages call it
   */
  static void take(Calls calls, String file, Permissions permissions) throws LockedException {
    try {
      if (lock(calls, file, TAKEN, permissions.taken())
          && lock(calls, file, REFUSED, permissions.refused())) {
        check(calls, file, permissions);
      }
    } catch (LockedException e) {
      calls.unlock(TAKEN, REFUSED + Permissions.COUNT - TAKEN);
      throw e;
    }
  }

  /** False if there are no locks here. */
  private static boolean lock(Calls calls, String file, long base, int bits)
      throws LockedException {
    for (int i = 0; i < Permissions.COUNT; i++) {
      if ((bits >> i & 1) != 0) {
        long result = calls.lock(base + i);
        if (result == -Errno.EAGAIN || result == -Errno.EACCES) {
          // Somebody has the byte for himself alone, which is none of QEMU's doing: a refusal
          // still.
          throw base == TAKEN ? LockedException.refused(file, i) : LockedException.taken(file, i);
        }
        if (result < 0) {
          return false;
        }
      }
    }
    return true;
  }

  private static void check(Calls calls, String file, Permissions permissions)
      throws LockedException {
    for (int i = 0; i < Permissions.COUNT; i++) {
      if ((permissions.taken() >> i & 1) != 0 && calls.isLocked(REFUSED + i) > 0) {
        throw LockedException.refused(file, i);
      }
    }
    for (int i = 0; i < Permissions.COUNT; i++) {
      if ((permissions.refused() >> i & 1) != 0 && calls.isLocked(TAKEN + i) > 0) {
        throw LockedException.taken(file, i);
      }
    }
  }
}
