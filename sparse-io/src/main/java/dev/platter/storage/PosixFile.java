package dev.platter.storage;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** A file by its {@link Descriptor}: the system's own calls. */
final class PosixFile implements OpenFile {
  private static final int DIRECT_ALIGNMENT = 4096;
  private static final long COPY_PER_CALL = 64L << 20;

  /**
   * The most that one call writes. From 2 MiB on, Linux takes pages of that size for the bytes, and
   * a virtual machine may have to get those back from its host first: to write 0.7 GB then took
   * 0.15 to 1.7 seconds, instead of 0.14.
   */
  private static final long WRITE_PER_CALL = 1 << 20;

  /** From this length on, a write to ext4 is quicker when its space is reserved first. */
  private static final long RESERVE_FROM = 128 << 10;

  private final String name;
  private final int fd;
  private final int flags;
  private final Posix.Status status;
  private final Descriptor descriptor;

  private final DataRuns dataRuns;

  private volatile boolean holesKnown = true;
  private volatile boolean canPunch = true;
  private volatile boolean canZero = true;
  private volatile boolean canAllocate = true;

  /**
   * Whether long writes reserve their space first. ext4 otherwise books every block of a page by
   * itself, which takes as long as copying the bytes; other file systems have nothing to gain.
   */
  private volatile boolean reserves;

  private volatile PosixFile buffered;

  private PosixFile(String name, int fd, int flags, Posix.Status status) {
    this.name = name;
    this.fd = fd;
    this.descriptor = new Descriptor(fd);
    this.dataRuns = new DataRuns((flags & Posix.O_RDWR) == 0);
    this.flags = flags;
    this.status = status;
    int writesCached = flags & (Posix.O_RDWR | Posix.O_DIRECT);
    this.reserves = writesCached == Posix.O_RDWR && status.isRegularFile() && Posix.isOnExt4(fd);
  }

  /** Opens {@code path}; the error numbers are the system's. */
  static PosixFile open(Path path, String name, int flags, int mode) throws IOException {
    long fd = Posix.open(path, flags, mode);
    if (fd < 0) {
      throw new SystemException(name, (flags & Posix.O_CREAT) != 0 ? "create" : "open", (int) -fd);
    }
    int[] error = new int[1];
    Posix.Status status = Posix.status((int) fd, error);
    if (status != null && status.isDirectory()) {
      error[0] = Errno.EISDIR;
    }
    if (error[0] != 0) {
      Posix.close((int) fd);
      throw new SystemException(name, "open", error[0]);
    }
    return new PosixFile(name, (int) fd, flags, status);
  }

  @Override
  public int descriptor() {
    return fd;
  }

  @Override
  public int alignment() {
    return (flags & Posix.O_DIRECT) != 0 ? DIRECT_ALIGNMENT : 1;
  }

  @Override
  public boolean isRegularFile() {
    return status.isRegularFile();
  }

  @Override
  public boolean isBlockDevice() {
    return status.isBlockDevice();
  }

  @Override
  public boolean isSameFile(OpenFile other) {
    return other instanceof PosixFile file && status.isSameFile(file.status);
  }

  @Override
  public boolean isAt(Path path) {
    Posix.Status there = Posix.status(path, new int[1]);
    return there != null && status.isSameFile(there);
  }

  @Override
  public void lock(Permissions permissions) throws IOException {
    if (!status.isRegularFile() && !status.isBlockDevice()) {
      return;
    }
    enter();
    try {
      ByteLocks.take(descriptor, name, permissions);
    } finally {
      leave();
    }
  }

  @Override
  public boolean canBeReplaced() throws IOException {
    Posix.Status now = statusNow();
    return now.links() == 1 && !now.mounted();
  }

  @Override
  public boolean inherit(OpenFile old) throws IOException {
    if (!(old instanceof PosixFile other)) {
      return false;
    }
    return between(other, () -> PosixAttributes.copy(other.fd, fd) ? 1 : 0) == 1;
  }

  @Override
  public long size() throws IOException {
    enter();
    long size;
    try {
      size = Posix.lseek(fd, 0, Posix.SEEK_END);
    } finally {
      leave();
    }
    return checked(size, "find the size");
  }

  @Override
  public long allocatedSize() throws IOException {
    return statusNow().allocated();
  }

  private Posix.Status statusNow() throws IOException {
    int[] error = new int[1];
    enter();
    Posix.Status now;
    try {
      now = Posix.status(fd, error);
    } finally {
      leave();
    }
    checked(-error[0], "find the status");
    return now;
  }

