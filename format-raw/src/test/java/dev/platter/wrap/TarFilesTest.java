package dev.platter.wrap;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.archive.TarHeader;
import dev.platter.image.UnsupportedFeatureException;
import dev.platter.image.wrap.UnwrapLimits;
import dev.platter.image.wrap.Unwrapping;
import dev.platter.image.wrap.Wrapping;
import dev.platter.image.wrap.Wrappings;
import dev.platter.storage.MemoryStorage;
import dev.platter.storage.StreamSource;
import dev.platter.testdata.ExternalTool;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A disk in a tar archive: which file it is, in whatever form of header, whole or sparse. */
class TarFilesTest {
  private static final byte[] DISK = Unwrap.disk(300_000);

  @TempDir Path directory;

  private static byte[] member(String name, byte[] bytes) {
    byte[] all = new byte[512 + (bytes.length + 511) / 512 * 512];
    System.arraycopy(new TarHeader(name, bytes.length, '0').toBlock(0), 0, all, 0, 512);
    System.arraycopy(bytes, 0, all, 512, bytes.length);
    return all;
  }

  private static byte[] joined(byte[]... parts) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      all.writeBytes(part);
    }
    return all.toByteArray();
  }

  private static byte[] tar(byte[]... members) {
    return joined(joined(members), new byte[1024]);
  }

  private static byte[] text(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static List<String> remarks(byte[] bytes) throws IOException {
    List<String> remarks = new ArrayList<>();
    Unwrapping unwrapping = new Unwrapping(Wrappings.present(), UnwrapLimits.DEFAULT, remarks::add);
    try (MemoryStorage file = MemoryStorage.of("x", bytes);
        StreamSource plain = unwrapping.open(file).orElseThrow()) {
      plain.drain();
    }
    return remarks;
  }

  private static void mustSay(String reason, byte[] archive) {
    for (Unwrap way : Unwrap.values()) {
      UnsupportedFeatureException e =
          assertThrows(UnsupportedFeatureException.class, () -> way.all(archive));
      assertTrue(e.getMessage().contains(reason), e.getMessage());
    }
  }

  /** Vagrant's boxes, for one. */
  @Test
  void whatIsNoDiskIsLeftOutWithARemark() throws IOException {
    byte[] archive =
        tar(
            member("./._disk.raw", new byte[10]),
            member("metadata.json", text("{}")),
            member("./disk.raw", DISK),
            member("Vagrantfile", text("x")));
    for (Unwrap way : Unwrap.values()) {
      assertArrayEquals(DISK, way.all(archive));
    }
    assertEquals(
        List.of("tar x: what is no disk is left out: 'metadata.json', 'Vagrantfile'"),
        remarks(archive));
    assertEquals(List.of(), remarks(tar(member("disk.raw", DISK))));
  }

  @Test
  void aDiskIsToldByItsContentAsWell() throws IOException {
    byte[] bootable = DISK.clone();
    bootable[510] = 0x55;
    bootable[511] = (byte) 0xAA;
    byte[] ramdisk = text("070701" + "0".repeat(88) + "0000000500000000init\0\0");
    byte[] archive =
        tar(
            member("initrd.img", ramdisk),
            member("LICENSE", text("x".repeat(4096))),
            member("root", bootable));
    for (Unwrap way : Unwrap.values()) {
      assertArrayEquals(bootable, way.all(archive));
    }
  }

  /** Old tars tell the size of what a link leads to, and have none of its bytes. */
  @Test
  void linksHaveNoBytes() throws IOException {
    byte[] archive = tar(new TarHeader("link.raw", 512, '1').toBlock(0), member("disk.raw", DISK));
    for (Unwrap way : Unwrap.values()) {
      assertArrayEquals(DISK, way.all(archive));
    }
  }

  @Test
  void aNameInAPaxRecordCounts() {
    byte[] record = text("18 path=pax/x.raw\n");
    byte[] names = member("names", record);
    byte[] header = new TarHeader("names", record.length, 'x').toBlock(0);
    System.arraycopy(header, 0, names, 0, header.length);
    mustSay("'a.raw', 'pax/x.raw'", tar(member("a.raw", DISK), names, member("b.raw", DISK)));
  }

  @Test
  void severalDisksAreNamedAndNoneIsAnError() {
    mustSay(
        "'a.raw', 'sub/b.img'",
        tar(member("a.raw", DISK), member("x", text("x")), member("sub/b.img", DISK)));
    mustSay("no file in the archive is a disk: 'README'", tar(member("README", text("x"))));
    mustSay("no file", tar(new TarHeader("dir/", 0, '5').toBlock(0)));
    mustSay("an appliance (ova)", tar(member("a.vmdk", DISK), member("a.ovf", text("<"))));
  }

  @Test
  void whatIsNotWholeIsAnErrorAndAMissingMarkIsTold() throws IOException {
    byte[] member = member("disk.raw", DISK);
    byte[] archive = tar(member);
    Random random = new Random(8);
    for (Unwrap way : Unwrap.values()) {
      way.mustRefuse(joined(archive, member), "a second archive behind the first");
      for (int i = 0; i < 30; i++) {
        int cut = 512 + random.nextInt(member.length - 512);
        way.mustRefuse(Arrays.copyOf(archive, cut), "cut at " + cut);
      }
      assertArrayEquals(DISK, way.all(member));
    }
    assertEquals(
        List.of("tar x: the archive ends without the mark that ends one"), remarks(member));
  }

  /** Numbers of a sparse map that fit neither each other nor the file. */
  @Test
  void aDamagedSparseMapIsAnError() throws IOException {
    for (String map :
        List.of("2\n0\n512\n256\n512\n", "1\n0\n511\n", "9999999999\n", "1\n-1\n512\n", "1\n0\n")) {
      String[] records = {"GNU.sparse.major=1", "GNU.sparse.minor=0", "GNU.sparse.realsize=4096"};
      StringBuilder pax = new StringBuilder();
      for (String record : records) {
        pax.append(record.length() + 4).append(' ').append(record).append('\n');
      }
      byte[] header = member("pax", text(pax.toString()));
      System.arraycopy(new TarHeader("pax", pax.length(), 'x').toBlock(0), 0, header, 0, 512);
      byte[] body = Arrays.copyOf(text(map), 1024);
      for (Unwrap way : Unwrap.values()) {
        way.mustRefuse(tar(header, member("disk.raw", body)), map);
      }
    }
  }

  private Path sparseDisk() throws IOException {
    byte[] disk = new byte[4 << 20];
    Random random = new Random(6);
    for (int i = 0; i < 40; i++) {
      byte[] piece = new byte[4096];
      random.nextBytes(piece);
      System.arraycopy(piece, 0, disk, i * 25 * 4096, piece.length);
    }
    Path plain = Files.write(directory.resolve("plain"), disk);
    Path sparse = directory.resolve("disk.raw");
    ExternalTool.named("cp").mustRun("--sparse=always", plain, sparse);
    return sparse;
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "--format=gnu",
        "--format=oldgnu",
        "--format=ustar",
        "--format=v7",
        "--format=pax",
        "--format=gnu -S",
        "--format=oldgnu -S",
        "--format=pax --sparse-version=0.0 -S",
        "--format=pax --sparse-version=0.1 -S",
        "--format=pax --sparse-version=1.0 -S"
      })
  @Tag("interop")
  void formsOfGnuTar(String options) throws IOException {
    Path disk = sparseDisk();
    List<Object> words = new ArrayList<>(List.of((Object[]) options.split(" ", -1)));
    words.addAll(List.of("-C", directory, "-cf", "-", "disk.raw"));
    byte[] archive = ExternalTool.named("tar").run(words.toArray()).mustExit(0).stdoutBytes();
    assertTrue(!options.endsWith("-S") || archive.length < 1 << 20, "" + archive.length);
    for (Unwrap way : Unwrap.values()) {
      assertArrayEquals(Files.readAllBytes(disk), way.all(archive), way.toString());
    }
  }

  @Test
  @Tag("interop")
  void whatIsMadeIsOldGnuWithDiskRaw() throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    Wrapping tar = new TarWrapping();
    try (OutputStream stream = tar.wrap(out, OptionalLong.of(DISK.length), 0, 1)) {
      stream.write(DISK);
    }
    byte[] archive = out.toByteArray();
    assertEquals("ustar  \0", new String(archive, 257, 8, StandardCharsets.US_ASCII));
    assertEquals(0, archive.length % 10240);
    Path file = Files.write(directory.resolve("made.tar"), archive);
    ExternalTool.named("tar").mustRun("-C", directory, "-xf", file);
    assertArrayEquals(DISK, Files.readAllBytes(directory.resolve("disk.raw")));
    assertThrows(
        IOException.class,
        () -> {
          try (OutputStream stream = tar.wrap(out, OptionalLong.of(DISK.length + 1), 0, 1)) {
            stream.write(DISK);
          }
        });
  }

  /** More than octal digits can tell: GNU's binary numbers. */
  @Test
  void aHeaderTellsOfMoreThan8GiB() {
    long size = 5L << 40;
    byte[] block = new TarHeader("disk.raw", size, '0').toGnuBlock(0);
    assertEquals(size, TarHeader.parse(block).orElseThrow().size());
  }
}
