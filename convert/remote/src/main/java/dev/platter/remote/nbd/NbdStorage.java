package dev.platter.remote.nbd;

import dev.platter.remote.Bandwidth;
import dev.platter.storage.Run;
import dev.platter.storage.WritableStorage;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * A disk that an NBD server offers. Its size is fixed. Many threads' requests are under way at a
 * time, long ones in parts, on one connection or, where the server says that this is sound, on a
 * few.
 */
public final class NbdStorage extends WritableStorage {
  /** How long a request is at most: several of them overlap, as several threads' do. */
  private static final int PART_BYTES = 512 << 10;

  private static final int MAX_CONNECTIONS = 4;

  /** How far a question about what is data reaches. */
  private static final long STATUS_BYTES = 1L << 31;

  private final List<Connection> connections;
  private final Greeting.Offer offer;
  private volatile Known known = new Known(0, new int[0]);

  private NbdStorage(String name, List<Connection> connections) {
    super(name);
    this.connections = List.copyOf(connections);
    this.offer = connections.getFirst().offer();
  }

  /** What the last block status told, from {@code offset} on: lengths and flags in turn. */
  private record Known(long offset, int[] runs) {}

  /** What a disk is opened for. */
  public enum Access {
    READ,
    WRITE
  }

  /**
   * Connects.
   *
   * @param name how errors call the disk
   * @throws NbdException if the server has no such disk, or it is read-only and was to be written
   */
  public static NbdStorage open(String name, NbdAddress address, Access access) throws IOException {
    List<Connection> connections = new ArrayList<>();
    try {
      connections.add(Connection.open(name, address));
      Greeting.Offer offer = connections.getFirst().offer();
      if (access == Access.WRITE && offer.has(Protocol.NBD_FLAG_READ_ONLY)) {
        throw new NbdException(name + ": the server offers this disk read-only");
      }
      if (offer.has(Protocol.NBD_FLAG_CAN_MULTI_CONN)) {
        int wanted = Math.min(MAX_CONNECTIONS, Runtime.getRuntime().availableProcessors());
        while (connections.size() < wanted) {
          connections.add(Connection.open(name, address));
        }
      }
      return new NbdStorage(name, connections);
    } catch (Throwable e) {
      for (Connection each : connections) {
        each.close();
      }
      throw e;
    }
  }

  @Override
  public long size() {
    return offer.size();
  }

  @Override
  protected long readSome(long offset, MemorySegment target) throws IOException {
    if (offset >= size()) {
      return 0;
    }
    long count = Math.min(target.byteSize(), size() - offset);
    long start = offset - offset % offer.minimumBytes();
    long end = ceil(offset + count);
    if (start == offset && end == offset + count) {
      readAligned(offset, target.asSlice(0, count));
      return count;
    }
    try (Arena arena = Arena.ofConfined()) {
      long part = Math.min(end - start, PART_BYTES);
      MemorySegment whole = arena.allocate(part, 8);
      readAligned(start, whole);
      long usable = Math.min(count, part - (offset - start));
      MemorySegment.copy(whole, offset - start, target, 0, usable);
      return usable;
    }
  }

  private long ceil(long offset) {
    long unit = offer.minimumBytes();
    return Math.min(size(), (offset + unit - 1) / unit * unit);
  }

  private void readAligned(long offset, MemorySegment target) throws IOException {
    Bandwidth.take(target.byteSize());
    Connection connection = connection();
    int part = Math.min(PART_BYTES, offer.maximumBytes());
    Call.Batch batch = connection.batch();
    List<Call> calls = new ArrayList<>();
    for (long at = 0; at < target.byteSize(); at += part) {
      long length = Math.min(part, target.byteSize() - at);
      calls.add(
          connection.send(
              batch,
              Protocol.NBD_CMD_READ,
              offset + at,
              length,
              target.asSlice(at, length),
              MemorySegment.NULL));
    }
    connection.await(batch);
    for (Call call : calls) {
      connection.check(call);
    }
  }

  @Override
  protected Run findRun(long offset, long end) throws IOException {
    if (offer.allocationContext() < 0) {
      return new Run(offset, end - offset, false);
    }
    Known told = known;
    Run run = told.runs.length == 0 ? null : within(told, offset, end);
    if (run == null) {
      told = ask(offset);
      known = told;
      run = within(told, offset, end);
    }
    return run == null ? new Run(offset, end - offset, false) : run;
  }

