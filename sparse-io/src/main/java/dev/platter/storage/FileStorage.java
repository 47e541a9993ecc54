package dev.platter.storage;

import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;

/**
 * A regular file or a block device.
 *
 * <p>On Linux (x86-64, aarch64), where this module may make native calls ({@code
 * --enable-native-access=dev.platter.sparseio}), it knows holes, reserves and gives back space, and
 * copies inside the kernel. Elsewhere, and with the system property {@code platter.storage=java}, a
 * plain {@link java.nio.channels.FileChannel} takes its place, which does the same work by reading
 * and writing.
 *
 * <p>Segments of any kind may be read into and written from; native ones are used as they are.
 * Errors of the system are {@link SystemException}s. A regular file that is open for reading and
 * becomes shorter is an error where it is noticed, not an end. A call on a closed storage, or one
 * under way while it is closed, ends in a {@link java.nio.channels.ClosedChannelException}.
 */
public final class FileStorage extends WritableStorage {
  private static final long BOUNCE = 1 << 20;
  private static final long DEVICE_BLOCK = 4096;

  private final OpenFile file;
  private final boolean writable;

  /** The size that a regular file had when it was opened for reading; 0: it may become shorter. */
  private final long promised;

  /** For {@link #send}; null until then. */
  private FileChannel sender;

  /** Of a file that was made without a name; null: it has one. */
  private PendingName pending;

  private FileStorage(String name, OpenFile file, boolean writable, long promised) {
    super(name);
    this.file = file;
    this.writable = writable;
    this.promised = promised;
  }

  /** Opens an existing file or device for reading; writing to it fails. */
  public static FileStorage openForReading(Path path, FileOption... options) throws IOException {
    return open(path, FileNames.text(path), Mode.READ, options);
  }

  /** Opens an existing file or device for reading and writing in place; its content stays. */
  public static FileStorage openForWriting(Path path, FileOption... options) throws IOException {
    return open(path, FileNames.text(path), Mode.WRITE, options);
  }

  /** Creates a file, empty; fails with "File exists" if anything has that name. */
  public static FileStorage create(Path path, FileOption... options) throws IOException {
    return open(path, FileNames.text(path), Mode.CREATE, options);
  }

  /**
   * Creates an empty file that has no name until {@link #linkTo} gives it one; without that it is
   * gone when it is closed, or when the process dies. Where the file system has no such files, one
   * with a temporary name takes its place, which {@link #close} deletes. In a process that can make
   * no files it is one that was handed to it, which gets no name.
   *
   * @param directory where it lives, on the file system where it will get its name; empty for the
   *     current one
   * @param name how error messages call it
   */
  public static FileStorage createUnnamed(Path directory, String name, FileOption... options)
      throws IOException {
    Optional<FileStorage> handed = HandedFiles.scratch(name);
    if (handed.isPresent()) {
      return handed.get();
    }
    Path home = directory.toString().isEmpty() ? directory.resolve(".") : directory;
    // The name comes through /proc: without it, better a temporary name now than none in the end.
    if (isNative(home) && Files.exists(Path.of("/proc/self/fd"))) {
      int flags = Posix.O_RDWR | Posix.O_TMPFILE | FileOption.flags(options);
      try {
        FileStorage storage =
            new FileStorage(
                name, PosixFile.open(home, name, flags, FileOption.mode(options)), true, 0);
        storage.pending = PendingName.ofNameless(storage.file);
        return storage;
      } catch (SystemException e) {
        // A file system without O_TMPFILE answers EOPNOTSUPP, one that never heard of it EISDIR.
        if (e.errno() != Errno.EOPNOTSUPP && e.errno() != Errno.EISDIR) {
          throw e;
        }
      }
    }
    Path temporary = Successor.temporaryIn(home);
    FileStorage storage = open(temporary, name, Mode.CREATE, options);
    storage.pending = PendingName.ofTemporary(storage.file, temporary);
    return storage;
  }

  private enum Mode {
    READ,
    WRITE,
    CREATE
  }

  /** Opens an existing file that messages call by another name than its path. */
  static FileStorage open(Path path, String name, boolean writable, FileOption... options)
      throws IOException {
    return open(path, name, writable ? Mode.WRITE : Mode.READ, options);
  }

