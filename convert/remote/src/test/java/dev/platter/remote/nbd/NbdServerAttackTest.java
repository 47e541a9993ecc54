package dev.platter.remote.nbd;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.storage.MemoryStorage;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Clients that break the protocol: they end their own connection at most, the disk stays as it is,
 * and others are served.
 */
@Timeout(60)
class NbdServerAttackTest {
  private static final int SIZE = 1 << 20;

  @TempDir Path directory;
  private byte[] content;
  private MemoryStorage storage;
  private RunningServer server;

  @BeforeEach
  void start() throws IOException {
    content = new byte[SIZE];
    new Random(5).nextBytes(content);
    storage = MemoryStorage.of("disk", content.clone());
    server =
        new RunningServer(
            directory,
            new NbdServer.Settings(4, 4, new NbdServer.Listener() {}),
            new MemoryExport("disk", storage, true),
            new MemoryExport("locked", storage, false));
  }

  @AfterEach
  void othersAreServedAndTheDiskIsAsItWas() throws IOException {
    try (RunningServer running = server;
        NbdStorage disk = running.open("locked", NbdStorage.Access.READ)) {
      byte[] read = new byte[SIZE];
      disk.readFully(0, MemorySegment.ofArray(read));
      assertArrayEquals(content, read);
    }
    assertArrayEquals(content, storage.toByteArray());
  }

  /** A client that says what it likes. */
  private final class Client implements AutoCloseable {
    final SocketChannel channel;
    final DataInputStream in;
    final DataOutputStream out;

    Client() throws IOException {
      this(server.socket);
    }

    Client(Path socket) throws IOException {
      channel = SocketChannel.open(StandardProtocolFamily.UNIX);
      channel.connect(UnixDomainSocketAddress.of(socket));
      in = new DataInputStream(Channels.newInputStream(channel));
      out = new DataOutputStream(Channels.newOutputStream(channel));
    }

    Client greet() throws IOException {
      assertEquals(Protocol.NBDMAGIC, in.readLong());
      assertEquals(Protocol.IHAVEOPT, in.readLong());
      in.readShort();
      out.writeInt(3);
      return this;
    }

    Client choose(String name) throws IOException {
      greet();
      option(Protocol.NBD_OPT_EXPORT_NAME, name.getBytes(java.nio.charset.StandardCharsets.UTF_8));
      assertEquals(SIZE, in.readLong());
      in.readShort();
      return this;
    }

    void option(int option, byte[] data) throws IOException {
      out.writeLong(Protocol.IHAVEOPT);
      out.writeInt(option);
      out.writeInt(data.length);
      out.write(data);
    }

    /** The type of the answer to an option, which is passed over. */
    int answer(int option) throws IOException {
      assertEquals(Protocol.OPTION_REPLY_MAGIC, in.readLong());
      assertEquals(option, in.readInt());
      int type = in.readInt();
      in.skipNBytes(in.readInt());
      return type;
    }

    void request(int flags, int command, long offset, int length) throws IOException {
      out.writeInt(Protocol.NBD_REQUEST_MAGIC);
      out.writeShort(flags);
      out.writeShort(command);
      out.writeLong(77);
      out.writeLong(offset);
      out.writeInt(length);
    }

    int error() throws IOException {
      assertEquals(Protocol.NBD_SIMPLE_REPLY_MAGIC, in.readInt());
      int error = in.readInt();
      assertEquals(77, in.readLong());
      return error;
    }

    /** Whether the server has hung up. */
    boolean isCut() {
      try {
        return in.read() < 0;
      } catch (IOException e) {
        return true;
      }
    }

    @Override
    public void close() throws IOException {
      channel.close();
    }
  }

  @Test
  void requestsPastTheEndAreRefused() throws IOException {
    try (Client client = new Client().choose("disk")) {
      long[] offsets = {
        SIZE - 511, SIZE, SIZE + 1L, Long.MAX_VALUE, Long.MAX_VALUE - 511, -1, -512
      };
      for (long offset : offsets) {
        client.request(0, Protocol.NBD_CMD_READ, offset, 512);
        assertEquals(Protocol.EINVAL, client.error());
        client.request(0, Protocol.NBD_CMD_WRITE, offset, 512);
        client.out.write(new byte[512]);
        assertEquals(Protocol.ENOSPC, client.error());
        client.request(0, Protocol.NBD_CMD_WRITE_ZEROES, offset, -1);
        assertEquals(Protocol.ENOSPC, client.error());
        client.request(0, Protocol.NBD_CMD_TRIM, offset, 512);
        assertEquals(Protocol.EINVAL, client.error());
      }
    }
  }

