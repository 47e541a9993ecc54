package dev.platter.storage;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/**
 * A file through {@link FileChannel}, for platforms without the native calls. It knows no holes:
 * everything is data, and zeros are written, except past the end, where growing leaves a gap.
 */
final class ChannelFile implements OpenFile {
  private static final int MOST = 1 << 20;
  private static final ByteBuffer ZERO = ByteBuffer.allocate(1).asReadOnlyBuffer();

  private final String name;
  private final Path path;
  private final FileChannel channel;
  private final boolean regular;
  private final boolean device;

  private ChannelFile(
      String name, Path path, FileChannel channel, boolean regular, boolean device) {
    this.name = name;
    this.path = path;
    this.channel = channel;
    this.regular = regular;
    this.device = device;
  }

  /**
   * @param mode of a new file, where the file system knows modes
   */
  static ChannelFile open(Path path, String name, Set<? extends OpenOption> options, int mode)
      throws IOException {
    try {
      if (Files.isDirectory(path)) {
        throw new SystemException(name, "open", Errno.EISDIR);
      }
      FileChannel channel = FileChannel.open(path, options, attributes(path, mode));
      boolean regular = Files.isRegularFile(path);
      return new ChannelFile(name, path, channel, regular, !regular && Files.exists(path));
    } catch (NoSuchFileException e) {
      throw caused(new SystemException(name, "open", Errno.ENOENT), e);
    } catch (AccessDeniedException e) {
      throw caused(new SystemException(name, "open", Errno.EACCES), e);
    } catch (FileAlreadyExistsException e) {
      throw caused(new SystemException(name, "create", Errno.EEXIST), e);
    } catch (FileSystemException e) {
      String reason = e.getReason() == null ? e.getMessage() : e.getReason();
      throw caused(new SystemException(name, "open", Errno.number(reason), reason), e);
    }
  }

  private static FileAttribute<?>[] attributes(Path path, int mode) {
    boolean isPrivate = (mode & 077) == 0;
    return isPrivate && path.getFileSystem().supportedFileAttributeViews().contains("posix")
        ? new FileAttribute<?>[] {
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))
        }
        : new FileAttribute<?>[0];
  }

  private static IOException caused(IOException exception, IOException cause) {
    exception.initCause(cause);
    return exception;
  }

  @Override
  public int descriptor() {
    return -1;
  }

  @Override
  public long size() throws IOException {
    return channel.size();
  }

  @Override
  public long allocatedSize() throws IOException {
    return channel.size();
  }

  @Override
  public int alignment() {
    return 1;
  }

  @Override
  public boolean isRegularFile() {
    return regular;
  }

  @Override
  public boolean isBlockDevice() {
    return device;
  }

  @Override
  public boolean isSameFile(OpenFile other) throws IOException {
    return other instanceof ChannelFile file && Files.isSameFile(path, file.path);
  }

  @Override
  public boolean isAt(Path other) throws IOException {
    return Files.exists(other) && Files.isSameFile(path, other);
  }

  /**
   * Java's locks are the process's: they end when it closes any of the file's descriptors, and
   * nobody can be asked for theirs. So there are none.
   */
  @Override
  public void lock(Permissions permissions) {}

  @Override
  public boolean canBeReplaced() throws IOException {
    return !path.getFileSystem().supportedFileAttributeViews().contains("unix")
        || (int) Files.getAttribute(path, "unix:nlink") == 1;
  }

  /** What can be taken over is when the file gets its name: {@link Successor}. */
  @Override
  public boolean inherit(OpenFile old) {
    return true;
  }

  @Override
  public FileChannel channel() throws IOException {
    return FileChannel.open(path, StandardOpenOption.READ);
  }

  @Override
  public long read(long offset, MemorySegment target) throws IOException {
    ByteBuffer buffer = target.asSlice(0, Math.min(target.byteSize(), MOST)).asByteBuffer();
    int length = buffer.remaining();
    try {
      return channel.read(buffer, offset);
    } catch (IOException e) {
      String action = "read " + length + " bytes at 0x" + Long.toHexString(offset);
      throw SystemException.of(name, action, e);
    }
  }

  @Override
  public long write(long offset, MemorySegment source) throws IOException {
    ByteBuffer buffer = source.asSlice(0, Math.min(source.byteSize(), MOST)).asByteBuffer();
    int length = buffer.remaining();
    try {
      return channel.write(buffer, offset);
    } catch (IOException e) {
      String action = "write " + length + " bytes at 0x" + Long.toHexString(offset);
      throw SystemException.of(name, action, e);
    }
  }

  @Override
  public Run findRun(long offset, long end) throws IOException {
    return new Run(offset, end - offset, false);
  }

  @Override
  public void truncate(long size) throws IOException {
    if (size > channel.size()) {
      grow(size);
    } else if (regular) {
      channel.truncate(size);
    }
  }

  private void grow(long size) throws IOException {
    try {
      channel.write(ZERO.duplicate(), size - 1);
    } catch (IOException e) {
      throw SystemException.of(name, "grow to " + size + " bytes", e);
    }
  }

  @Override
  public boolean zero(long offset, long length) throws IOException {
    if (!regular || offset < channel.size()) {
      return false;
    }
    grow(offset + length);
    return true;
  }

  @Override
  public boolean allocate(long offset, long length) throws IOException {
    return offset + length <= channel.size();
  }

  @Override
  public long cloneFrom(OpenFile source, long sourceOffset, long offset, long length) {
    return 0;
  }

  @Override
  public long copyFrom(OpenFile source, long sourceOffset, long offset, long length) {
    return 0;
  }

  @Override
  public long splice(long offset, int pipe, long length) {
    return 0;
  }

  @Override
  public void willNeed(long offset, long length) {}

  @Override
  public void dontNeed(long offset, long length) {}

  @Override
  public void sync() throws IOException {
    channel.force(false);
  }

  @Override
  public boolean link(Path target) {
    throw new IllegalStateException(name + " has a name already");
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