  private static Run within(Known told, long offset, long end) {
    long at = told.offset;
    for (int i = 0; i < told.runs.length && at <= offset; i += 2) {
      long next = at + Integer.toUnsignedLong(told.runs[i]);
      if (offset < next) {
        boolean isZero = (told.runs[i + 1] & Protocol.NBD_STATE_ZERO) != 0;
        return new Run(offset, Math.min(next, end) - offset, isZero);
      }
      at = next;
    }
    return null;
  }

  private Known ask(long offset) throws IOException {
    Connection connection = connection();
    long unit = offer.minimumBytes();
    long start = offset - offset % unit;
    long length = Math.min(STATUS_BYTES, size() - start);
    Call call =
        connection.exchange(Protocol.NBD_CMD_BLOCK_STATUS, start, length, MemorySegment.NULL);
    if (call.runs == null) {
      throw new NbdException(name() + ": a block status without an answer");
    }
    for (int i = 0; i < call.runs.length; i += 2) {
      if (call.runs[i] == 0) {
        throw new NbdException(name() + ": a block status with a run of no bytes");
      }
    }
    return new Known(start, call.runs);
  }

  @Override
  public void truncate(long size) throws IOException {
    if (size > size()) {
      throw new NbdException(
          name() + ": the disk has " + size() + " bytes and cannot become " + size);
    }
  }

  @Override
  public boolean readsZeroWhereUnwritten() {
    return false;
  }

  @Override
  protected long writeSome(long offset, MemorySegment source) throws IOException {
    long unit = offer.minimumBytes();
    long count = Math.min(source.byteSize(), Math.min(PART_BYTES, offer.maximumBytes()));
    checkRange(offset, count);
    if (offset % unit == 0 && (count % unit == 0 || offset + count == size())) {
      send(offset, source.asSlice(0, count));
      return count;
    }
    return writeUnaligned(offset, source.asSlice(0, count));
  }

  /** Reads what is around the bytes and writes it back with them. */
  private synchronized long writeUnaligned(long offset, MemorySegment source) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      long start = offset - offset % offer.minimumBytes();
      long end = Math.min(ceil(offset + source.byteSize()), start + offer.maximumBytes());
      MemorySegment whole = arena.allocate(end - start, 8);
      readAligned(start, whole);
      long count = Math.min(source.byteSize(), end - offset);
      MemorySegment.copy(source, 0, whole, offset - start, count);
      send(start, whole);
      return count;
    }
  }

  private void send(long offset, MemorySegment source) throws IOException {
    forget();
    Bandwidth.take(source.byteSize());
    connection().exchange(Protocol.NBD_CMD_WRITE, offset, source.byteSize(), source);
  }

  @Override
  protected void zeroRange(long offset, long length) throws IOException {
    checkRange(offset, length);
    long unit = offer.minimumBytes();
    boolean aligned = offset % unit == 0 && (offset + length) % unit == 0;
    if (!offer.has(Protocol.NBD_FLAG_SEND_WRITE_ZEROES) || !aligned) {
      fill(offset, length);
      return;
    }
    forget();
    for (long at = offset; at < offset + length; ) {
      long count = Math.min(offset + length - at, 1L << 30);
      connection().exchange(Protocol.NBD_CMD_WRITE_ZEROES, at, count, MemorySegment.NULL);
      at += count;
    }
  }

  /** Space on a server cannot be reserved without writing. */
  @Override
  protected void allocateRange(long offset, long length) throws IOException {
    checkRange(offset, length);
  }

  @Override
  public void sync() throws IOException {
    if (offer.has(Protocol.NBD_FLAG_SEND_FLUSH)) {
      connection().exchange(Protocol.NBD_CMD_FLUSH, 0, 0, MemorySegment.NULL);
    }
  }

  private void checkRange(long offset, long length) throws NbdException {
    if (offset > size() || length > size() - offset) {
      throw new NbdException(
          name()
              + ": bytes up to 0x"
              + Long.toHexString(offset + length)
              + " do not fit into a disk of 0x"
              + Long.toHexString(size()));
    }
  }

  private void forget() {
    if (known.runs.length > 0) {
      known = new Known(0, new int[0]);
    }
  }

  private Connection connection() {
    int number = (int) (Thread.currentThread().threadId() % connections.size());
    return connections.get(number);
  }

  @Override
  public void close() throws IOException {
    IOException failure = null;
    for (Connection connection : connections) {
      try {
        connection.close();
      } catch (IOException e) {
        failure = e;
      }
    }
    if (failure != null) {
      throw failure;
    }
  }
}