  @Test
  void nothingIsWrittenToWhatIsReadOnly() throws IOException {
    try (Client client = new Client().choose("locked")) {
      client.request(0, Protocol.NBD_CMD_WRITE, 0, 512);
      client.out.write(new byte[512]);
      assertEquals(Protocol.EPERM, client.error());
      client.request(0, Protocol.NBD_CMD_WRITE_ZEROES, 0, 512);
      assertEquals(Protocol.EPERM, client.error());
      client.request(0, Protocol.NBD_CMD_TRIM, 0, 512);
      assertEquals(Protocol.EPERM, client.error());
    }
  }

  @Test
  void unknownCommandsAndFlagsAreRefused() throws IOException {
    try (Client client = new Client().choose("disk")) {
      for (int command : new int[] {5, 8, 9, 0xffff}) {
        client.request(0, command, 0, 512);
        assertEquals(Protocol.EINVAL, client.error());
      }
      client.request(0x8000, Protocol.NBD_CMD_READ, 0, 512);
      assertEquals(Protocol.EINVAL, client.error());
      client.request(0x8000, Protocol.NBD_CMD_WRITE, 0, 512);
      client.out.write(new byte[512]);
      assertEquals(Protocol.EINVAL, client.error());
      client.request(0, Protocol.NBD_CMD_BLOCK_STATUS, 0, 512);
      assertEquals(Protocol.EINVAL, client.error());
    }
  }

  @Test
  void readsThatAreTooLongAreRefusedAndSuchWritesEndTheConnection() throws IOException {
    try (Client client = new Client().choose("disk")) {
      client.request(0, Protocol.NBD_CMD_READ, 0, -1);
      assertEquals(Protocol.EINVAL, client.error());
      client.request(0, Protocol.NBD_CMD_WRITE, 0, -1);
      assertTrue(client.isCut());
    }
  }

  @Test
  void aWriteThatIsCutOffWritesNothingOfItsLastPart() throws IOException {
    try (Client client = new Client().choose("disk")) {
      client.request(0, Protocol.NBD_CMD_WRITE, 0, 4096);
      client.out.write(new byte[4095]);
    }
  }

  @Test
  void clientsThatLeaveBeforeTheyAreToldGoodbyeAreNoFailure() throws Exception {
    List<Optional<IOException>> failures = new CopyOnWriteArrayList<>();
    NbdServer.Listener listener =
        new NbdServer.Listener() {
          @Override
          public void disconnected(IOException failure, int left) {
            failures.add(Optional.ofNullable(failure));
          }
        };
    Path other = Files.createDirectory(directory.resolve("other"));
    int count = 50;
    // Room for all: those that have left may still be served when the next one comes.
    NbdServer.Settings settings = new NbdServer.Settings(count, 4, listener);
    try (RunningServer running =
        new RunningServer(other, settings, new MemoryExport("disk", storage, false))) {
      for (int i = 0; i < count; i++) {
        try (Client client = new Client(running.socket)) {
          client.greet().option(Protocol.NBD_OPT_ABORT, new byte[0]);
        }
      }
      while (failures.size() < count) {
        Thread.sleep(10);
      }
    }
    assertEquals(Collections.nCopies(count, Optional.empty()), failures);
  }

  @Test
  void wrongMagicEndsTheConnection() throws IOException {
    try (Client client = new Client().choose("disk")) {
      client.out.write(new byte[28]);
      assertTrue(client.isCut());
    }
    try (Client client = new Client().greet()) {
      client.out.write(new byte[16]);
      assertTrue(client.isCut());
    }
    try (Client client = new Client()) {
      client.out.writeInt(0x70000000);
      client.in.skipNBytes(18);
      assertTrue(client.isCut());
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, Integer.MIN_VALUE, Integer.MAX_VALUE, (1 << 20) + 1})
  void hugeOptionsEndTheConnection(int length) throws IOException {
    try (Client client = new Client().greet()) {
      client.out.writeLong(Protocol.IHAVEOPT);
      client.out.writeInt(Protocol.NBD_OPT_GO);
      client.out.writeInt(length);
      assertTrue(client.isCut());
    }
  }

  @Test
  void optionsWhoseLengthsDoNotAddUpAreRefused() throws IOException {
    byte[][] datas = {
      {},
      {0, 0, 0},
      {0, 0, 0, 9, 'd'},
      {-1, -1, -1, -1},
      {0, 0, 0, 0, -1, -1},
      {0, 0, 0, 0, 0, 0, 7},
      {0, 0, 0, 1, -1, 0, 0},
      {127, -1, -1, -1, 0, 0},
    };
    try (Client client = new Client().greet()) {
      for (byte[] data : datas) {
        client.option(Protocol.NBD_OPT_GO, data);
        assertTrue(client.answer(Protocol.NBD_OPT_GO) < 0);
        client.option(Protocol.NBD_OPT_SET_META_CONTEXT, data);
        assertTrue(client.answer(Protocol.NBD_OPT_SET_META_CONTEXT) < 0);
      }
      client.option(Protocol.NBD_OPT_LIST, new byte[1]);
      assertTrue(client.answer(Protocol.NBD_OPT_LIST) < 0);
      client.option(4711, new byte[70_000]);
      assertTrue(client.answer(4711) < 0);
      client.option(Protocol.NBD_OPT_STARTTLS, new byte[0]);
      assertTrue(client.answer(Protocol.NBD_OPT_STARTTLS) < 0);
    }
  }

