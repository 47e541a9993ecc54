package dev.platter.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.convert.ConvertOptions;
import dev.platter.convert.Converter;
import dev.platter.convert.Destination;
import dev.platter.convert.GuestDigest;
import dev.platter.convert.TargetFile;
import dev.platter.image.BlockMap;
import dev.platter.image.DiskImage;
import dev.platter.image.FormatOptions;
import dev.platter.image.Identity;
import dev.platter.image.spi.CreateRequest;
import dev.platter.image.spi.ImageFormat;
import dev.platter.image.spi.ImageFormats;
import dev.platter.image.spi.OpenRequest;
import dev.platter.image.spi.Target;
import dev.platter.storage.FileStorage;
import dev.platter.storage.ForwardingStorage;
import dev.platter.storage.MemoryStorage;
import dev.platter.storage.SequentialStorage;
import dev.platter.storage.Storage;
import dev.platter.testdata.ExternalTool;
import dev.platter.testdata.MemoryTarget;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.lang.foreign.MemorySegment;
import java.nio.channels.Channels;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;

/** What comes out of a pipe is what a file would hold, byte for byte, and others read it. */
class PipedImagesTest {
  private static final ImageFormats FORMATS = ImageFormats.present();
  private static Path scratch;

  /** A format and how its images are to be. */
  private record Kind(String format, List<String> options) {
    Kind(String format, String... options) {
      this(format, List.of(options));
    }

    ImageFormat known() {
      return FORMATS.named(format).orElseThrow();
    }

    FormatOptions wishes() {
      FormatOptions wishes = FormatOptions.none();
      for (String option : options) {
        int equals = option.indexOf('=');
        wishes = wishes.with(option.substring(0, equals), option.substring(equals + 1));
      }
      return wishes;
    }
  }

  private static final List<Kind> KINDS =
      List.of(
          new Kind("qcow2"),
          new Kind("qcow2", "cluster_size=512"),
          new Kind("qcow2", "cluster_size=2M", "refcount_bits=1"),
          new Kind("qcow2", "compat=0.10"),
          new Kind("qcow2", "extended_l2=on"),
          new Kind("qcow2", "preallocation=metadata"),
          new Kind("vpc"),
          new Kind("vpc", "subformat=fixed"),
          new Kind("vhdx"),
          new Kind("vhdx", "block_size=1M"),
          new Kind("vhdx", "subformat=fixed"),
          new Kind("vdi"),
          new Kind("vdi", "static=on"),
          new Kind("vmdk"),
          new Kind("parallels"),
          new Kind("raw"));

  @BeforeContainer
  static void makeScratch() throws IOException {
    scratch = Files.createTempDirectory("piped");
  }

  @AfterContainer
  static void dropScratch() throws IOException {
    try (var files = Files.list(scratch)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
    Files.delete(scratch);
  }

  @Property(tries = 120, shrinking = ShrinkingMode.OFF)
  void areWhatAFileWouldHold(@ForAll long seed) throws Exception {
    Random random = new Random(seed);
    Kind kind = KINDS.get(random.nextInt(KINDS.size()));
    Path disk = disk(random, scratch.resolve("disk.raw"));
    ConvertOptions how =
        ConvertOptions.defaults()
            .withWorkers(1 + random.nextInt(4))
            .withSparseBytes(random.nextInt(5) == 0 ? 0 : 512 << random.nextInt(6));
    try (Storage file = FileStorage.openForReading(disk)) {
      byte[] sent = piped(kind, file, how);
      assertArrayEquals(filed(kind, file, how), sent, kind + " " + how);
      judge(kind, disk, sent, random.nextInt(4) == 0);
    }
  }

  /** Elsewhere, data are what the map says: nothing is read twice. */
  @Property(tries = 40, shrinking = ShrinkingMode.OFF)
  void readDataOnceThatLieElsewhere(@ForAll long seed) throws Exception {
    Random random = new Random(seed);
    Kind kind = KINDS.get(random.nextInt(KINDS.size()));
    Path disk = disk(random, scratch.resolve("disk.raw"));
    try (FileStorage file = FileStorage.openForReading(disk);
        CountingStorage elsewhere = new CountingStorage(file)) {
      byte[] sent = piped(kind, elsewhere, ConvertOptions.defaults());
      assertTrue(elsewhere.bytesRead() <= Files.size(disk), kind + ": " + elsewhere.bytesRead());
      judge(kind, disk, sent, random.nextInt(4) == 0);
    }
  }

  @Property(tries = 1)
  void areRefusedWhereTheyAreSeveralFiles() throws Exception {
    Path disk = disk(new Random(1), scratch.resolve("disk.raw"));
    Kind kind = new Kind("vmdk", "subformat=monolithicFlat");
    try (Storage file = FileStorage.openForReading(disk)) {
      assertThrows(IOException.class, () -> piped(kind, file, ConvertOptions.defaults()));
    }
  }

  /** Data of a file then get into the pipe without passing through the program. */
  @Property(tries = 3, shrinking = ShrinkingMode.OFF)
  void passThroughAPipeOfTheSystemAsTheyAre(@ForAll long seed) throws Exception {
    Random random = new Random(seed);
    Path disk = disk(random, scratch.resolve("disk.raw"));
    Path image = scratch.resolve("image");
    for (String format : List.of("qcow2", "vhdx", "raw")) {
      List<String> words = List.of("convert", "--seed", "same", "-O", format, disk.toString());
      List<String> toFile = new ArrayList<>(words);
      toFile.add(image.toString());
      Run.platter(toFile.toArray()).mustWork();
      Path java = Path.of(System.getProperty("java.home"), "bin", "java");
      List<String> command =
          new ArrayList<>(
              List.of(
                  java.toString(),
                  "-XX:TieredStopAtLevel=1",
                  "--enable-native-access=ALL-UNNAMED",
                  "-cp",
                  System.getProperty("java.class.path"),
                  Main.class.getName()));
      command.addAll(words);
      command.add("-");
      Path said = scratch.resolve("said");
      Process process = new ProcessBuilder(command).redirectError(said.toFile()).start();
      byte[] sent = process.getInputStream().readAllBytes();
      assertEquals(0, process.waitFor(), () -> format + ": " + said);
      assertArrayEquals(Files.readAllBytes(image), sent, format);
    }
  }

  private static Path disk(Random random, Path path) throws IOException {
    Files.deleteIfExists(path);
    int size = 512 * (1 + random.nextInt(random.nextInt(8) == 0 ? 48 << 11 : 6 << 11));
    try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
      file.setLength(size);
      int runs = random.nextInt(40);
      for (int i = 0; i < runs; i++) {
        int at = random.nextInt(size) / 512 * 512;
        int length =
            Math.min(size - at, 512 * (1 + random.nextInt(random.nextBoolean() ? 8 : 600)));
        byte[] bytes = new byte[length];
        if (random.nextInt(4) > 0) { // zeros that are no hole are a case, too
          random.nextBytes(bytes);
        }
        file.seek(at);
        file.write(bytes);
      }
    }
    return path;
  }

