package dev.platter.codec;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.zip.Deflater;
import java.util.zip.Inflater;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

/** The contract for deflate and zlib, with streams of the JDK's own zlib and of others. */
abstract class DeflateContract extends CodecContract {
  /**
   * {@link #lines()} as Python 3.11 (zlib 1.2.13) deflates it with the 4 KiB window that qemu uses:
   * {@code o=zlib.compressobj(6,zlib.DEFLATED,-12); o.compress(lines)+o.flush()}, in Base64.
   */
  private static final String SMALL_WINDOW =
      "Rdc7bmzJEUBBX6vQEphfshckQ4Cg/ZuCwIqkVdY7mGFX3Mz6z7//+69/fv3jP/8/4vfI36N+j/495vfY"
          + "3+P79/j5PT7vn8u8TrxQvFK8VLxWvFi8WrxcvF6+Xvrver18vXy9fL18vXy9fL18vXq9er3yP/p69Xr1"
          + "evV69Xr1evV6/Xr9ev167S/3ev16/Xr9ev16/XrzevN683rzeuOneL15vXm9eb15vX29fb19vX29fb31"
          + "277evt6+3r7e9+t9v973632/3vfrfb/et8vyet+v9/16P6/383o/r/fzej+v9/N6P6/34/a93s/rfV7v"
          + "83qf1/u83uf1Pq/3eb3P631c57vPLvSXG/3lSn+5018u9Zdb/eVaf7nXXy72l/IfFeXDclqOy3k5MCfm"
          + "yDAT0ESeQmVuApwgJ9AJdgKeoCfwCX6iDrgyQsFQQBQUBUbBUYAUJAVK0fftUKYpcAqeAqggKpAKpgKq"
          + "oCrmPkvKYAVZgVawFXAFXYFX8BWAxd4XT5mxgCwoC8yCswAtSAvUgrX4vo+pMm7BWwAXxAVywVxAF9QF"
          + "dvFz32ll8gK9YC/gC/oCv+AvAAwC43Mj4GaAIcBgMpgMJoPJYDKYDCaDyWDGjRdlBpPBZDAZTAaTwWQw"
          + "b27d4PqbXMo3u2543fS68XXz6wYYg8lgMph1Q1GZwWQwGUwGk8FkMBlMBpPB7Ju3ygwmg8lgMpgMJoPJ"
          + "YDKYDObcKFdmMBlMBpPBZDAZTAaTwWQw97YEZQaTwWQwGUwGk8FkMBlMBvP7FhBlBpPBZDAZTAaTwWQw"
          + "GUwG8+d2G2UGk8FkMBlMBpPBZDAZTAbzc2vT7U0WJwaLwWKwGCwGi8FisBgsBituJVNmsBgsBovBYrAY"
          + "LAaLwWKw8rY9ZQaLwWKwGCwGi8G6LfLWyNsj/xZJ5Vslb5e8ZfK2yVsnGSwGi8FisPp2VGUGi8FisBgs"
          + "BovBYrAYLAZrbv1VZrAYLAaLwWKwGCwGi8FisBgsBovBYrAYLAaLwWKwGCwGi8FisBgsBovBYrAYLAaL"
          + "wWKwGCwGi8FisBgsBovBYrAYLAaLwWKwGCwGi8FmsBlsBpvBZrAZbAabwWawGWwGm8FmsBlsBpvBZrAZ"
          + "bAabwWawGWwGm8FmsBlsBpvBZrAZbAabwWawGWwGm8FmsBlsBvvedPeou1fdPev+3nXK97K7p9297e5x"
          + "x2Az2Aw2g81gM9gMNoPNYDPYDDaDzWAz2Aw2g81gM9gMNoPNYDPYDDaDzWAz2Aw2g81gM9gMNoPNYDPY"
          + "DDaDzWAz2Aw2g81gM9gMNoPNYDPYDDaDzWAz2AwOg8PgMDgMDoPD4DA4DA6Dw+AwOAwOg8PgMDgMDoPD"
          + "4DA4DA6Dw+AwOAwOg8PgMDgMDoPD4DA4DA6Dw+AwOAwOg8PgMDgMDoPD4DA4DA6Dw+AwOAwOg8PgMDgM"
          + "DoPD4DA4DA6Dw+AwOAwOg8PgMDgMDoPD4DA4DA6Dw+AwOAwOg8PgMDgMDoPD4DA4DA6Dw+AwOAwOg8Pg"
          + "MDgMDoPD4DA4DA6Dw+AwOAwOg8PgMDgMLoPL4DK4DC6Dy+AyuAwug8vgMrgMLoPL4DK4DC6Dy+AyuAwu"
          + "g8vgMrgMLoPL4DK4DC6Dy+AyuAwug8vgMrgMLoPL4DK4DC6Dy+AyuAwug8vgMrgMLoPL4DK4DC6Dy+Ay"
          + "uAwug8vgMrgMLoPL4DK4DC6Dy+AyuAwug8vgMrgMLoPL4DK4DC6Dy+AyuAwug8vgMrgMLoPL4DK4DC6D"
          + "y+AyuAwug8vgMrgMLoPL4DK4DL6uV+bvYbI+r++f/B6v9DqvghttsLGGGmmgcYYZZZAxhhhhgPGFF11w"
          + "3TvvnqbvvEfeO++59M57eLzzVvj3l7k1+523sL7zVr933hL1zltH3p/4VoZ33vB9542xd95AeOd9Wt9v"
          + "dZ+/d96HBGDc4HCVXTzX5P3or0cMMLzgQgssrKBCCiicYEIJJIwgQgggfOBBBxxsoEEGGFxg8bn77EKb"
          + "TGEyhckUJlOYTGEyhckUJlOYTPFHRfmwnJbjcl4OzIk5MswENJGnUJmbACfICXSCnYAn6Al8gp+oA66M"
          + "UDAUEAVFgVFwFCAFSYFS9H07lGkKnIKnACqICqSCqYAqqIq5z5IyWEFWoBVsBVxBV+AVfAVgsffFU2Ys"
          + "IAvKArPgLEAL0gK1YC2+72OqjFvwFsAFcYFcMBfQBXWBXfzcd1qZvEAv2Av4gr7AL/gLAIPA+NwIuBlg"
          + "CDCYDCaDyWAymAwmg8lgMphx40WZwWQwGUwGk8FkMBnMm1s3uP4ml/LNrhteN71ufN38ugHGYDKYDGbd"
          + "UFRmMBlMBpPBZDAZTAaTwWQw++atMoPJYDKYDCaDyWAymAwmgzk3ypUZTAaTwWQwGUwGk8FkMBnMvS1B"
          + "mcFkMBlMBpPBZDAZTAaTwfy+BUSZwWQwGUwGk8FkMBlMBpPB/LndRpnBZDAZTAaTwWQwGUwGk8H83Np0"
          + "e5PFicFisBgsBovBYrAYLAaLwYpbyZQZLAaLwWKwGCwGi8FisBisvG1PmcFisBgsBovBYrBui7w18vbI"
          + "v0VS+VbJ2yVvmbxt8tZJBovBYrAYrL4dVZnBYrAYLAaLwWKwGCwGi8GaW3+VGSwGi8FisBgsBovBYrAY"
          + "LAaLwWKwGCwGi8FisBgsBovBYrAYLAaLwWKwGCwGi8FisBgsBovBYrAYLAaLwWKwGCwGi8FisBgsBovB"
          + "YrAZbAabwWawGWwGm8FmsBlsBpvBZrAZbAabwWawGWwGm8FmsBlsBpvBZrAZbAabwWawGWwGm8FmsBls"
          + "BpvBZrAZbAabwb433T3q7lV3z7q/d53yvezuaXdvu3vcMdgMNoPNYDPYDDaDzWAz2Aw2g81gM9gMNoPN"
          + "YDPYDDaDzWAz2Aw2g81gM9gMNoPNYDPYDDaDzWAz2Aw2g81gM9gMNoPNYDPYDDaDzWAz2Aw2g81gM9gM"
          + "NoPD4DA4DA6Dw+AwOAwOg8PgMDgMDoPD4DA4DA6Dw+AwOAwOg8PgMDgMDoPD4DA4DA6Dw+AwOAwOg8Pg"
          + "MDgMDoPD4DA4DA6Dw+AwOAwOg8PgMDgMDoPD4DA4DA6Dw+AwOAwOg8PgMDgMDoPD4DA4DA6Dw+AwOAwO"
          + "g8PgMDgMDoPD4DA4DA6Dw+AwOAwOg8PgMDgMDoPD4DA4DA6Dw+AwOAwOg8PgMDgMDoPD4DA4DA6Dy+Ay"
          + "uAwug8vgMrgMLoPL4DK4DC6Dy+AyuAwug8vgMrgMLoPL4DK4DC6Dy+AyuAwug8vgMrgMLoPL4DK4DC6D"
          + "y+AyuAwug8vgMrgMLoPL4DK4DC6Dy+AyuAwug8vgMrgMLoPL4DK4DC6Dy+AyuAwug8vgMrgMLoPL4DK4"
          + "DC6Dy+AyuAwug8vgMrgMLoPL4DK4DC6Dy+AyuAwug8vgMrgMLoPL4DK4DC6Dy+AyuAwug6/rlfl7mKzP"
          + "6/snv8crvc6r4EYbbKyhRhponGFGGWSMIUYYYHzhRRdc9867p+k775H3znsuvfMeHu+8Ff79ZW7Nfuct"
          + "rO+81e+dt0S989aR9ye+leGdN3zfeWPsnTcQ3nmf1vdb3efvnfchARg3OFxlF881eT/66xEDDC+40AIL"
          + "K6iQAgonmFACCSOIEAIIH3jQAQcbaJABBhdYfO4+u9AmU5hMYTKFyRQmU5hMYTKFyRQmU/xRUT4sp+W4"
          + "nJcDc2KODDMBTeQpVOYmwAlyAp1gJ+AJegKf4CfqgCsjFAwFREFRYBQcBUhBUqAUfd8OZZoCp+ApgAqi"
          + "AqlgKqAKqmLus6QMVpAVaAVbAVfQFXgFXwFY7H3xlBkLyIKywCw4C9CCtEAtWIvv+5gq4xa8BXBBXCAX"
          + "zAV0QV1gFz/3nVYmL9AL9gK+oC/wC/4CwCAwPjcCbgYYAgwmg8lgMpgMJoPJYDKYDGbceFFmMBlMBpPB"
          + "ZDAZTAbz5tYNrr/JpXyz64bXTa8bXze/boAxmAwmg1k3FJUZTAaTwWQwGUwGk8FkMBnMvnmrzGAymAwm"
          + "g8lgMpgMJoPJYM6NcmUGk8FkMBlMBpPBZDAZTAZzb0tQZjAZTAaTwWQwGUwGk8FkML9vAVFmMBlMBpPB"
          + "ZDAZTAaTwWQwf263UWYwGUwGk8FkMBlMBpPBZDA/tzbd3mRxYrAYLAaLwWKwGCwGi8FisOJWMmUGi8Fi"
          + "sBgsBovBYrAYLAYrb9tTZrAYLAaLwWKwGKzbIm+NvD3yb5FUvlXydslbJm+bvHWSwWKwGCwGq29HVWaw"
          + "GCwGi8FisBgsBovBYrDm1l9lBovBYrAYLAaLwWKwGCwGi8FisBgsBovBYrAYLAaLwWKwGCwGi8FisBgs"
          + "BovBYrAYLAaLwWKwGCwGi8FisBgsBovBYrAYLAaLwWKwGGwGm8FmsBlsBpvBZrAZbAabwWawGWwGm8Fm"
          + "sBlsBpvBZrAZbAabwWawGWwGm8FmsBlsBpvBZrAZbAabwWawGWwGm8FmsO9Nd4+6e9Xds+7vXad8L7t7"
          + "2t3b7h53DDaDzWAz2Aw2g81g/9/g/wA=";

