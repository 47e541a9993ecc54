package dev.platter.remote.nbd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Servers that break the protocol: the client ends with one error, and takes no byte that is not
 * its own.
 */
@Timeout(60)
class NbdStorageAttackTest {
  @TempDir Path directory;

  /** What a server says, without listening. */
  @FunctionalInterface
  private interface Script {
    void say(DataOutputStream out) throws IOException;
  }

  private static final Script GREETING =
      out -> {
        out.writeLong(Protocol.NBDMAGIC);
        out.writeLong(Protocol.IHAVEOPT);
        out.writeShort(Protocol.NBD_FLAG_FIXED_NEWSTYLE | Protocol.NBD_FLAG_NO_ZEROES);
      };

  private static void answer(DataOutputStream out, int option, int type, byte[] data)
      throws IOException {
    out.writeLong(Protocol.OPTION_REPLY_MAGIC);
    out.writeInt(option);
    out.writeInt(type);
    out.writeInt(data.length);
    out.write(data);
  }

  /** Agrees to chunks, tells no status, offers a disk of that size. */
  private static Script offering(long size) {
    return out -> {
      GREETING.say(out);
      answer(out, Protocol.NBD_OPT_STRUCTURED_REPLY, Protocol.NBD_REP_ACK, new byte[0]);
      answer(out, Protocol.NBD_OPT_SET_META_CONTEXT, Protocol.NBD_REP_ACK, new byte[0]);
      byte[] export =
          ByteBuffer.allocate(12).putShort((short) 0).putLong(size).putShort((short) 1).array();
      answer(out, Protocol.NBD_OPT_GO, Protocol.NBD_REP_INFO, export);
      answer(out, Protocol.NBD_OPT_GO, Protocol.NBD_REP_ACK, new byte[0]);
    };
  }

  private static Script chunk(int flags, int type, long cookie, int length, byte[] payload) {
    return out -> {
      out.writeInt(Protocol.NBD_STRUCTURED_REPLY_MAGIC);
      out.writeShort(flags);
      out.writeShort(type);
      out.writeLong(cookie);
      out.writeInt(length);
      out.write(payload);
    };
  }

