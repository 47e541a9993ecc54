package dev.platter.wrap;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import dev.platter.image.ImageException;
import dev.platter.image.wrap.UnwrapLimits;
import dev.platter.image.wrap.Unwrapping;
import dev.platter.image.wrap.Wrappings;
import dev.platter.storage.MemoryStorage;
import dev.platter.storage.StreamSource;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.channels.Channels;
import java.util.Arrays;
import java.util.Random;

/** Unwraps bytes in both ways: as a file and as a stream. */
enum Unwrap {
  FILE,
  STREAM;

  byte[] all(byte[] packed) throws IOException {
    return all(packed, UnwrapLimits.DEFAULT);
  }

  byte[] all(byte[] packed, UnwrapLimits limits) throws IOException {
    Unwrapping unwrapping = new Unwrapping(Wrappings.present(), limits);
    StreamSource stream =
        new StreamSource("disk", Channels.newChannel(new ByteArrayInputStream(packed)));
    try (StreamSource plain =
        (this == FILE ? unwrapping.open(MemoryStorage.of("disk", packed)) : unwrapping.open(stream))
            .orElseThrow()) {
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      byte[] part = new byte[50_000];
      long count;
      do {
        count = plain.read(MemorySegment.ofArray(part));
        out.write(part, 0, (int) count);
      } while (count == part.length);
      return out.toByteArray();
    }
  }

  /** What is not the whole of a wrapped file must end in an image's error, or not be wrapped. */
  void mustRefuse(byte[] packed, String what) throws IOException {
    if (!isWrapped(packed)) {
      return;
    }
    byte[] bytes;
    try {
      bytes = all(packed);
    } catch (ImageException e) {
      assertTrue(e.getMessage().contains("disk: "), e.getMessage());
      return;
    }
    fail(this + ", " + what + ": unwrapped to " + bytes.length + " bytes without an error");
  }

  /** What was changed must end in an error, or make no difference. */
  void mustRefuseOrEqual(byte[] packed, byte[] plain, String what) throws IOException {
    byte[] bytes;
    if (!isWrapped(packed)) {
      return;
    }
    try {
      bytes = all(packed);
    } catch (ImageException e) {
      return;
    }
    assertTrue(Arrays.equals(plain, bytes), () -> this + ", " + what + ": other bytes");
  }

  private static boolean isWrapped(byte[] packed) {
    MemorySegment bytes = MemorySegment.ofArray(packed);
    return Wrappings.present().around(bytes.asSlice(0, Math.min(packed.length, 512))).isPresent();
  }

  /** Text, noise and zeros. */
  static byte[] disk(int length) {
    byte[] bytes = new byte[length];
    byte[] noise = new byte[length / 6];
    new Random(1).nextBytes(noise);
    System.arraycopy(noise, 0, bytes, length / 2, noise.length);
    for (int i = 0; i < length / 3; i++) {
      bytes[i] = (byte) ("a disk " + i / 100).charAt(i % 8);
    }
    return bytes;
  }
}
