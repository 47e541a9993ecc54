package dev.platter.storage;

import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Path;

/**
 * An open file as {@link FileStorage} needs it: through system calls ({@link PosixFile}) or through
 * plain Java ({@link ChannelFile}). Arguments are checked; segments are native, and aligned where
 * {@link #alignment()} asks for it.
 */
interface OpenFile extends Closeable {
  /** The system's number for it; negative: it has none. */
  int descriptor();

  long size() throws IOException;

  long allocatedSize() throws IOException;

  int alignment();

  boolean isRegularFile();

  boolean isBlockDevice();

  boolean isSameFile(OpenFile other) throws IOException;

  /** Whether this is the file at that path, links followed. */
  boolean isAt(Path path) throws IOException;

  /** Takes locks, where there are any. */
  void lock(Permissions permissions) throws IOException;

  /** Whether another file can take this one's only name. */
  boolean canBeReplaced() throws IOException;

  /**
   * Takes over the owner, the mode and the extended attributes of another file; false if any of
   * that can not be done.
   */
  boolean inherit(OpenFile old) throws IOException;

  /** The same file as a channel to be read, opened once more. */
  FileChannel channel() throws IOException;

  /** Reads some bytes; 0 or less at the end. */
  long read(long offset, MemorySegment target) throws IOException;

  /** Writes some bytes, at least one. */
  long write(long offset, MemorySegment source) throws IOException;

  Run findRun(long offset, long end) throws IOException;

  void truncate(long size) throws IOException;

  /**
   * Makes a range read as zeros, growing the file, without writing them; false where that can not
   * be done.
   */
  boolean zero(long offset, long length) throws IOException;

  /** Reserves space, growing the file; false where that can not be done. */
  boolean allocate(long offset, long length) throws IOException;

  /** Shares blocks of another file: the number of bytes, a prefix of the range. */
  long cloneFrom(OpenFile source, long sourceOffset, long offset, long length) throws IOException;

  /** Copies within the system: the number of bytes, a prefix of the range. */
  long copyFrom(OpenFile source, long sourceOffset, long offset, long length) throws IOException;

  /**
   * Lets a pipe have pages of this file: the number of bytes, a prefix of the range, or the negated
   * error number.
   */
  long splice(long offset, int pipe, long length) throws IOException;

  void willNeed(long offset, long length);

  void dontNeed(long offset, long length);

  void sync() throws IOException;

  /**
   * Gives a file that was made without a name this name, which must be free; false if the name is
   * taken.
   */
  boolean link(Path target) throws IOException;
}