  abstract boolean bare();

  @Override
  int maxLevel() {
    return Codecs.maxLevel(Encoding.DEFLATE);
  }

  @Property(tries = 30)
  void othersReadWhatIsWritten(@ForAll("blocks") byte[] block) throws Exception {
    Inflater inflater = new Inflater(bare());
    byte[] back = new byte[block.length];
    inflater.setInput(encode(block, 4));
    assertEquals(block.length, inflater.inflate(back));
    inflater.inflate(new byte[1]);
    assertEquals(true, inflater.finished());
    inflater.end();
    assertArrayEquals(block, back);
  }

  @Property(tries = 30)
  void whatOthersWroteIsRead(@ForAll("blocks") byte[] block) throws IOException {
    byte[] stream = jdkDeflate(block, bare());
    Decoded decoded = decode(stream, block.length);
    assertArrayEquals(block, decoded.bytes());
    assertEquals(stream.length, decoded.consumed());
  }

  @Property(tries = 60)
  void streamDependsOnNothingButTheBlock(
      @ForAll("blocks") byte[] before, @ForAll("blocks") byte[] block) {
    byte[] fresh = encode(block, 1);
    try (Encoder encoder = newEncoder(1)) {
      encoder.encode(
          MemorySegment.ofArray(before), MemorySegment.ofArray(new byte[2 * before.length + 256]));
      byte[] stream = new byte[2 * block.length + 256];
      assertEquals(
          fresh.length,
          encoder.encode(MemorySegment.ofArray(block), MemorySegment.ofArray(stream)));
      assertArrayEquals(fresh, Arrays.copyOf(stream, fresh.length));
    }
  }