  private static FileStorage open(Path path, String name, Mode mode, FileOption... options)
      throws IOException {
    boolean writable = mode != Mode.READ;
    OpenFile file;
    if (isNative(path)) {
      // To open a FIFO for reading would wait for a writer; files and devices do not care.
      int flags = writable ? Posix.O_RDWR : Posix.O_RDONLY | Posix.O_NONBLOCK;
      if (mode == Mode.CREATE) {
        flags |= Posix.O_CREAT | Posix.O_EXCL;
      }
      Path place = HandedFiles.place(path);
      file =
          PosixFile.open(place, name, flags | FileOption.flags(options), FileOption.mode(options));
    } else {
      Set<StandardOpenOption> set = EnumSet.of(StandardOpenOption.READ);
      if (writable) {
        set.add(StandardOpenOption.WRITE);
      }
      if (mode == Mode.CREATE) {
        set.add(StandardOpenOption.CREATE_NEW);
      }
      for (FileOption option : options) {
        if (option == FileOption.SYNCHRONOUS) {
          set.add(StandardOpenOption.DSYNC);
        }
      }
      file = ChannelFile.open(path, name, set, FileOption.mode(options));
    }
    try {
      long promised = !writable && file.isRegularFile() ? file.size() : 0;
      return new FileStorage(name, file, writable, promised);
    } catch (Throwable e) {
      file.close();
      throw e;
    }
  }

  /**
   * Whether this process may make the system's own calls ({@code --enable-native-access}). Without,
   * plain Java takes their place, more slowly: bytes go through more copies, holes of files are
   * data, and files are not locked against other programs.
   */
  public static boolean hasNativeAccess() {
    return FileStorage.class.getModule().isNativeAccessEnabled();
  }

  private static boolean isNative(Path path) {
    return path.getFileSystem() == FileSystems.getDefault() && Posix.available();
  }

  /** The system's number for it, good until this is closed; negative: it has none. */
  public int descriptor() {
    return file.descriptor();
  }

  /** Whether this is a regular file, not a device. */
  public boolean isRegularFile() {
    return file.isRegularFile();
  }

  /** Whether this is a block device. */
  public boolean isBlockDevice() {
    return file.isBlockDevice();
  }

  /** Whether both are the same file or device, under whatever names they were opened. */
  public boolean isSameFile(FileStorage other) throws IOException {
    return file.isSameFile(other.file);
  }

  /** Whether this is the file or device at that path now, links followed. */
  public boolean isAt(Path path) throws IOException {
    return file.isAt(path);
  }

  /** Whether it was opened for writing. */
  public boolean isWritable() {
    return writable;
  }

  /**
   * Tells other programs, QEMU's among them, what this one does with the file and what they must
   * not do until it is closed. Take the locks after opening, once it is known what the file is for,
   * and before anything is read or changed that counts. Locks are advice: only who asks is stopped.
   *
   * <p>Where a file system knows no locks, and without native calls, nothing is locked and nobody
   * is asked.
   *
   * @throws LockedException if another open file, of this process or another one, has taken what
   *     must not be, or lets nobody take what is wanted; no lock is held then
   */
  public void lock(Permissions permissions) throws IOException {
    file.lock(permissions);
  }

  /**
   * Creates an empty file without a name, as {@link #createUnnamed} does, that {@link #linkTo} may
   * put in this one's place: it has this one's owner, mode and extended attributes.
   *
   * @param directory where this file lies
   * @return empty if no other file can be to everybody what this one is, because it has several
   *     names, is mounted where it is, is somebody else's, or lies where none can be made
   */
  public Optional<FileStorage> createSuccessor(Path directory, FileOption... options)
      throws IOException {
    if (!file.canBeReplaced()) {
      return Optional.empty();
    }
    FileStorage successor;
    try {
      successor = createUnnamed(directory, name(), options);
    } catch (SystemException e) {
      if (e.errno() == Errno.EACCES || e.errno() == Errno.EPERM || e.errno() == Errno.EROFS) {
        return Optional.empty();
      }
      throw e;
    }
    if (successor.file.inherit(file)) {
      if (isNative(directory)) {
        successor.pending.keepAttributes();
      }
      return Optional.of(successor);
    }
    successor.close();
    return Optional.empty();
  }

  @Override
  public long size() throws IOException {
    long size = file.size();
    if (size < promised) {
      throw shrunk(size);
    }
    return size;
  }

  /** What is missing now would be taken for zeros by those who know that it was there. */
  private EOFException shrunk(long end) {
    return new EOFException(
        name()
            + ": the file became shorter while it was read: it ends at 0x"
            + Long.toHexString(end)
            + ", and had "
            + promised
            + " bytes when it was opened");
  }

  @Override
  public long allocatedSize() throws IOException {
    return file.allocatedSize();
  }

  @Override
  public int alignment() {
    return file.alignment();
  }

  @Override
  public boolean readsZeroWhereUnwritten() {
    return file.isRegularFile();
  }

  @Override
  protected long readSome(long offset, MemorySegment target) throws IOException {
    long count = readOnce(offset, target);
    if (count <= 0 && offset < promised) {
      throw shrunk(file.size());
    }
    return count;
  }

