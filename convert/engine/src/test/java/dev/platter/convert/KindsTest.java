package dev.platter.convert;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.platter.cipher.Algorithm;
import dev.platter.cipher.CipherSpec;
import dev.platter.cipher.DiskCipher;
import dev.platter.cipher.IvGenerator;
import dev.platter.cipher.Secret;
import dev.platter.codec.Codecs;
import dev.platter.codec.Encoder;
import dev.platter.codec.Encoding;
import dev.platter.image.BlockMap;
import dev.platter.image.Extent;
import dev.platter.image.FormatOptions;
import dev.platter.image.disk.GuestReader;
import dev.platter.image.spi.CreateRequest;
import dev.platter.image.spi.ImageFormats;
import dev.platter.image.spi.Piece;
import dev.platter.image.spi.Placement;
import dev.platter.storage.MemoryStorage;
import dev.platter.testdata.MemoryTarget;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Each kind of extent, piece and placement that there is goes through all that reads or carries it
 * out: a kind that somebody forgot must not become zeros.
 */
class KindsTest {
  private static final int BLOCK = 64 << 10;
  private static final byte[] BYTES = bytes();

  private static final DiskCipher CIPHER =
      new DiskCipher(
          new CipherSpec(
              Algorithm.AES, CipherSpec.Mode.XTS, IvGenerator.PLAIN64, Optional.empty(), 64),
          Secret.taking(Arrays.copyOf(BYTES, 64)),
          512);

  private static byte[] bytes() {
    byte[] bytes = new byte[BLOCK];
    new Random(1).nextBytes(bytes);
    Arrays.fill(bytes, 100, BLOCK, (byte) 7); // so that it shrinks
    return bytes;
  }

  private static byte[] encrypted() {
    byte[] bytes = BYTES.clone();
    CIPHER.newSectorCipher().encrypt(4096, MemorySegment.ofArray(bytes));
    return bytes;
  }

  /** One of each kind of extent, a block long, at guest offset 0. */
  private static Map<Class<?>, Extent> extents() throws IOException {
    MemoryStorage plain = MemoryStorage.of("plain", BYTES);
    byte[] packed = new byte[BLOCK];
    int length;
    try (Encoder encoder = Codecs.newEncoder(Encoding.ZSTD)) {
      length = encoder.encode(MemorySegment.ofArray(BYTES), MemorySegment.ofArray(packed));
    }
    return Map.of(
        Extent.Data.class,
        new Extent.Data(0, BLOCK, plain, 0),
        Extent.Encoded.class,
        new Extent.Encoded(
            0, BLOCK, Encoding.ZSTD, MemoryStorage.of("packed", packed), 0, length, BLOCK, 0),
        Extent.Ciphered.class,
        new Extent.Ciphered(0, BLOCK, CIPHER, 4096, MemoryStorage.of("cipher", encrypted()), 0),
        Extent.Zero.class,
        new Extent.Zero(0, BLOCK),
        Extent.Absent.class,
        new Extent.Absent(0, BLOCK));
  }

  static List<Class<?>> extentKinds() {
    return List.of(Extent.class.getPermittedSubclasses());
  }

  private static Extent extent(Class<?> kind) throws IOException {
    Extent extent = extents().get(kind);
    assertNotNull(extent, () -> "no example of " + kind + " for this test");
    return extent;
  }

  private static byte[] expected(Extent extent) {
    return extent.readsZero() ? new byte[BLOCK] : BYTES;
  }

  /** A disk of one extent. */
  private record Disk(Extent extent) implements BlockMap {
    @Override
    public long size() {
      return extent.length();
    }

    @Override
    public int blockSize() {
      return BLOCK;
    }

    @Override
    public Extent extentAt(long offset, long limit) {
      return extent.slice(offset, limit - offset);
    }
  }

  @ParameterizedTest
  @MethodSource("extentKinds")
  void readersReadThem(Class<?> kind) throws IOException {
    Extent extent = extent(kind);
    byte[] read = new byte[BLOCK];
    Arrays.fill(read, (byte) 99);
    try (GuestReader reader = new GuestReader()) {
      reader.read(new Disk(extent), 0, MemorySegment.ofArray(read));
    }
    assertArrayEquals(expected(extent), read);
  }

