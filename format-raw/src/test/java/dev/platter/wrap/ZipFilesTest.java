package dev.platter.wrap;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.image.UnsupportedFeatureException;
import dev.platter.testdata.ExternalTool;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which files in a zip archive count, and how they may be compressed. */
class ZipFilesTest {
  private static final byte[] DISK = Unwrap.disk(300_000);
  private static final int STORED = 0;

  @TempDir Path directory;

  /** One file of an archive made by hand. */
  private record Entry(String name, int method, byte[] packed, byte[] plain) {
    static Entry stored(String name, byte[] bytes) {
      return new Entry(name, STORED, bytes, bytes);
    }
  }

  private static byte[] zip(Entry... entries) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream directory = new ByteArrayOutputStream();
    for (Entry entry : entries) {
      byte[] name = entry.name().getBytes(StandardCharsets.UTF_8);
      CRC32 crc = new CRC32();
      crc.update(entry.plain());
      ByteBuffer common = ByteBuffer.allocate(26).order(ByteOrder.LITTLE_ENDIAN);
      common.putShort((short) 20).putShort((short) 0x800).putShort((short) entry.method());
      common.putInt(0).putInt((int) crc.getValue());
      common.putInt(entry.packed().length).putInt(entry.plain().length);
      common.putShort((short) name.length);
      directory.writeBytes("PK\1\2\24\0".getBytes(StandardCharsets.ISO_8859_1));
      directory.writeBytes(common.array());
      directory.writeBytes(new byte[14]);
      directory.writeBytes(name);
      out.writeBytes("PK\3\4".getBytes(StandardCharsets.ISO_8859_1));
      out.writeBytes(common.array());
      out.writeBytes(name);
      out.writeBytes(entry.packed());
    }
    ByteBuffer end = ByteBuffer.allocate(22).order(ByteOrder.LITTLE_ENDIAN);
    end.put("PK\5\6".getBytes(StandardCharsets.ISO_8859_1)).putInt(0);
    end.putShort((short) entries.length).putShort((short) entries.length);
    end.putInt(directory.size()).putInt(out.size());
    out.writeBytes(directory.toByteArray());
    out.writeBytes(end.array());
    return out.toByteArray();
  }

  private static void mustSay(String reason, byte[] archive) {
    for (Unwrap way : Unwrap.values()) {
      UnsupportedFeatureException e =
          assertThrows(UnsupportedFeatureException.class, () -> way.all(archive));
      assertTrue(e.getMessage().contains(reason), e.getMessage());
    }
  }

  @Test
  void whatSystemsLeaveDoesNotCount() throws IOException {
    byte[] archive =
        zip(
            Entry.stored("images/", new byte[0]),
            Entry.stored("images/.DS_Store", new byte[100]),
            Entry.stored("images/disk.raw", DISK),
            Entry.stored("__MACOSX/images/._disk.raw", new byte[200]),
            Entry.stored("images/Thumbs.db", new byte[300]));
    for (Unwrap way : Unwrap.values()) {
      assertArrayEquals(DISK, way.all(archive));
    }
  }

  @Test
  void noFileIsAnError() {
    mustSay("no file", zip());
    mustSay("no file", zip(Entry.stored("images/", new byte[0])));
    mustSay("no file", zip(Entry.stored("__MACOSX/._disk", new byte[9])));
  }

  @Test
  void severalFilesAreNamed() {
    mustSay(
        "'a.raw', 'b/c.raw'",
        zip(Entry.stored("a.raw", DISK), Entry.stored("b/c.raw", new byte[1])));
  }

  @Test
  void anArchiveThatFittedIntoOnePartIsRead() throws IOException {
    byte[] archive = zip(Entry.stored("disk.raw", DISK));
    byte[] marked = new byte[archive.length + 4];
    System.arraycopy(archive, 0, marked, 4, archive.length);
    System.arraycopy("PK00".getBytes(StandardCharsets.ISO_8859_1), 0, marked, 0, 4);
    for (Unwrap way : Unwrap.values()) {
      assertArrayEquals(DISK, way.all(marked));
    }
  }

  @Test
  void aDirectoryThatListsOtherFilesIsAnError() throws IOException {
    byte[] one = zip(Entry.stored("disk.raw", DISK));
    byte[] two = zip(Entry.stored("disk.raw", DISK), Entry.stored("other.raw", DISK));
    byte[] mixed = Arrays.copyOf(one, 30 + 8 + DISK.length);
    byte[] directory = Arrays.copyOfRange(two, 2 * (30 + DISK.length) + 17, two.length);
    byte[] both = Arrays.copyOf(mixed, mixed.length + directory.length);
    System.arraycopy(directory, 0, both, mixed.length, directory.length);
    for (Unwrap way : Unwrap.values()) {
      way.mustRefuse(both, "a file that is listed and not there");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"93 zstd -q -c", "20 zstd -q -c", "95 xz -c", "12 bzip2 -c"})
  @Tag("interop")
  void methodsOfOtherCompressions(String line) throws IOException {
    String[] words = line.split(" ", -1);
    Object[] options = Arrays.copyOfRange(words, 2, words.length, Object[].class);
    byte[] packed =
        ExternalTool.named(words[1]).runWithInput(null, DISK, options).mustExit(0).stdoutBytes();
    int method = Integer.parseInt(words[0]);
    byte[] archive = zip(new Entry("disk.raw", method, packed, DISK));
    for (Unwrap way : Unwrap.values()) {
      assertArrayEquals(DISK, way.all(archive), way.toString());
      byte[] wrong = zip(new Entry("disk.raw", method, packed, new byte[DISK.length]));
      way.mustRefuse(wrong, "a wrong CRC");
    }
  }

  /** Deflate64's own: long runs, distances of up to 64 KiB, stored blocks, little at the end. */
  private static List<byte[]> disks() {
    byte[] noise = new byte[60_000];
    new Random(2).nextBytes(noise);
    byte[] far = Arrays.copyOf(noise, 400_000);
    for (int i = noise.length; i < far.length; i++) {
      far[i] = i < 200_000 ? far[i - noise.length] : (byte) (i / 100_000);
    }
    return List.of(DISK, far, noise, new byte[3_000_000], new byte[1], new byte[0]);
  }

  @ParameterizedTest
  @ValueSource(strings = {"Deflate64", "Deflate64 -mx=9", "Deflate", "BZip2", "LZMA", "Copy"})
  @Tag("interop")
  void methodsOf7z(String method) throws IOException {
    List<Object> words = new ArrayList<>(List.of("a", "-bd", "-tzip"));
    for (String word : ("-mm=" + method).split(" ", -1)) {
      words.add(word);
    }
    for (byte[] disk : disks()) {
      Path raw = Files.write(directory.resolve("disk.raw"), disk);
      Path archive = directory.resolve("disk.zip");
      Files.deleteIfExists(archive);
      List<Object> all = new ArrayList<>(words);
      all.addAll(List.of(archive, raw));
      ExternalTool.named("7z").mustRun(all.toArray());
      byte[] packed = Files.readAllBytes(archive);
      for (Unwrap way : Unwrap.values()) {
        assertArrayEquals(disk, way.all(packed), way.toString());
      }
      if (disk == DISK) {
        mustSurvive(packed, disk);
      }
    }
  }

  /** The one code that Deflate64 has otherwise than deflate; 7z reads it, and does not write it. */
  @Test
  @Tag("interop")
  void theLongestMatchOfDeflate64() throws IOException {
    int length = 3 + 0xABCD;
    String bits = "1" + "10"; // the last block, of fixed codes
    bits += "10010001"; // 'a'
    bits += "11000101" + "1011001111010101" + "00000"; // code 285, 0xABCD, distance 1
    bits += "0000000"; // the end
    byte[] packed = new byte[(bits.length() + 7) / 8];
    for (int i = 0; i < bits.length(); i++) {
      packed[i / 8] |= (byte) (bits.charAt(i) - '0' << i % 8);
    }
    byte[] plain = new byte[1 + length];
    Arrays.fill(plain, (byte) 'a');
    byte[] archive = zip(new Entry("disk.raw", 9, packed, plain));
    ExternalTool.named("7z").mustRun("t", Files.write(directory.resolve("x.zip"), archive));
    for (Unwrap way : Unwrap.values()) {
      assertArrayEquals(plain, way.all(archive));
    }
  }

  /** Cut anywhere, or a bit changed anywhere: an error, or no difference. */
  private static void mustSurvive(byte[] packed, byte[] disk) throws IOException {
    Random random = new Random(5);
    for (int i = 0; i < 150; i++) {
      int at = random.nextInt(packed.length);
      Unwrap.STREAM.mustRefuse(Arrays.copyOf(packed, Math.max(22, at)), "cut at " + at);
      byte[] changed = packed.clone();
      changed[at] ^= (byte) (1 << i % 8);
      Unwrap.STREAM.mustRefuseOrEqual(changed, disk, "changed at " + at);
    }
  }
}
