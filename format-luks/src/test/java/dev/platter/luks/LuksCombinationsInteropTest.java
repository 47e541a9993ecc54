package dev.platter.luks;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.image.disk.GuestDisk;
import dev.platter.image.spi.EditRequest;
import dev.platter.storage.FileStorage;
import dev.platter.testdata.ExternalTool;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every cipher, mode, generator and hash of QEMU's driver, but for keys of 192 bits without XTS,
 * with which it aborts; both ways: QEMU reads what this wrote, and this reads what QEMU writes onto
 * the same disk. The build tries every fifth, {@code -Dluks.combinations=all} all of them.
 */
class LuksCombinationsInteropTest {
  private static final int SIZE = 128 << 10;
  private static final String PHRASE = "a passphrase";
  private static final String SECRET = "secret,id=s,data=" + PHRASE;

  @TempDir Path directory;

  static List<String> options() {
    List<String> all = new ArrayList<>();
    for (String cipher : List.of("aes", "serpent", "twofish")) {
      for (String bits : List.of("-128", "-192", "-256")) {
        List<String> modes =
            bits.equals("-192") ? List.of("xts") : List.of("ecb", "cbc", "ctr", "xts");
        for (String mode : modes) {
          for (String generator :
              List.of(
                  "plain", "plain64", "essiv,ivgen-hash-alg=sha256", "essiv,ivgen-hash-alg=md5")) {
            all.add(
                ",cipher-alg="
                    + cipher
                    + bits
                    + ",cipher-mode="
                    + mode
                    + ",ivgen-alg="
                    + generator);
          }
        }
      }
    }
    for (String mode : List.of("ecb", "cbc", "ctr")) {
      for (String generator : List.of("plain", "plain64", "essiv,ivgen-hash-alg=md5")) {
        all.add(",cipher-alg=cast5-128,cipher-mode=" + mode + ",ivgen-alg=" + generator);
      }
    }
    for (String hash :
        List.of("md5", "sha1", "sha224", "sha256", "sha384", "sha512", "ripemd160")) {
      all.add(",hash-alg=" + hash);
    }
    if (System.getProperty("luks.combinations", "few").equals("all")) {
      return all;
    }
    List<String> few = new ArrayList<>();
    for (int i = 0; i < all.size(); i += all.get(i).startsWith(",cipher-alg") ? 5 : 1) {
      few.add(all.get(i));
    }
    return few;
  }

  private static byte[] sectors(int first) {
    byte[] bytes = new byte[SIZE];
    for (int sector = 0; sector < SIZE / 512; sector++) {
      Arrays.fill(bytes, sector * 512, sector * 512 + 512, (byte) (first + sector / 8));
    }
    return bytes;
  }

  @ParameterizedTest
  @MethodSource("options")
  void bothReadWhatTheOtherWrote(String options) throws IOException {
    byte[] content = sectors(1);
    Arrays.fill(content, 4096, 32768, (byte) 0); // which is written as zeros
    Path luks = directory.resolve("luks");
    Files.write(luks, LuksWriteInteropTest.written(content, options, false));
    List<Object> arguments =
        new ArrayList<>(
            List.of(
                "--object",
                SECRET,
                "--image-opts",
                "driver=luks,key-secret=s,file.filename=" + luks));
    for (int at = 0; at < SIZE; at += 4096) {
      arguments.addAll(List.of("-c", "read -q -P " + (content[at] & 0xff) + " " + at + " 4096"));
    }
    byte[] other = sectors(101);
    for (int at = 0; at < SIZE; at += 4096) {
      arguments.addAll(List.of("-c", "write -q -P " + (other[at] & 0xff) + " " + at + " 4096"));
    }
    ExternalTool.Result result = ExternalTool.qemuIo().run(arguments.toArray());
    result.mustExit(0);
    assertFalse(result.toString().contains("verification failed"), result::toString);
    assertArrayEquals(other, LuksReadInteropTest.read(luks, Passphrases.of(PHRASE).request()));
  }

  /** Behind 2 TiB the generators that count in 32 and in 64 bits differ. */
  @Test
  void sectorsAreCountedAsQemuCountsThem() throws IOException {
    for (String generator : List.of("plain", "plain64")) {
      long far = (3L << 40) + 4096;
      Path luks = directory.resolve(generator);
      Files.write(luks, LuksWriteInteropTest.written(sectors(1), ",ivgen-alg=" + generator, false));
      try (RandomAccessFile file = new RandomAccessFile(luks.toFile(), "rw")) {
        file.setLength(far + (8 << 20));
      }
      try (FileStorage storage = FileStorage.openForWriting(luks);
          GuestDisk disk =
              new GuestDisk(
                  new UnlockedLuks(PHRASE).openLive(storage, EditRequest.strict()), List.of())) {
        disk.write(far, MemorySegment.ofArray(sectors(50)));
      }
      ExternalTool.Result result =
          ExternalTool.qemuIo()
              .run(
                  "--object",
                  SECRET,
                  "--image-opts",
                  "driver=luks,key-secret=s,file.filename=" + luks,
                  "-c",
                  "read -q -P 50 " + far + " 4096",
                  "-c",
                  "read -q -P 51 " + (far + 4096) + " 4096");
      result.mustExit(0);
      assertTrue(!result.toString().contains("verification failed"), result::toString);
    }
  }
}