  /** The error of a client that opens the disk and reads 512 bytes at 4096. */
  private String errorOf(Script... scripts) throws IOException {
    Path socket = directory.resolve("s" + System.nanoTime());
    try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      server.bind(UnixDomainSocketAddress.of(socket));
      Thread thread =
          Thread.startVirtualThread(() -> {
            try (SocketChannel client = server.accept()) {
              ByteArrayOutputStream said = new ByteArrayOutputStream();
              for (Script script : scripts) {
                script.say(new DataOutputStream(said));
              }
              client.write(ByteBuffer.wrap(said.toByteArray()));
              client.shutdownOutput();
              while (client.read(ByteBuffer.allocate(4096)) >= 0) {
                // Whatever it says.
              }
            } catch (IOException e) {
              // The client has heard enough.
            }
          });
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment memory = arena.allocate(4096).fill((byte) 7);
        IOException e =
            assertThrows(
                IOException.class,
                () -> {
                  try (NbdStorage disk =
                      NbdStorage.open(
                          "nbd",
                          NbdAddress.parse("nbd+unix:///?socket=" + socket),
                          NbdStorage.Access.READ)) {
                    disk.readFully(4096, memory.asSlice(1024, 512));
                  }
                });
        for (long at = 0; at < 4096; at++) {
          if (at < 1024 || at >= 1536) {
            assertEquals(7, memory.get(ValueLayout.JAVA_BYTE, at));
          }
        }
        thread.join();
        return e.getMessage();
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  @Test
  void whatIsNoServerIsSaidToBeNone() throws IOException {
    assertTrue(errorOf(out -> out.write(new byte[100])).contains("no NBD server"));
    assertTrue(errorOf(out -> out.writeBytes("HTTP/1.1 400 \r\n")).contains("no NBD server"));
    assertTrue(errorOf().contains("closed the connection"));
  }

  @Test
  void answersToOtherQuestionsOfAbsurdLengthAndWithoutEndAreErrors() throws IOException {
    assertTrue(
        errorOf(GREETING, out -> answer(out, 99, Protocol.NBD_REP_ACK, new byte[0]))
            .contains("another question"));
    assertTrue(
        errorOf(
                GREETING,
                out -> {
                  out.writeLong(Protocol.OPTION_REPLY_MAGIC);
                  out.writeInt(Protocol.NBD_OPT_STRUCTURED_REPLY);
                  out.writeInt(Protocol.NBD_REP_ERR_UNSUP);
                  out.writeInt(-1);
                })
            .contains("4294967295 bytes"));
  }

  @Test
  void absurdDisksAreErrors() throws IOException {
    assertTrue(errorOf(offering(-1)).contains("18446744073709551615 bytes"));
    assertTrue(errorOf(offering(1000)).contains("ends at 0x"));
  }

  @Test
  void chunksOutsideOfTheRequestAreErrors() throws IOException {
    int data = Protocol.NBD_REPLY_TYPE_OFFSET_DATA;
    for (long offset : new long[] {0, 4095, 4097, -1, Long.MAX_VALUE, Long.MIN_VALUE}) {
      byte[] payload = ByteBuffer.allocate(520).putLong(offset).array();
      assertTrue(
          errorOf(offering(1 << 20), chunk(1, data, 1, 520, payload))
              .contains("not what was asked"));
    }
    byte[] half = ByteBuffer.allocate(264).putLong(4096).array();
    assertTrue(
        errorOf(
                offering(1 << 20),
                chunk(0, data, 1, 264, half),
                chunk(0, data, 1, 264, half),
                chunk(1, data, 1, 264, half))
            .contains("twice"));
    byte[] hole = ByteBuffer.allocate(12).putLong(4096).putInt(-1).array();
    assertTrue(
        errorOf(offering(1 << 20), chunk(1, Protocol.NBD_REPLY_TYPE_OFFSET_HOLE, 1, 12, hole))
            .contains("not what was asked"));
  }

  @Test
  void aReadThatGetsTooLittleIsAnError() throws IOException {
    byte[] half = ByteBuffer.allocate(264).putLong(4096).array();
    assertTrue(
        errorOf(offering(1 << 20), chunk(1, Protocol.NBD_REPLY_TYPE_OFFSET_DATA, 1, 264, half))
            .contains("a read of 512 bytes got 256"));
    assertTrue(
        errorOf(offering(1 << 20), chunk(1, Protocol.NBD_REPLY_TYPE_NONE, 1, 0, new byte[0]))
            .contains("a read of 512 bytes got 0"));
  }

  @Test
  void repliesToNoRequestAndOfAbsurdLengthAreErrors() throws IOException {
    assertTrue(
        errorOf(offering(1 << 20), chunk(1, Protocol.NBD_REPLY_TYPE_NONE, 2, 0, new byte[0]))
            .contains("no request"));
    assertTrue(
        errorOf(offering(1 << 20), chunk(1, Protocol.NBD_REPLY_TYPE_ERROR, 1, -1, new byte[0]))
            .contains("a chunk of type"));
    assertTrue(
        errorOf(offering(1 << 20), chunk(1, 77, 1, 0, new byte[0])).contains("a chunk of type 77"));
    assertTrue(
        errorOf(
                offering(1 << 20),
                out -> {
                  out.writeInt(Protocol.NBD_SIMPLE_REPLY_MAGIC);
                  out.writeInt(0);
                  out.writeLong(1);
                  out.write(new byte[512]);
                })
            .contains("a simple reply to a read"));
  }

  @Test
  void whatAServerGivesAsReasonIsPrintedHarmlessly() throws IOException {
    byte[] reason =
        ByteBuffer.allocate(11)
            .putInt(5)
            .putShort((short) 5)
            .put(new byte[] {'a', 27, '[', 'A', '\n'})
            .array();
    String message =
        errorOf(offering(1 << 20), chunk(1, Protocol.NBD_REPLY_TYPE_ERROR, 1, 11, reason));
    assertTrue(message.endsWith("Input/output error (a?[A?)"), message);
  }
}
