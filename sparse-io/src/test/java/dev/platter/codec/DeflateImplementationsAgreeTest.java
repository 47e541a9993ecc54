package dev.platter.codec;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** A damaged stream must not be an error on one platform and a block on another. */
final class DeflateImplementationsAgreeTest {
  @Provide
  Arbitrary<Encoding> deflates() {
    return Arbitraries.of(Encoding.DEFLATE, Encoding.ZLIB);
  }

  @Property(tries = 500)
  void damagedStreamsAreJudgedAlike(@ForAll long seed, @ForAll("deflates") Encoding encoding) {
    Random random = new Random(seed);
    byte[] block = CodecContract.compressible(1 + random.nextInt(3000), seed);
    MemorySegment stream = MemorySegment.ofArray(new byte[block.length + 100]);
    int length;
    try (Encoder encoder = new JdkEncoder(encoding, 1 + random.nextInt(9))) {
      length = encoder.encode(MemorySegment.ofArray(block), stream);
    }
    byte[] damaged = stream.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE);
    for (int i = random.nextInt(3); i > 0; i--) {
      damaged[random.nextInt(length)] ^= (byte) (1 << random.nextInt(8));
    }
    int room = random.nextBoolean() ? block.length : 1 + random.nextInt(block.length + 9);
    assertEquals(
        judge(new JdkDecoder(encoding), damaged, room),
        judge(new LibdeflateDecoder(encoding), damaged, room));
  }

  private static String judge(Decoder decoder, byte[] stream, int room) {
    byte[] block = new byte[room];
    try (decoder) {
      int consumed = decoder.decode(MemorySegment.ofArray(stream), MemorySegment.ofArray(block));
      return consumed + " bytes give " + Arrays.hashCode(block);
    } catch (CodecException e) {
      return "damaged";
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }
}
