package dev.platter.cli;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Images of a server that makes them as it sends them: without ranges, and without a length. */
@Timeout(120)
class EndlessImagesTest {
  private static final int SIZE = 5 << 20;

  @TempDir Path directory;
  private ServerSocket server;
  private final AtomicLong sent = new AtomicLong();
  private Path disk;

  /** How much follows the file, bytes. */
  private long more;

  @BeforeEach
  void start() throws IOException {
    byte[] content = new byte[SIZE];
    new Random(1).nextBytes(content);
    disk = Files.write(directory.resolve("disk.raw"), content);
    Run.platter("convert", "-O", "qcow2", disk, directory.resolve("disk.qcow2")).mustWork();
    Run.platter("convert", "-O", "vpc", disk, directory.resolve("disk.vhd")).mustWork();
    server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    Thread.ofVirtual().start(this::accept);
  }

  @AfterEach
  void stop() throws IOException {
    server.close();
  }

  private void accept() {
    try {
      while (true) {
        Socket client = server.accept();
        Thread.ofVirtual().start(() -> answer(client));
      }
    } catch (IOException e) {
      return; // closed
    }
  }

  private void answer(Socket client) {
    try (client) {
      BufferedReader in =
          new BufferedReader(new InputStreamReader(client.getInputStream(), US_ASCII));
      String name = in.readLine().split("[ /]+")[1];
      while (!in.readLine().isEmpty()) {
        // The headers say nothing that counts here.
      }
      OutputStream out = client.getOutputStream();
      out.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".getBytes(US_ASCII));
      send(out, Files.readAllBytes(directory.resolve(name)));
      byte[] part = new byte[1 << 16];
      for (long left = more; left > 0; left -= part.length) {
        send(out, part);
      }
      out.write("0\r\n\r\n".getBytes(US_ASCII));
    } catch (IOException e) {
      return; // the client has what it wanted
    }
  }

  private void send(OutputStream out, byte[] chunk) throws IOException {
    out.write((Integer.toHexString(chunk.length) + "\r\n").getBytes(US_ASCII));
    out.write(chunk);
    out.write("\r\n".getBytes(US_ASCII));
    sent.addAndGet(chunk.length);
  }

  private String url(String name) {
    return "http://127.0.0.1:" + server.getLocalPort() + "/" + name;
  }

  @Test
  void areDescribedByTheirHeads() {
    more = 1L << 30;
    String text = Run.platter("info", url("disk.qcow2")).mustWork();
    assertTrue(text.contains("virtual size: 5 MiB"), text);
    assertFalse(text.contains("file length"), text);
    String json = Run.platter("info", "--output=json", url("disk.qcow2")).mustWork();
    assertTrue(json.contains("\"virtual-size\": " + SIZE), json);
    assertEquals(1, json.split("\"virtual-size\"", -1).length - 1, json);
    assertTrue(sent.get() < 2 * (128L << 20), sent + " bytes were sent");
  }

  @Test
  void areDescribedWhollyWhereTheirHeadsDoNotDo() {
    String raw = Run.platter("info", "-f", "raw", url("disk.raw")).mustWork();
    assertTrue(raw.contains("virtual size: 5 MiB"), raw);
    assertTrue(raw.contains("file length: 5 MiB"), raw);
    String vhd = Run.platter("info", url("disk.vhd")).mustWork();
    assertTrue(vhd.contains("file format: vpc") || vhd.contains("file format: vhd"), vhd);
  }

  @Test
  void areConverted() throws IOException {
    for (String name : new String[] {"disk.raw", "disk.qcow2", "disk.vhd"}) {
      Path target = directory.resolve("target");
      Run.platter("convert", "-O", "raw", url(name), target).mustWork();
      byte[] made = Files.readAllBytes(target);
      assertArrayEquals(Files.readAllBytes(disk), Arrays.copyOf(made, SIZE), name);
    }
  }

  /** However fast the server is. */
  @Test
  void areConvertedNoFasterThanAskedFor() throws IOException {
    long start = System.nanoTime();
    Path target = directory.resolve("target");
    Run.platter("convert", "--max-rate", "4M", "-O", "raw", url("disk.raw"), target).mustWork();
    // A quarter of a second may be made up for.
    assertTrue(System.nanoTime() - start >= 990_000_000L, System.nanoTime() - start + " ns");
    assertArrayEquals(Files.readAllBytes(disk), Files.readAllBytes(target));
    for (String rate : new String[] {"0", "-1", "fast"}) {
      Run run = Run.platter("convert", "--max-rate", rate, "-O", "raw", url("disk.raw"), target);
      assertEquals(1, run.exitCode(), rate);
      assertTrue(run.err().contains("Invalid rate specified"), run.err());
    }
  }
}