  private static CreateRequest request(Kind kind, long size, Target target) {
    return new CreateRequest(
        kind.known().diskSize(size, kind.wishes()),
        kind.wishes(),
        false,
        Optional.empty(),
        target,
        Identity.seeded("same", Instant.EPOCH));
  }

  private static void convert(
      Kind kind, Storage file, ConvertOptions how, Target target, GuestDigest digest)
      throws IOException {
    try (DiskImage image = FORMATS.named("raw").orElseThrow().open(file, OpenRequest.strict());
        Destination destination =
            Destination.newImage(kind.known(), request(kind, image.map().size(), target))) {
      BlockMap map = image.map();
      new Converter(how).digesting(digest).convert(map, destination);
    }
  }

  private static byte[] piped(Kind kind, Storage file, ConvertOptions how) throws IOException {
    ByteArrayOutputStream sent = new ByteArrayOutputStream();
    piped(kind, file, how, sent);
    return sent.toByteArray();
  }

  private static void piped(Kind kind, Storage file, ConvertOptions how, OutputStream out)
      throws IOException {
    SequentialStorage pipe = new SequentialStorage("pipe", Channels.newChannel(out));
    try (TargetFile target = TargetFile.pipe(pipe)) {
      GuestDigest digest = new GuestDigest(List.of("sha256"));
      convert(kind, file, how, target, digest);
      assertArrayEquals(sha256(file), digest.made().get("sha256"), kind + " " + how);
    }
  }

  private static byte[] sha256(Storage file) throws IOException {
    byte[] bytes = Files.readAllBytes(Path.of(file.name()));
    try {
      return MessageDigest.getInstance("SHA-256").digest(bytes);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  private static byte[] filed(Kind kind, Storage file, ConvertOptions how) throws IOException {
    MemoryStorage made = new MemoryStorage("pipe");
    convert(kind, file, how, new MemoryTarget(made), new GuestDigest(List.of()));
    byte[] bytes = new byte[(int) made.size()];
    made.readFully(0, MemorySegment.ofArray(bytes));
    return bytes;
  }

  private static void judge(Kind kind, Path disk, byte[] sent, boolean byQemu) throws IOException {
    Path image = Files.write(scratch.resolve("image"), sent);
    List<String> compare = new ArrayList<>(List.of("compare", "-f", "raw", "-F", kind.format()));
    compare.addAll(List.of(disk.toString(), image.toString()));
    Run run = Run.qemuImg(compare.toArray());
    assertEquals(0, run.exitCode(), kind + ": " + run.out() + run.err());
    if (byQemu) {
      ExternalTool qemu = ExternalTool.qemuImg();
      String said = qemu.mustRun(compare.toArray());
      assertTrue(said.contains("identical"), said);
      if (List.of("qcow2", "vdi", "vhdx", "parallels").contains(kind.format())) {
        qemu.mustRun("check", "-f", kind.format(), image);
      }
    }
  }

  /** A storage that is no file, and tells how much was read of it. */
  private static final class CountingStorage extends ForwardingStorage {
    private long bytes;

    CountingStorage(FileStorage file) {
      super(file);
    }

    synchronized long bytesRead() {
      return bytes;
    }

    @Override
    protected long readSome(long offset, MemorySegment target) throws IOException {
      long count = super.readSome(offset, target);
      synchronized (this) {
        bytes += Math.max(0, count);
      }
      return count;
    }
  }
}
