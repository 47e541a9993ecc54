package dev.platter.guest;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.platter.guest.files.GuestFiles;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * One small tree in file systems that other programs made: {@code testdata/golden/files/make.sh}
 * tells how.
 */
class GoldenFilesTest {
  private static byte[] lines(String start, int count) {
    return IntStream.rangeClosed(1, count)
        .mapToObj(i -> "%s line %06d\n".formatted(start, i))
        .collect(Collectors.joining())
        .getBytes(StandardCharsets.US_ASCII);
  }

  @ParameterizedTest
  @CsvSource({
    "squashfs-xz.raw, squashfs, links",
    "erofs-lzma.raw, erofs, links",
    "erofs-deflate.raw, erofs, links",
    "erofs-zstd.raw, erofs, links",
    "erofs-lz4.raw, erofs, links",
    "erofs-old.raw, erofs, links",
    "f2fs.qcow2, f2fs, links",
    "exfat.qcow2, exfat, no links",
    "udf.qcow2, udf, links",
  })
  void theTreeIsThere(String name, String kind, String links) throws IOException {
    GuestDescription guest = Disks.describe(Disks.golden("files/" + name));
    assertEquals(kind, Disks.only(guest).kind());
    assertEquals(Optional.empty(), Disks.only(guest).unreadable());
    boolean isDisc = kind.equals("udf");
    assertEquals(
        isDisc ? "" : "Small Linux 5 [disk]",
        guest.operatingSystems().stream()
            .map(system -> system.prettyName() + " [" + system.place() + "]")
            .collect(Collectors.joining()));
    Set<String> many =
        IntStream.rangeClosed(1, 100)
            .mapToObj(i -> "a-file-with-a-long-name-" + i)
            .collect(Collectors.toCollection(TreeSet::new));
    Disks.open(
        Disks.golden("files/" + name),
        map -> {
          long size = map.size();
          assertArrayEquals(lines("text", 5000), GuestFiles.read(map, 0, size, "/text"));
          assertArrayEquals(lines("text", 5000), GuestFiles.read(map, 0, size, "/same"));
          assertArrayEquals(lines("short", 40), GuestFiles.read(map, 0, size, "/short"));
          assertEquals(many, GuestFiles.names(map, "/many"));
          for (int i : new int[] {1, 57, 100}) {
            assertEquals(
                "file " + i + "\n",
                new String(
                    GuestFiles.read(map, 0, size, "/many/a-file-with-a-long-name-" + i),
                    StandardCharsets.US_ASCII));
          }
          if (links.equals("links")) {
            assertEquals("../usr/lib/os-release", GuestFiles.target(map, "/etc", "os-release"));
          }
          return null;
        });
  }

  private static void addNoise(ByteArrayOutputStream to, int count, int seed) {
    long x = seed;
    for (int i = 0; i < count; i++) {
      x = (x * 1103515245 + 12345) % 2147483648L;
      to.write((int) (x >> 16) & 0xFF);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"erofs-mixed.raw", "erofs-shared.raw"})
  void runsOfErofsOfAllKinds(String name) throws IOException {
    ByteArrayOutputStream mixed = new ByteArrayOutputStream();
    for (int i = 0; i < 24; i++) {
      if (i % 2 == 1) {
        addNoise(mixed, 1000 + i * 300, i);
      } else {
        mixed.writeBytes(
            ("line " + i + "\n").repeat(i * 150 + 1).getBytes(StandardCharsets.US_ASCII));
      }
    }
    ByteArrayOutputStream again = new ByteArrayOutputStream();
    addNoise(again, 777, 99);
    again.write(mixed.toByteArray(), 5000, 85_000);
    again.writeBytes("end".getBytes(StandardCharsets.US_ASCII));
    Disks.open(
        Disks.golden("files/" + name),
        map -> {
          long size = map.size();
          assertArrayEquals(mixed.toByteArray(), GuestFiles.read(map, 0, size, "/mixed"));
          assertArrayEquals(again.toByteArray(), GuestFiles.read(map, 0, size, "/again"));
          return null;
        });
  }

  @Test
  void filesOfExfatThatGrewByTurns() throws IOException {
    byte[] once = lines("text", 5000);
    byte[] expected = new byte[once.length * 4];
    for (int i = 0; i < 4; i++) {
      System.arraycopy(once, 0, expected, i * once.length, once.length);
    }
    Disks.open(
        Disks.golden("files/exfat.qcow2"),
        map -> {
          assertArrayEquals(expected, GuestFiles.read(map, 0, map.size(), "/One"));
          assertArrayEquals(expected, GuestFiles.read(map, 0, map.size(), "/two"));
          assertEquals(Set.of(), GuestFiles.names(map, "/empty"));
          return null;
        });
  }
}