  private long readOnce(long offset, MemorySegment target) throws IOException {
    if (suits(target)) {
      return file.read(offset, target);
    }
    long length = Math.min(target.byteSize(), BOUNCE);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment bounce = arena.allocate(length, file.alignment());
      long count = file.read(offset, bounce);
      if (count > 0) {
        MemorySegment.copy(bounce, 0, target, 0, count);
      }
      return count;
    }
  }

  @Override
  protected long writeSome(long offset, MemorySegment source) throws IOException {
    mustBeWritable();
    if (suits(source)) {
      return file.write(offset, source);
    }
    long length = Math.min(source.byteSize(), BOUNCE);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment bounce = arena.allocate(length, file.alignment());
      bounce.copyFrom(source.asSlice(0, length));
      return file.write(offset, bounce);
    }
  }

  private boolean suits(MemorySegment segment) {
    return segment.isNative() && (segment.address() & (file.alignment() - 1)) == 0;
  }

  @Override
  protected Run findRun(long offset, long end) throws IOException {
    Run run = file.findRun(offset, end);
    if (run.hole()) {
      size(); // what was cut off since looks like a hole
    }
    return run;
  }

  @Override
  public void truncate(long size) throws IOException {
    checkOffset(size);
    mustBeWritable();
    file.truncate(size);
  }

  @Override
  protected void zeroRange(long offset, long length) throws IOException {
    mustBeWritable();
    long end = Math.addExact(offset, length);
    if (file.isRegularFile()) {
      if (!file.zero(offset, length)) {
        writeZeros(offset, end);
      }
      return;
    }
    // A device gives back whole blocks only; the odd ends are written.
    long from = Math.min(end, (offset + DEVICE_BLOCK - 1) & -DEVICE_BLOCK);
    long to = Math.max(from, end & -DEVICE_BLOCK);
    writeZeros(offset, from);
    if (to > from && !file.zero(from, to - from)) {
      writeZeros(from, to);
    }
    writeZeros(to, end);
  }

  @Override
  protected void allocateRange(long offset, long length) throws IOException {
    mustBeWritable();
    long end = Math.addExact(offset, length);
    if (file.allocate(offset, length)) {
      return;
    }
    // Zeros take space too: into holes and past the end, where nothing is to be lost.
    long size = size();
    long at = offset;
    while (at < Math.min(end, size)) {
      Run run = findRun(at, Math.min(end, size));
      if (run.hole()) {
        writeZeros(at, run.end());
      }
      at = run.end();
    }
    writeZeros(at, end);
  }

  private void writeZeros(long from, long end) throws IOException {
    if (from >= end) {
      return;
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment zeros = arena.allocate(Math.min(BOUNCE, end - from), file.alignment());
      for (long at = from; at < end; ) {
        at += file.write(at, zeros.asSlice(0, Math.min(zeros.byteSize(), end - at)));
      }
    }
  }

  @Override
  protected long cloneRange(Storage source, long sourceOffset, long offset, long length)
      throws IOException {
    mustBeWritable();
    return source instanceof FileStorage other
        ? file.cloneFrom(other.file, sourceOffset, offset, length)
        : 0;
  }

  @Override
  protected long copyRange(Storage source, long sourceOffset, long offset, long length)
      throws IOException {
    mustBeWritable();
    return source instanceof FileStorage other
        ? file.copyFrom(other.file, sourceOffset, offset, length)
        : 0;
  }

  /** As {@link OpenFile#splice}. */
  long splice(long offset, int pipe, long length) throws IOException {
    return file.splice(offset, pipe, length);
  }

  @Override
  public void willNeed(long offset, long length) {
    file.willNeed(offset, length);
  }

  @Override
  public void dontNeed(long offset, long length) {
    file.dontNeed(offset, length);
  }

  @Override
  public void sync() throws IOException {
    file.sync();
  }

  /**
   * Gives a file made by {@link #createUnnamed} its name. Whatever has the name is replaced in one
   * step: a symbolic link stays and its goal is replaced. A {@link #createSuccessor} is already
   * what the old file was; any other file takes over the mode and, where allowed, the owner.
   */
  public void linkTo(Path target) throws IOException {
    pendingName().linkTo(target);
  }

  /**
   * Gives a file made by {@link #createUnnamed} a name that nothing has, in one step.
   *
   * @throws FileAlreadyExistsException if anything has it; that stays as it is
   */
  public void linkToNew(Path target) throws IOException {
    pendingName().linkToNew(target);
  }

  private PendingName pendingName() {
    if (pending == null || !pending.isPending()) {
      throw new IllegalStateException(name() + " has a name already");
    }
    return pending;
  }

  private void mustBeWritable() throws IOException {
    if (!writable) {
      throw new SystemException(name(), "write", Errno.EBADF);
    }
  }

  @Override
  public long send(long offset, long length, WritableByteChannel target) throws IOException {
    return sender().transferTo(offset, length, target);
  }

  private synchronized FileChannel sender() throws IOException {
    if (sender == null) {
      sender = file.channel();
    }
    return sender;
  }

  private synchronized void closeSender() throws IOException {
    if (sender != null) {
      sender.close();
    }
  }

  @Override
  public void close() throws IOException {
    try {
      closeSender();
      file.close();
    } finally {
      if (pending != null) {
        pending.giveUp();
      }
    }
  }
}