  @Test
  void clientsBeyondTheLimitAreTurnedAwayAndTheirPlaceIsFreeAgain() throws Exception {
    List<Client> clients = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      clients.add(new Client().greet());
    }
    try (Client fifth = new Client()) {
      assertTrue(fifth.isCut());
    }
    for (Client client : clients) {
      client.close();
    }
    while (true) {
      try (Client again = new Client()) {
        if (again.in.read() >= 0) {
          return;
        }
      } catch (IOException e) {
        // turned away still
      }
      Thread.sleep(5);
    }
  }

  /** Numbers at the edges of the disk and of what they are stored in. */
  private static long edge(Random random) {
    long[] edges = {0, 1, SIZE - 1, SIZE, SIZE + 1, 1L << 31, 1L << 32, Long.MAX_VALUE, -1, -512};
    return random.nextInt(3) == 0 ? edges[random.nextInt(edges.length)] : random.nextInt(SIZE);
  }

  /** A disk of a plain array says what each request may do. */
  @Test
  void randomRequestsDoWhatTheyMayAndNoMore() throws IOException {
    int done = 0;
    for (int seed = 0; seed < 20; seed++) {
      Random random = new Random(seed);
      try (Client client = new Client().choose("disk")) {
        for (int i = 0; i < 300; i++) {
          done += tryOne(client, random) ? 1 : 0;
        }
      }
    }
    assertTrue(done > 500, "only " + done + " requests were carried out");
    assertArrayEquals(content, storage.toByteArray());
  }

  /** Sends a request; answers whether the server carried it out, as it had to. */
  private boolean tryOne(Client client, Random random) throws IOException {
    int command = random.nextInt(20) == 0 ? random.nextInt(0x10000) : random.nextInt(8);
    if (command == Protocol.NBD_CMD_DISC) {
      return false;
    }
    boolean writes = command == Protocol.NBD_CMD_WRITE;
    int flags = random.nextInt(3) > 0 ? 0 : random.nextInt(6) > 0 ? 1 : random.nextInt(0x10000);
    long offset = edge(random);
    int length = random.nextInt(20_000);
    if (!writes && random.nextInt(4) == 0) {
      length = (int) edge(random);
    }
    byte[] payload = new byte[writes ? length : 0];
    random.nextBytes(payload);
    client.request(flags, command, offset, length);
    client.out.write(payload);

    long bytes = Integer.toUnsignedLong(length);
    boolean inside = offset >= 0 && offset <= SIZE && bytes <= SIZE - offset;
    int known =
        Protocol.NBD_CMD_FLAG_FUA
            | (command == Protocol.NBD_CMD_WRITE_ZEROES ? Protocol.NBD_CMD_FLAG_NO_HOLE : 0);
    boolean allowed =
        (flags & ~known) == 0
            && switch (command) {
              case Protocol.NBD_CMD_READ,
                  Protocol.NBD_CMD_WRITE,
                  Protocol.NBD_CMD_TRIM,
                  Protocol.NBD_CMD_WRITE_ZEROES ->
                  inside;
              case Protocol.NBD_CMD_FLUSH -> true;
              default -> false;
            };
    String what = "command " + command + ", flags " + flags + ", " + bytes + " at " + offset;
    assertEquals(allowed, client.error() == 0, what);
    if (allowed && command == Protocol.NBD_CMD_READ) {
      byte[] expected = Arrays.copyOfRange(content, (int) offset, (int) (offset + bytes));
      assertArrayEquals(expected, client.in.readNBytes(length), what);
    } else if (allowed && writes) {
      System.arraycopy(payload, 0, content, (int) offset, length);
    } else if (allowed && command != Protocol.NBD_CMD_FLUSH) {
      Arrays.fill(content, (int) offset, (int) (offset + bytes), (byte) 0);
    }
    return allowed;
  }

  @Test
  void randomBytesDoNoHarm() throws IOException {
    Random random = new Random(11);
    for (int i = 0; i < 200; i++) {
      try (Client client = i % 2 == 0 ? new Client().greet() : new Client().choose("locked")) {
        byte[] noise = new byte[random.nextInt(200)];
        random.nextBytes(noise);
        client.out.write(noise);
      } catch (IOException e) {
        // cut, or turned away
      }
    }
  }
}
