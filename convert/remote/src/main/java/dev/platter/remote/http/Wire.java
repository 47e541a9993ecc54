package dev.platter.remote.http;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Bytes to a server and back, with a limit on how long nothing may come or go. For one thread at a
 * time; any other may close it, which ends what that one waits for.
 */
interface Wire extends Closeable {
  /**
   * Reads what has come, or waits for it.
   *
   * @param target has room
   * @return how many bytes, at least one; -1 at the end
   * @throws java.net.SocketTimeoutException if nothing came for too long
   */
  int read(ByteBuffer target) throws IOException;

  /** Sends all. */
  void write(ByteBuffer source) throws IOException;

  /** Whether it is open and nothing has come that was not read, the end neither. */
  boolean isQuiet();

  @Override
  void close();
}