  @ParameterizedTest
  @MethodSource("extentKinds")
  void conversionsCarryThem(Class<?> kind) throws IOException {
    Extent extent = extent(kind);
    for (boolean compress : new boolean[] {false, true}) {
      MemoryTarget target = new MemoryTarget();
      var qcow2 = ImageFormats.present().named("qcow2").orElseThrow();
      CreateRequest request =
          new CreateRequest(BLOCK, FormatOptions.none(), compress, Optional.empty(), target);
      try (Destination destination = Destination.newImage(qcow2, request)) {
        new Converter(ConvertOptions.defaults()).convert(new Disk(extent), destination);
      }
      byte[] read = new byte[BLOCK];
      try (var image = qcow2.open(target.storage(), dev.platter.image.spi.OpenRequest.strict());
          GuestReader reader = new GuestReader()) {
        reader.read(image.map(), 0, MemorySegment.ofArray(read));
      }
      assertArrayEquals(expected(extent), read);
    }
  }

  @Test
  void piecesArePlacedOrRefused() {
    MemoryStorage target = new MemoryStorage("target");
    Map<Class<?>, Piece> pieces =
        Map.of(
            Piece.Bytes.class,
            new Piece.Bytes(0, MemorySegment.ofArray(BYTES)),
            Piece.Stored.class,
            new Piece.Stored(0, BLOCK, MemoryStorage.of("plain", BYTES), 0),
            Piece.Encoded.class,
            new Piece.Encoded(0, BLOCK, MemorySegment.ofArray(BYTES)),
            Piece.Zero.class,
            new Piece.Zero(0, BLOCK),
            Piece.Absent.class,
            new Piece.Absent(0, BLOCK));
    for (Class<?> kind : Piece.class.getPermittedSubclasses()) {
      Piece piece = pieces.get(kind);
      assertNotNull(piece, () -> "no example of " + kind + " for this test");
      if (piece instanceof Piece.Encoded) {
        assertThrows(IllegalStateException.class, () -> piece.placed(target, 0));
      } else {
        assertEquals(BLOCK, piece.placed(target, 0).length());
      }
    }
  }

  @Test
  void placementsAreCarriedOut() throws IOException {
    List<Class<?>> tried = new ArrayList<>();
    MemorySegment one = MemorySegment.ofArray(new byte[] {5});
    MemoryStorage source = MemoryStorage.of("s", new byte[] {5});
    for (Class<?> kind : Placement.class.getPermittedSubclasses()) {
      if (kind == Placement.Encrypted.class) {
        continue; // below
      }
      MemoryStorage target = MemoryStorage.of("target", new byte[] {9, 9, 9});
      Map<Class<?>, Placement> placements =
          Map.of(
              Placement.Write.class,
              new Placement.Write(target, 1, one),
              Placement.Copy.class,
              new Placement.Copy(target, 1, source, 0, 1),
              Placement.Zero.class,
              new Placement.Zero(target, 1, 1));
      Placement placement = placements.get(kind);
      assertNotNull(placement, () -> "no example of " + kind + " for this test");
      try (Mover mover = new Mover()) {
        mover.carryOut(List.of(placement));
      }
      byte expected = (byte) (placement instanceof Placement.Zero ? 0 : 5);
      assertArrayEquals(new byte[] {9, expected, 9}, target.toByteArray());
      tried.add(kind);
    }
    assertEquals(3, tried.size());
  }

  @Test
  void placementsAreEncryptedWhateverTheyBring() throws IOException {
    MemorySegment bytes = MemorySegment.ofArray(BYTES.clone());
    MemoryStorage source = MemoryStorage.of("s", BYTES);
    MemoryStorage target = new MemoryStorage("target");
    List<Placement> plain =
        List.of(
            new Placement.Write(target, 512, bytes),
            new Placement.Copy(target, 512, source, 0, BLOCK),
            new Placement.Zero(target, 512, BLOCK));
    for (Placement placement : plain) {
      try (Mover mover = new Mover()) {
        mover.carryOut(List.of(new Placement.Encrypted(placement, CIPHER, 8192)));
      }
      byte[] written = Arrays.copyOfRange(target.toByteArray(), 512, 512 + BLOCK);
      CIPHER.newSectorCipher().decrypt(8192, MemorySegment.ofArray(written));
      assertArrayEquals(placement instanceof Placement.Zero ? new byte[BLOCK] : BYTES, written);
    }
    assertArrayEquals(BYTES, bytes.toArray(java.lang.foreign.ValueLayout.JAVA_BYTE));
  }
}
