package dev.platter.remote.ebs;

import dev.platter.remote.Bandwidth;
import dev.platter.remote.BlockStorage;
import dev.platter.remote.http.Attempts;
import dev.platter.remote.http.HttpException;
import dev.platter.remote.http.Patience;
import dev.platter.storage.NewStorage;
import dev.platter.storage.WritableStorage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.Semaphore;
import software.amazon.awssdk.protocols.jsoncore.JsonNode;

/**
 * A new snapshot, made in one pass. It is started when its size is known; blocks that hold data are
 * put, several at a time, each with its SHA-256, and in the end EBS is told how many they were and
 * the SHA-256 of all of theirs in order. Without that it never becomes complete, and EBS gives it
 * up by itself.
 */
final class NewSnapshot implements NewStorage {
  private static final long GIB = 1L << 30;

  /** How many requests are on their way at a time, of 512 KiB each. */
  private static final int IN_FLIGHT = 16;

  /** After how long without a block EBS gives up a snapshot that is not complete, minutes. */
  private static final int GIVEN_UP_AFTER = 60;

  /** A snapshot that was just started may not be known everywhere for a while. */
  private static final int MOST_UNKNOWN = 7;

  private static final String ALGORITHM = "SHA256";
  private static final Map<String, String> JSON = Map.of("Content-Type", "application/json");

  private static final BlockStorage.Sizes SIZES =
      new BlockStorage.Sizes(Service.BLOCK, Service.BLOCK, 0);

  private final String shown;
  private final Wanted wanted;
  private final Service service;
  private final BlockStorage storage;
  private final String token = UUID.randomUUID().toString();
  private final Semaphore inFlight = new Semaphore(IN_FLIGHT);
  private final MessageDigest sum = SnapshotStorage.sha256();

  /** The SHA-256 of blocks that were put before others which come before them. */
  private final TreeMap<Integer, byte[]> early = new TreeMap<>();

  private int begun;
  private int summed;
  private IOException failure;
  private String snapshot = "";
  private boolean closed;

  /** What is to be made. */
  record Wanted(String name, Optional<Boolean> encrypted, Optional<String> kmsKey) {}

  private NewSnapshot(String shown, Wanted wanted, Service service) {
    this.shown = shown;
    this.wanted = wanted;
    this.service = service;
    this.storage = new BlockStorage(shown, SIZES, new InParallel());
  }

  /** Begins one; nothing is sent before its size is known. */
  static NewSnapshot begin(String shown, Wanted wanted, Patience patience) throws IOException {
    return new NewSnapshot(shown, wanted, Service.open(patience));
  }

  @Override
  public WritableStorage storage() {
    return storage;
  }

  @Override
  public boolean sequential() {
    return true;
  }

  @Override
  public void expect(long size) throws IOException {
    if (storage.isExpected()) {
      return;
    }
    if (size == 0 || size % GIB != 0) {
      throw new HttpException(
          "%s: a snapshot has whole GiB, this one would have %d bytes; --round-size 1G makes it so"
              .formatted(shown, size));
    }
    String what = shown + ": start the snapshot";
    JsonNode answer =
        service.json(what, new Service.Call("POST", "/snapshots", Map.of(), JSON, start(size)));
    snapshot = Service.text(answer, "SnapshotId");
    long blockSize = Service.number(answer, "BlockSize");
    long gib = Service.number(answer, "VolumeSize");
    if (!snapshot.matches("snap-[0-9a-f]{1,40}")
        || blockSize != Service.BLOCK
        || gib != size / GIB) {
      throw new HttpException(
          "%s: EBS starts a snapshot of %d GiB in blocks of %d bytes, expected %d in %d"
              .formatted(shown, gib, blockSize, size / GIB, Service.BLOCK));
    }
    storage.expect(size);
  }

  private byte[] start(long size) {
    String name = Service.quoted(wanted.name());
    StringBuilder json = new StringBuilder("{\"VolumeSize\":").append(size / GIB);
    json.append(",\"Timeout\":").append(GIVEN_UP_AFTER);
    json.append(",\"ClientToken\":").append(Service.quoted(token));
    json.append(",\"Description\":").append(name);
    json.append(",\"Tags\":[{\"Key\":\"Name\",\"Value\":").append(name).append("}]");
    wanted.encrypted().ifPresent(is -> json.append(",\"Encrypted\":").append(is));
    wanted.kmsKey().ifPresent(key -> json.append(",\"KmsKeyArn\":").append(Service.quoted(key)));
    return json.append('}').toString().getBytes(StandardCharsets.UTF_8);
  }

