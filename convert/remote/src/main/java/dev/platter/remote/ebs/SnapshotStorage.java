package dev.platter.remote.ebs;

import dev.platter.remote.ReadAhead;
import dev.platter.remote.http.Answer;
import dev.platter.remote.http.Patience;
import dev.platter.storage.Run;
import dev.platter.storage.Storage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;

/** A snapshot to be read: of what it does not have nothing is asked for. */
final class SnapshotStorage extends Storage {
  private static final long AHEAD = 16L << 20;
  private static final int BLOCK = Service.BLOCK;

  private final Service service;
  private final String snapshot;
  private final BlockList blocks;
  private final ReadAhead windows;
  private volatile boolean closed;

  private SnapshotStorage(String shown, Service service, String snapshot, BlockList blocks) {
    super(shown);
    this.service = service;
    this.snapshot = snapshot;
    this.blocks = blocks;
    this.windows = new ReadAhead(blocks.size(), AHEAD, BLOCK, this::fetch);
  }

  static SnapshotStorage open(String snapshot, String shown, Patience patience) throws IOException {
    Service service = Service.open(patience);
    try {
      return new SnapshotStorage(shown, service, snapshot, new BlockList(service, snapshot, shown));
    } catch (Throwable e) {
      service.close();
      throw e;
    }
  }

  @Override
  public long size() throws IOException {
    requireOpen();
    return blocks.size();
  }

  private void requireOpen() throws IOException {
    if (closed) {
      throw new IOException(name() + " is closed");
    }
  }

  @Override
  protected Run findRun(long offset, long end) throws IOException {
    requireOpen();
    int block = (int) (offset / BLOCK);
    boolean isZero = blocks.tokenOf(block).isEmpty();
    long runEnd = Math.min(end, (long) blocks.endOfRun(block) * BLOCK);
    return new Run(offset, runEnd - offset, isZero);
  }

  @Override
  protected long readSome(long offset, MemorySegment target) throws IOException {
    requireOpen();
    return offset >= blocks.size() ? 0 : windows.read(offset, target);
  }

  /** Whole blocks. */
  private void fetch(long offset, MemorySegment target) throws IOException {
    for (long at = 0; at < target.byteSize(); at += BLOCK) {
      int block = (int) ((offset + at) / BLOCK);
      MemorySegment part = target.asSlice(at, BLOCK);
      Optional<String> token = blocks.tokenOf(block);
      if (token.isPresent()) {
        part.copyFrom(MemorySegment.ofArray(get(block, token.get())));
      } else {
        part.fill((byte) 0);
      }
    }
  }

  private byte[] get(int block, String token) throws IOException {
    return service.ask(
        name() + ": block " + block,
        new Service.Call(
            "GET",
            "/snapshots/" + snapshot + "/blocks/" + block,
            Map.of("blockToken", token),
            Map.of(),
            new byte[0]),
        SnapshotStorage::checked);
  }

  /** Bytes that are no more, no fewer and no others than were stored; else it is tried again. */
  private static byte[] checked(Answer answer) throws IOException {
    byte[] bytes = new byte[BLOCK];
    int count = answer.readAll(ByteBuffer.wrap(bytes));
    if (count < BLOCK || answer.read(ByteBuffer.allocate(1)) >= 0) {
      throw new IOException(count < BLOCK ? "only " + count + " bytes came" : "more bytes came");
    }
    String checksum = Base64.getEncoder().encodeToString(sha256().digest(bytes));
    String told = answer.header("x-amz-Checksum").orElse("");
    if (!checksum.equals(told)) {
      throw new IOException("its SHA-256 is " + checksum + ", EBS says '" + told + "'");
    }
    return bytes;
  }

  static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e); // every Java has it
    }
  }

  @Override
  public void close() {
    closed = true;
    service.close();
  }
}
