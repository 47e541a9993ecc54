package dev.platter.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What disks come to, by plain digests of the same bytes. */
class DigestCommandTest {
  private static final int MIB = 1 << 20;

  @TempDir Path directory;
  private byte[] content;
  private Path raw;

  /** Data in some of 37 blocks and a bit, the last one among them; zeros that are stored, too. */
  @BeforeEach
  void makeDisk() throws IOException {
    content = new byte[37 * MIB + 1536];
    Random random = new Random(8);
    for (int at : new int[] {0, 3 * MIB + 4096, 9 * MIB - 512, 30 * MIB, 37 * MIB + 1000}) {
      byte[] data = new byte[at > 37 * MIB ? 500 : 700_000];
      random.nextBytes(data);
      System.arraycopy(data, 0, content, at, data.length);
    }
    raw = Files.write(directory.resolve("disk.raw"), content);
  }

  private static String hex(String algorithm, byte[] content) throws Exception {
    return HexFormat.of().formatHex(MessageDigest.getInstance(algorithm).digest(content));
  }

  /** As the documentation has it: the size, and the digest of each block. */
  private static String ofBlocks(byte[] content) throws Exception {
    MessageDigest whole = MessageDigest.getInstance("SHA-256");
    whole.update(ByteBuffer.allocate(8).putLong(content.length).array());
    for (int at = 0; at < content.length; at += MIB) {
      byte[] block = Arrays.copyOfRange(content, at, Math.min(content.length, at + MIB));
      whole.update(MessageDigest.getInstance("SHA-256").digest(block));
    }
    return HexFormat.of().formatHex(whole.digest());
  }

  private Path converted(String format) throws IOException {
    Path image = directory.resolve("disk." + format);
    Run.platter("convert", "-O", format, raw, image).mustWork();
    return image;
  }

  @Test
  void aDiskHasTheDigestsOfItsBytesInEveryFormat() throws Exception {
    String expected = hex("SHA-256", content);
    for (Path image : List.of(raw, converted("qcow2"), converted("vmdk"))) {
      assertEquals(
          "sha256:" + expected + "  " + image + "\n", Run.platter("digest", image).mustWork());
      assertEquals(
          "md5:"
              + hex("MD5", content)
              + "  "
              + image
              + "\nsha256-blocks:"
              + ofBlocks(content)
              + "  "
              + image
              + "\nsha3-512:"
              + hex("SHA3-512", content)
              + "  "
              + image
              + "\n",
          Run.platter("digest", "-a", "md5,sha256-blocks,sha3-512", image).mustWork());
    }
    String json = Run.platter("digest", "--output=json", raw).mustWork();
    assertTrue(json.contains("\"sha256\": \"" + expected + "\""), json);
    assertTrue(json.contains("\"virtual-size\": " + content.length), json);
  }

  @Test
  void zerosNeedNotBeReadForTheDigestOfBlocks() throws Exception {
    Path empty = directory.resolve("empty.qcow2");
    Run.platter("create", "-q", "-f", "qcow2", empty, "64G").mustWork();
    MessageDigest whole = MessageDigest.getInstance("SHA-256");
    whole.update(ByteBuffer.allocate(8).putLong(64L << 30).array());
    byte[] ofZeros = MessageDigest.getInstance("SHA-256").digest(new byte[MIB]);
    for (int i = 0; i < 64 << 10; i++) {
      whole.update(ofZeros);
    }
    assertEquals(
        "sha256-blocks:" + HexFormat.of().formatHex(whole.digest()) + "  " + empty + "\n",
        Run.platter("digest", "-a", "sha256-blocks", empty).mustWork());
  }

  @Test
  void aDiskIsVerified() throws Exception {
    Path qcow2 = converted("qcow2");
    String sha256 = "sha256:" + hex("SHA-256", content);
    String blocks = "sha256-blocks:" + ofBlocks(content).toUpperCase(Locale.ROOT);
    assertTrue(Run.platter("verify", qcow2, sha256, blocks).mustWork().contains("as it was"));
    assertEquals("", Run.platter("verify", "-q", qcow2, sha256).mustWork());

    byte[] changed = content.clone();
    changed[30 * MIB + 5] ^= 1;
    Files.write(raw, changed);
    Run run = Run.platter("verify", raw, sha256);
    assertEquals(1, run.exitCode());
    assertTrue(run.out().contains(hex("SHA-256", changed)), run.out());
    assertEquals(1, Run.platter("verify", "-q", raw, blocks).exitCode());
    Run json = Run.platter("verify", "--output=json", raw, blocks);
    assertEquals(1, json.exitCode());
    assertTrue(json.out().contains("\"verified\": false"), json.out());
  }

  @Test
  void whatCannotBeVerifiedIsNotSaidToBeDifferent() throws Exception {
    String sha256 = "sha256:" + hex("SHA-256", content);
    for (Run run :
        List.of(
            Run.platter("verify", directory.resolve("none"), sha256),
            Run.platter("verify", raw, "sha256"),
            Run.platter("verify", raw, "sha256:xyz"),
            Run.platter("verify", raw, "crc32:00000000"),
            Run.platter("verify", raw, sha256, "sha256:00"),
            Run.platter("verify", raw))) {
      assertEquals(2, run.exitCode(), run.toString());
    }
    assertEquals(1, Run.platter("digest", "-a", "sha256,", raw).exitCode());
    assertEquals(1, Run.platter("digest", "-a", "crc32", raw).exitCode());
    assertEquals(1, Run.qemuImg("digest", raw).exitCode());
  }
}