  @Override
  public FileChannel channel() throws IOException {
    enter();
    try {
      return FileChannel.open(Path.of("/proc/self/fd/" + fd), StandardOpenOption.READ);
    } finally {
      leave();
    }
  }

  @Override
  public long read(long offset, MemorySegment target) throws IOException {
    if (unaligned(offset, target)) {
      return buffered().read(offset, target);
    }
    enter();
    long count;
    try {
      count = Posix.pread(fd, target, target.byteSize(), offset);
    } finally {
      leave();
    }
    return count >= 0 && !descriptor.isClosed()
        ? count
        : failed(count, "read", offset, target.byteSize());
  }

  @Override
  public long write(long offset, MemorySegment source) throws IOException {
    if (unaligned(offset, source)) {
      return buffered().write(offset, source);
    }
    long length = Math.min(source.byteSize(), WRITE_PER_CALL);
    enter();
    long count;
    try {
      if (reserves && length >= RESERVE_FROM) {
        // Whatever else goes wrong, such as a full disk, the write itself will tell.
        long result = Posix.fallocate(fd, 0, offset, length);
        reserves = result >= 0 || !Errno.meansUnsupported((int) -result);
      }
      count = Posix.pwrite(fd, source, length, offset);
    } finally {
      leave();
    }
    return count > 0 && !descriptor.isClosed()
        ? count
        : failed(count == 0 ? -Errno.ENOSPC : count, "write", offset, length);
  }

  @Override
  public Run findRun(long offset, long end) throws IOException {
    if (!holesKnown) {
      return new Run(offset, end - offset, false);
    }
    long known = dataRuns.endAt(offset);
    if (known > offset) {
      return new Run(offset, Math.min(known, end) - offset, false);
    }
    long data;
    long hole = end;
    enter();
    try {
      data = Posix.lseek(fd, offset, Posix.SEEK_DATA);
      if (data == offset) {
        hole = Posix.lseek(fd, offset, Posix.SEEK_HOLE);
        dataRuns.add(offset, hole);
      }
    } finally {
      leave();
    }
    if (data == -Errno.ENXIO) {
      return new Run(offset, end - offset, true);
    }
    if (data > offset) {
      return new Run(offset, Math.min(data, end) - offset, true);
    }
    if (data < 0) {
      if (!Errno.meansUnsupported((int) -data)) {
        failed(data, "look for data", offset, end - offset);
      }
      holesKnown = false;
    }
    return new Run(offset, hole > offset ? Math.min(hole, end) - offset : end - offset, false);
  }

  @Override
  public void truncate(long size) throws IOException {
    if (status.isBlockDevice()) {
      if (size > size()) {
        throw new SystemException(name, "grow to " + size + " bytes", Errno.ENOSPC);
      }
      return;
    }
    enter();
    long result;
    try {
      result = Posix.ftruncate(fd, size);
    } finally {
      leave();
    }
    checked(result, "set the size to " + size + " bytes");
  }

  @Override
  public boolean zero(long offset, long length) throws IOException {
    if (status.isRegularFile() && offset + length > size()) {
      // Reserving the last byte grows the file without a moment in which another thread's write
      // could be cut off.
      if (!allocate(offset + length - 1, 1)) {
        return false;
      }
    }
    if (canPunch) {
      canPunch =
          fallocate(Posix.FALLOC_PUNCH_HOLE | Posix.FALLOC_KEEP_SIZE, offset, length, "zero");
      if (canPunch) {
        return true;
      }
    }
    if (canZero) {
      canZero = fallocate(Posix.FALLOC_ZERO_RANGE | Posix.FALLOC_KEEP_SIZE, offset, length, "zero");
    }
    return canZero;
  }

  @Override
  public boolean allocate(long offset, long length) throws IOException {
    if (status.isBlockDevice()) {
      return offset + length <= size();
    }
    if (canAllocate) {
      canAllocate = fallocate(0, offset, length, "reserve");
    }
    return canAllocate;
  }

  private boolean fallocate(int mode, long offset, long length, String action) throws IOException {
    enter();
    long result;
    try {
      result = Posix.fallocate(fd, mode, offset, length);
    } finally {
      leave();
    }
    if (result < 0 && Errno.meansUnsupported((int) -result)) {
      return false;
    }
    if (result < 0) {
      failed(result, action, offset, length);
    }
    return true;
  }