  @Test
  void streamWithSmallWindowIsRead() throws IOException {
    if (bare()) {
      byte[] stream = Base64.getDecoder().decode(SMALL_WINDOW);
      Decoded decoded = decode(Arrays.copyOf(stream, 512 * 20), 16384);
      assertArrayEquals(lines(), decoded.bytes());
      assertEquals(stream.length, decoded.consumed());
    }
  }

  @Test
  void streamThatFillsTheTargetButHasNoEndIsRefused() {
    byte[] block = compressible(4096, 1);
    Deflater deflater = new Deflater(6, bare());
    deflater.setInput(block);
    byte[] stream = new byte[8192];
    int length = deflater.deflate(stream, 0, stream.length, Deflater.SYNC_FLUSH);
    deflater.end();
    assertThrows(CodecException.class, () -> decode(Arrays.copyOf(stream, length), 4096));
  }

  @Test
  void wrongChecksumIsRefused() {
    if (!bare()) {
      byte[] block = compressible(4096, 1);
      byte[] stream = jdkDeflate(block, false);
      stream[stream.length - 1] ^= 1;
      assertThrows(CodecException.class, () -> decode(stream, block.length));
    }
  }

  @Test
  void streamThatNeedsADictionaryIsRefused() {
    if (!bare()) {
      Deflater deflater = new Deflater();
      deflater.setDictionary("dictionary".getBytes(StandardCharsets.US_ASCII));
      byte[] stream = finish(deflater, compressible(4096, 1));
      assertThrows(CodecException.class, () -> decode(stream, 4096));
    }
  }

  static byte[] lines() {
    StringBuilder text = new StringBuilder();
    for (int i = 0; text.length() < 16384; i++) {
      text.append("line ").append(i % 700).append('\n');
    }
    return text.substring(0, 16384).getBytes(StandardCharsets.US_ASCII);
  }

  private static byte[] jdkDeflate(byte[] block, boolean bare) {
    return finish(new Deflater(6, bare), block);
  }

  private static byte[] finish(Deflater deflater, byte[] block) {
    deflater.setInput(block);
    deflater.finish();
    ByteArrayOutputStream stream = new ByteArrayOutputStream();
    byte[] part = new byte[4096];
    while (!deflater.finished()) {
      stream.write(part, 0, deflater.deflate(part));
    }
    deflater.end();
    return stream.toByteArray();
  }
}
