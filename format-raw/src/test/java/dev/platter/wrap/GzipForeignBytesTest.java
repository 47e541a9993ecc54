package dev.platter.wrap;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.platter.image.wrap.UnwrapLimits;
import dev.platter.image.wrap.Unwrapping;
import dev.platter.image.wrap.Wrappings;
import dev.platter.storage.MemoryStorage;
import dev.platter.storage.StreamSource;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;

/** What lies behind the last member of a gzip file: a description, padding, or a damaged member. */
class GzipForeignBytesTest {
  private static final byte[] DISK = Unwrap.disk(300_000);
  private static final byte[] METADATA =
      "{ \"supported_devices\":[\"x86\"], \"version\":\"1\" }FWx0".getBytes(StandardCharsets.UTF_8);

  private static byte[] packed() throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
      gzip.write(DISK);
    }
    return out.toByteArray();
  }

  private static byte[] joined(byte[]... parts) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      all.writeBytes(part);
    }
    return all.toByteArray();
  }

  private static List<String> remarks(byte[] bytes) throws IOException {
    List<String> remarks = new ArrayList<>();
    Unwrapping unwrapping = new Unwrapping(Wrappings.present(), UnwrapLimits.DEFAULT, remarks::add);
    try (MemoryStorage file = MemoryStorage.of("disk.gz", bytes);
        StreamSource plain = unwrapping.open(file).orElseThrow()) {
      plain.drain();
      plain.drain();
    }
    return remarks;
  }

  @Test
  void areLeftOutWithARemark() throws IOException {
    byte[] padding = new byte[4096];
    byte[] large = new byte[1 << 20];
    Arrays.fill(large, (byte) 'x');
    for (byte[] behind : List.of(METADATA, joined(padding, METADATA), large, new byte[] {'x'})) {
      byte[] bytes = joined(packed(), behind);
      for (Unwrap way : Unwrap.values()) {
        assertArrayEquals(DISK, way.all(bytes), way.toString());
      }
      int foreign = behind[0] == 0 ? METADATA.length : behind.length;
      assertEquals(
          List.of("gz disk.gz: " + foreign + " bytes behind the packed data are left out"),
          remarks(bytes));
    }
    assertEquals(List.of(), remarks(packed()));
    assertEquals(List.of(), remarks(joined(packed(), padding)));
  }

  /** A disk of several members must not lose those behind a damaged one. */
  @Test
  void aDamagedMemberIsNotForeign() throws IOException {
    for (int at = 0; at < 3; at++) {
      byte[] damaged = packed();
      damaged[at] ^= 4;
      for (Unwrap way : Unwrap.values()) {
        way.mustRefuse(joined(packed(), damaged), "damaged at " + at);
      }
    }
    byte[] long1 = new byte[(1 << 20) + 1];
    Arrays.fill(long1, (byte) 'x');
    for (Unwrap way : Unwrap.values()) {
      way.mustRefuse(joined(packed(), new byte[512], packed()), "behind padding");
      way.mustRefuse(joined(packed(), long1), "more than a description");
      for (int length = 1; length < 18; length++) {
        way.mustRefuse(joined(packed(), Arrays.copyOf(packed(), length)), "cut at " + length);
      }
    }
  }
}