  @Override
  public long cloneFrom(OpenFile source, long sourceOffset, long offset, long length)
      throws IOException {
    if (!(source instanceof PosixFile other) || other.status.device() != status.device()) {
      return 0;
    }
    long result =
        between(other, () -> Posix.cloneRange(other.fd, sourceOffset, fd, offset, length));
    if (result < 0 && !Errno.meansUnsupported((int) -result)) {
      failed(result, "share", offset, length);
    }
    return result < 0 ? 0 : length;
  }

  @Override
  public long copyFrom(OpenFile source, long sourceOffset, long offset, long length)
      throws IOException {
    if (!(source instanceof PosixFile other)) {
      return 0;
    }
    long done = 0;
    while (done < length) {
      long from = sourceOffset + done;
      long to = offset + done;
      long part = Math.min(length - done, COPY_PER_CALL);
      long count = between(other, () -> Posix.copyFileRange(other.fd, from, fd, to, part));
      if (count == 0 || count < 0 && Errno.meansUnsupported((int) -count)) {
        break;
      }
      if (count < 0) {
        failed(count, "copy", to, part);
      }
      done += count;
    }
    return done;
  }

  @Override
  public long splice(long offset, int pipe, long length) throws IOException {
    enter();
    try {
      return Posix.splice(fd, offset, pipe, length);
    } finally {
      leave();
    }
  }

  private interface Call {
    long make();
  }

  private long between(PosixFile other, Call call) throws IOException {
    other.enter();
    try {
      enter();
      try {
        return call.make();
      } finally {
        leave();
      }
    } finally {
      other.leave();
    }
  }

  @Override
  public void willNeed(long offset, long length) {
    advise(offset, length, Posix.FADV_WILLNEED);
  }

  @Override
  public void dontNeed(long offset, long length) {
    advise(offset, length, Posix.FADV_DONTNEED);
  }

  private void advise(long offset, long length, int advice) {
    if (descriptor.tryEnter()) {
      try {
        Posix.fadvise(fd, offset, length, advice);
      } finally {
        leave();
      }
    }
  }

  @Override
  public void sync() throws IOException {
    enter();
    long result;
    try {
      result = Posix.fdatasync(fd);
    } finally {
      leave();
    }
    if (result != -Errno.EINVAL) { // EINVAL: a pipe or a terminal, which has nothing to sync
      checked(result, "sync");
    }
  }

  @Override
  public boolean link(Path target) throws IOException {
    enter();
    long result;
    try {
      result = Posix.link(fd, target);
    } finally {
      leave();
    }
    if (result == -Errno.EEXIST) {
      return false;
    }
    if (result < 0) {
      throw new SystemException(FileNames.text(target), "create", (int) -result);
    }
    return true;
  }

  @Override
  public void close() throws IOException {
    if (descriptor.isClosed()) {
      return;
    }
    try (PosixFile second = secondToClose()) {
      long result = descriptor.close();
      if (result < 0 && result != -Errno.EINTR) {
        throw new SystemException(name, "close", (int) -result);
      }
    }
  }

  private synchronized PosixFile secondToClose() {
    return buffered;
  }

  /**
   * Direct I/O wants aligned ranges; the odd ends go through the page cache, which the kernel keeps
   * coherent.
   */
  private boolean unaligned(long offset, MemorySegment segment) {
    return alignment() > 1 && ((offset | segment.byteSize()) & (DIRECT_ALIGNMENT - 1)) != 0;
  }

  private PosixFile buffered() throws IOException {
    PosixFile second = buffered;
    if (second == null) {
      synchronized (this) {
        second = buffered;
        if (second == null) {
          enter();
          try {
            int plain = flags & ~(Posix.O_DIRECT | Posix.O_TMPFILE | Posix.O_CREAT | Posix.O_EXCL);
            second = open(Path.of("/proc/self/fd/" + fd), name, plain, 0);
            buffered = second;
          } finally {
            leave();
          }
        }
      }
    }
    return second;
  }

  private void enter() throws IOException {
    descriptor.enter();
  }

  private void leave() {
    descriptor.leave();
  }

  private long checked(long result, String action) throws IOException {
    if (descriptor.isClosed()) {
      throw new ClosedChannelException();
    }
    if (result < 0) {
      throw new SystemException(name, action, (int) -result);
    }
    return result;
  }

  private long failed(long result, String action, long offset, long length) throws IOException {
    return checked(result, action + " " + length + " bytes at 0x" + Long.toHexString(offset));
  }
}