  /**
   * Puts a block.
   *
   * @param number the how-manieth it is, from 0
   */
  private void put(int number, int index, byte[] block) throws IOException {
    byte[] hash = SnapshotStorage.sha256().digest(block);
    add(number, hash);
    String checksum = Base64.getEncoder().encodeToString(hash);
    Service.Call call =
        new Service.Call(
            "PUT",
            "/snapshots/" + snapshot + "/blocks/" + index,
            Map.of(),
            Map.of(
                "Content-Type",
                "application/octet-stream",
                "x-amz-Data-Length",
                Integer.toString(block.length),
                "x-amz-Checksum",
                checksum,
                "x-amz-Checksum-Algorithm",
                ALGORITHM),
            block);
    String told = put("%s: put block %d of %s".formatted(shown, index, snapshot), call);
    if (!checksum.equals(told)) {
      throw new HttpException(
          "%s: EBS has other bytes of block %d: SHA-256 '%s', expected %s"
              .formatted(shown, index, told, checksum));
    }
  }

  /** Answers the checksum that EBS tells. */
  private String put(String what, Service.Call call) throws IOException {
    for (int attempt = 0; ; attempt++) {
      try {
        return service.ask(what, call, answer -> answer.header("x-amz-Checksum").orElse(""));
      } catch (Refusal e) {
        if (attempt == MOST_UNKNOWN || !e.kind().equals("ResourceNotFoundException")) {
          throw e;
        }
        Attempts.pause(service.patience(), attempt + 1);
      }
    }
  }

  private synchronized void add(int number, byte[] hash) {
    early.put(number, hash);
    for (byte[] next = early.remove(summed); next != null; next = early.remove(summed)) {
      sum.update(next);
      summed++;
    }
  }

  private synchronized void fail(Throwable e) {
    if (failure == null) {
      failure = e instanceof IOException known ? known : new IOException(shown + ": " + e, e);
    }
  }

  private synchronized void requireNoFailure() throws IOException {
    if (failure != null) {
      throw new IOException(failure.getMessage(), failure);
    }
  }

  @Override
  public void publish() throws IOException {
    storage.finish();
    String status;
    try {
      status = complete();
    } catch (HttpException e) {
      // The answer alone may have got lost: of a snapshot that is not complete EBS lists no block.
      if (!isListed()) {
        throw new HttpException(
            e.getMessage() + ": whether " + snapshot + " is complete is not known", e);
      }
      return;
    }
    if (!status.equals("completed") && !status.equals("pending")) { // which it is for a while
      throw new HttpException("%s: EBS says of %s: %s".formatted(shown, snapshot, status));
    }
  }

  private boolean isListed() {
    try {
      new BlockList(service, snapshot, shown);
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  private synchronized String complete() throws HttpException {
    String checksum = Base64.getEncoder().encodeToString(sum.digest());
    JsonNode answer =
        service.json(
            shown + ": complete the snapshot",
            new Service.Call(
                "POST",
                "/snapshots/completion/" + snapshot,
                Map.of(),
                Map.of(
                    "x-amz-ChangedBlocksCount",
                    Integer.toString(summed),
                    "x-amz-Checksum",
                    checksum,
                    "x-amz-Checksum-Algorithm",
                    ALGORITHM,
                    "x-amz-Checksum-Aggregation-Method",
                    "LINEAR"),
                new byte[0]));
    return Service.text(answer, "Status");
  }

  @Override
  public List<String> notes() {
    return List.of("'" + shown + "' is " + snapshot);
  }

  /** What is not published never becomes complete. */
  @Override
  public void close() {
    if (!closed) {
      closed = true;
      storage.close();
      inFlight.acquireUninterruptibly(IN_FLIGHT);
      service.close();
    }
  }

  /** Puts blocks while others are being made. */
  private final class InParallel implements BlockStorage.Sink {
    @Override
    public void put(long offset, byte[] block, int from, int length) throws IOException {
      inFlight.acquireUninterruptibly();
      try {
        requireNoFailure();
        Bandwidth.take(length);
      } catch (Throwable e) {
        inFlight.release();
        throw e;
      }
      int number = begun++;
      int index = (int) (offset / Service.BLOCK);
      Thread.ofVirtual()
          .name("platter-ebs-" + index)
          .start(() -> {
            try {
              NewSnapshot.this.put(number, index, block);
            } catch (Throwable e) {
              fail(e);
            } finally {
              inFlight.release();
            }
          });
    }

    @Override
    public void await() throws IOException {
      inFlight.acquireUninterruptibly(IN_FLIGHT);
      inFlight.release(IN_FLIGHT);
      requireNoFailure();
    }
  }
}
