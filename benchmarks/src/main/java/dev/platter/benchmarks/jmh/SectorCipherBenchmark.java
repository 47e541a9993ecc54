package dev.platter.benchmarks.jmh;

import dev.platter.cipher.CipherSpec;
import dev.platter.cipher.DiskCipher;
import dev.platter.cipher.Secret;
import dev.platter.cipher.SectorCipher;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.security.GeneralSecurityException;
import java.util.concurrent.TimeUnit;
import javax.crypto.Cipher;
import javax.crypto.spec.SecretKeySpec;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** Encryption of sectors on one core, beside what the block cipher alone takes: a MiB each time. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
@State(Scope.Thread)
public class SectorCipherBenchmark {
  private static final int LENGTH = 1 << 20;

  /** The cipher, and its mode with what makes the vectors. */
  @Param({"aes xts-plain64 64", "aes cbc-essiv:sha256 32", "serpent xts-plain64 64"})
  public String words;

  private final Arena arena = Arena.ofConfined();
  private MemorySegment bytes;
  private DiskCipher disk;
  private SectorCipher cipher;
  private Cipher aes;
  private final byte[] in = new byte[16 << 10];
  private final byte[] out = new byte[16 << 10];

  /** Makes the ciphers. */
  @Setup
  public void prepare() throws GeneralSecurityException {
    String[] parts = words.split(" ");
    int keyBytes = Integer.parseInt(parts[2]);
    bytes = arena.allocate(LENGTH, 4096);
    disk =
        new DiskCipher(
            CipherSpec.parse(parts[0], parts[1], keyBytes), Secret.random(keyBytes), 512);
    cipher = disk.newSectorCipher();
    aes = Cipher.getInstance("AES/ECB/NoPadding");
    aes.init(Cipher.ENCRYPT_MODE, new SecretKeySpec(new byte[32], "AES"));
  }

  /** Frees them. */
  @TearDown
  public void free() {
    disk.close();
    arena.close();
  }

  /** To the disk. */
  @Benchmark
  public void encrypt() {
    cipher.encrypt(0, bytes);
  }

  /** From the disk. */
  @Benchmark
  public void decrypt() {
    cipher.decrypt(0, bytes);
  }

  /** AES of 256 bits alone, in an array that stays in the first caches. */
  @Benchmark
  public void aesAlone() throws GeneralSecurityException {
    for (int at = 0; at < LENGTH; at += in.length) {
      aes.update(in, 0, in.length, out, 0);
    }
  }
}
