package dev.platter.storage;

/**
 * Linux's error numbers (asm-generic/errno*.h, the same on x86-64 and aarch64) and the C library's
 * words for them.
 */
final class Errno {
  static final int EPERM = 1;
  static final int ENOENT = 2;
  static final int EINTR = 4;
  static final int EIO = 5;
  static final int ENXIO = 6;
  static final int EBADF = 9;
  static final int EAGAIN = 11;
  static final int EACCES = 13;
  static final int EBUSY = 16;
  static final int EEXIST = 17;
  static final int EXDEV = 18;
  static final int ENODEV = 19;
  static final int EISDIR = 21;
  static final int EINVAL = 22;
  static final int ENOTTY = 25;
  static final int ETXTBSY = 26;
  static final int ENOSPC = 28;
  static final int ESPIPE = 29;
  static final int ENOSYS = 38;
  static final int EROFS = 30;
  static final int ELOOP = 40;
  static final int EOPNOTSUPP = 95;
  static final int EDQUOT = 122;

  private Errno() {}

  /** Whether the number only says that this file, file system or kernel does not know the call. */
  static boolean meansUnsupported(int errno) {
    return switch (errno) {
      case EOPNOTSUPP, ENOSYS, EINVAL, ENOTTY, ENODEV, EPERM, EXDEV, ETXTBSY, EBADF, EISDIR -> true;
      default -> false;
    };
  }

  /** The number behind the system's words, 0 if they are not among {@link #reason}'s. */
  static int number(String reason) {
    for (int errno = 1; errno < 133; errno++) {
      if (reason(errno).equals(reason)) {
        return errno;
      }
    }
    return 0;
  }

  static String reason(int errno) {
    return switch (errno) {
      case EPERM -> "Operation not permitted";
      case ENOENT -> "No such file or directory";
      case EINTR -> "Interrupted system call";
      case EIO -> "Input/output error";
      case ENXIO -> "No such device or address";
      case EBADF -> "Bad file descriptor";
      case EAGAIN -> "Resource temporarily unavailable";
      case 12 -> "Cannot allocate memory";
      case EACCES -> "Permission denied";
      case 14 -> "Bad address";
      case 15 -> "Block device required";
      case EBUSY -> "Device or resource busy";
      case EEXIST -> "File exists";
      case EXDEV -> "Invalid cross-device link";
      case ENODEV -> "No such device";
      case 20 -> "Not a directory";
      case EISDIR -> "Is a directory";
      case EINVAL -> "Invalid argument";
      case 23 -> "Too many open files in system";
      case 24 -> "Too many open files";
      case ENOTTY -> "Inappropriate ioctl for device";
      case ETXTBSY -> "Text file busy";
      case 27 -> "File too large";
      case ENOSPC -> "No space left on device";
      case ESPIPE -> "Illegal seek";
      case EROFS -> "Read-only file system";
      case 31 -> "Too many links";
      case 32 -> "Broken pipe";
      case 36 -> "File name too long";
      case ENOSYS -> "Function not implemented";
      case ELOOP -> "Too many levels of symbolic links";
      case 61 -> "No data available";
      case 75 -> "Value too large for defined data type";
      case EOPNOTSUPP -> "Operation not supported";
      case 107 -> "Transport endpoint is not connected";
      case 110 -> "Connection timed out";
      case 116 -> "Stale file handle";
      case 117 -> "Structure needs cleaning";
      case 121 -> "Remote I/O error";
      case 122 -> "Disk quota exceeded";
      case 123 -> "No medium found";
      case 124 -> "Wrong medium type";
      default -> "Unknown error " + errno;
    };
  }
}
