package dev.platter.parallels;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.image.CheckReport;
import dev.platter.image.Identity;
import dev.platter.image.ImageException;
import dev.platter.image.Limits;
import dev.platter.image.disk.GuestDisk;
import dev.platter.image.spi.EditRequest;
import dev.platter.image.spi.ImageFormat;
import dev.platter.storage.FileStorage;
import dev.platter.storage.WritableStorage;
import dev.platter.testdata.ExternalTool;
import dev.platter.testdata.LiveImageContract;
import dev.platter.testdata.LiveSubject;
import dev.platter.testdata.LiveSubject.Kind;
import dev.platter.testdata.ModelDisk;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A kind names the images of a bundle's parts, split by "|", each from the top down. */
class LiveBundleTest extends LiveImageContract {
  private static final String EXPANDED = "cluster_size=4k";
  private static final String OLD = "cluster_size=32256,magic=WithoutFreeSpace";
  private static final String PLAIN = "plain";
  private static final List<String> GUIDS =
      List.of(HandMadeBundle.TOP, HandMadeBundle.MIDDLE, HandMadeBundle.ROOT);

  @TempDir static Path directory;

  private int bundles;

  @Override
  protected ImageFormat format() {
    return new ParallelsFormat();
  }

  @Override
  protected Stream<Kind> kinds() {
    return Stream.of(
        Kind.of(EXPANDED),
        Kind.of(PLAIN),
        Kind.of(EXPANDED + ">" + PLAIN),
        Kind.of(OLD + ">" + EXPANDED + ">" + PLAIN),
        Kind.of(EXPANDED + "|" + PLAIN + "|" + EXPANDED),
        Kind.of(EXPANDED + ">" + OLD + "|" + "cluster_size=8k>" + EXPANDED));
  }

  @Override
  protected LiveSubject make(Kind kind, long seed, int size) throws IOException {
    return bundle(kind, size, seed, false);
  }

  @Override
  protected LiveSubject makeEmpty(Kind kind, int size) throws IOException {
    return bundle(kind, size, 1, true);
  }

  private LiveSubject bundle(Kind kind, int size, long seed, boolean emptyTop) throws IOException {
    Path path = directory.resolve("bundle-" + bundles++);
    write(path, kind.options(), size, seed, emptyTop);
    Map<String, byte[]> files = new LinkedHashMap<>();
    Path descriptor = path.resolve("DiskDescriptor.xml");
    files.put(LiveSubject.IMAGE, Files.readAllBytes(descriptor));
    try (DirectoryStream<Path> all = Files.newDirectoryStream(path, "*.hds")) {
      for (Path file : all) {
        files.put(file.getFileName().toString(), Files.readAllBytes(file));
      }
    }
    return new LiveSubject(files, List.of());
  }

  private static void write(Path path, String kind, int size, long seed, boolean emptyTop)
      throws IOException {
    HandMadeBundle bundle = new HandMadeBundle(path, size / 512);
    String[] parts = kind.split("\\|");
    int length = size / parts.length / 32768 * 32768;
    int most = 0;
    for (int part = 0; part < parts.length; part++) {
      int start = part * length;
      int end = part < parts.length - 1 ? start + length : size;
      String[] images = parts[part].split(">");
      most = Math.max(most, images.length);
      for (int i = 0; i < images.length; i++) {
        String file = part + "-" + i + ".hds";
        boolean plain = images[i].equals(PLAIN);
        byte[] content =
            image(images[i], end - start, seed * 100 + part * 10 + i, emptyTop && i == 0);
        bundle.image(GUIDS.get(i), plain ? "Plain" : "Compressed", file, content);
      }
      bundle.part(start / 512, end / 512);
    }
    for (int i = 0; i < most; i++) {
      bundle.shot(GUIDS.get(i), i + 1 < most ? GUIDS.get(i + 1) : HandMadeBundle.NONE);
    }
    bundle.write();
  }

  private static byte[] image(String kind, int size, long seed, boolean empty) throws IOException {
    if (kind.equals(PLAIN)) {
      return empty ? new byte[size] : ModelDisk.random(seed, size, 4096).content();
    }
    LiveSubject subject =
        empty
            ? LiveSubject.makeEmpty(new ParallelsFormat(), Kind.of(kind), size)
            : LiveSubject.make(new ParallelsFormat(), Kind.of(kind), seed, size, 4096);
    return subject.files().get(LiveSubject.IMAGE);
  }

  @Override
  protected int smallSize(Kind kind) {
    return 128 * 1024 + 512 * 3;
  }

  /** Bundles are not resized. */
  @Override
  protected boolean grows(Kind kind) {
    return false;
  }

  @Override
  protected boolean mayBeFound(CheckReport afterPowerCut) {
    return LiveParallelsTest.onlyInUse(afterPowerCut);
  }

  private static EditRequest beside(Path path) {
    return new EditRequest(
        Limits.DEFAULT,
        reference -> FileStorage.openForWriting(path.resolve(reference.name())),
        Identity.seeded("live", Instant.EPOCH));
  }

  private static GuestDisk live(Path path, WritableStorage descriptor) throws IOException {
    return new GuestDisk(new ParallelsFormat().openLive(descriptor, beside(path)), List.of());
  }

  /** QEMU reads the images of a bundle one by one. */
  @Test
  void qemuReadsWhatWeWroteToEachPart(@TempDir Path path) throws IOException {
    int size = 1 << 20;
    write(
        path,
        EXPANDED + "|" + PLAIN + "|" + "cluster_size=8k,magic=WithoutFreeSpace",
        size,
        3,
        false);
    byte[] content = HandMade.random(size, 4);
    byte[] descriptor = Files.readAllBytes(path.resolve("DiskDescriptor.xml"));
    try (WritableStorage storage = FileStorage.openForWriting(path.resolve("DiskDescriptor.xml"));
        GuestDisk disk = live(path, storage)) {
      disk.write(0, MemorySegment.ofArray(content));
      disk.discard(4096, 8192);
      Arrays.fill(content, 4096, 4096 + 8192, (byte) 0);
    }
    assertArrayEquals(descriptor, Files.readAllBytes(path.resolve("DiskDescriptor.xml")));
    int length = size / 3 / 32768 * 32768;
    ExternalTool qemuImg = ExternalTool.qemuImg();
    for (int part = 0; part < 3; part++) {
      int end = part < 2 ? (part + 1) * length : size;
      Path raw = path.resolve("part.raw");
      Files.write(raw, Arrays.copyOfRange(content, part * length, end));
      String format = part == 1 ? "raw" : "parallels";
      Path image = path.resolve(part + "-0.hds");
      qemuImg.mustRun("compare", "-f", "raw", "-F", format, raw, image);
      if (part != 1) {
        qemuImg.mustRun("check", "-f", format, image);
      }
    }
  }

  @Test
  void imagesBelowStayAsTheyAre(@TempDir Path path) throws IOException {
    int size = 1 << 20;
    write(path, EXPANDED + ">" + OLD + ">" + PLAIN, size, 5, true);
    byte[] middle = Files.readAllBytes(path.resolve("0-1.hds"));
    byte[] root = Files.readAllBytes(path.resolve("0-2.hds"));
    try (WritableStorage storage = FileStorage.openForWriting(path.resolve("DiskDescriptor.xml"));
        GuestDisk disk = live(path, storage)) {
      byte[] expected = new byte[size];
      disk.read(0, MemorySegment.ofArray(expected));
      Random random = new Random(6);
      for (int i = 0; i < 50; i++) {
        int from = random.nextInt(size - 9000);
        byte[] bytes = new byte[random.nextInt(9000)];
        if (i % 3 == 0) {
          disk.zero(from, bytes.length, GuestDisk.Space.GIVE_BACK);
        } else {
          random.nextBytes(bytes);
          disk.write(from, MemorySegment.ofArray(bytes));
        }
        System.arraycopy(bytes, 0, expected, from, bytes.length);
      }
      byte[] found = new byte[size];
      disk.read(0, MemorySegment.ofArray(found));
      assertArrayEquals(expected, found);
    }
    assertArrayEquals(middle, Files.readAllBytes(path.resolve("0-1.hds")));
    assertArrayEquals(root, Files.readAllBytes(path.resolve("0-2.hds")));
  }

  private static void refuses(Path path, HandMadeBundle bundle, String words) throws IOException {
    bundle.write();
    try (WritableStorage storage = FileStorage.openForWriting(path.resolve("DiskDescriptor.xml"))) {
      ImageException refused = assertThrows(ImageException.class, () -> live(path, storage));
      assertTrue(refused.getMessage().contains(words), refused.getMessage());
    }
  }

  private static byte[] expanded(int tracks, int entries) {
    return new HandMade(true, tracks, entries).build();
  }

  @Test
  void whatCannotBeWrittenToIsRefused(@TempDir Path path) throws IOException {
    byte[] image = expanded(8, 4);
    String top = HandMadeBundle.TOP;
    HandMadeBundle inner = new HandMadeBundle(path, 32).image(top, "Compressed", "a.hds", image);
    inner.image(HandMadeBundle.ROOT, "Compressed", "b.hds", image).part(0, 32);
    inner.shot(top, HandMadeBundle.NONE).shot(HandMadeBundle.ROOT, top);
    refuses(path, inner, "lies over what would be written to");
    HandMadeBundle twice = new HandMadeBundle(path, 64).image(top, "Compressed", "a.hds", image);
    twice.part(0, 32).image(top, "Compressed", "a.hds", image).part(32, 64);
    twice.shot(top, HandMadeBundle.NONE);
    refuses(path, twice, "two images are the file 'a.hds'");
    HandMadeBundle crooked =
        new HandMadeBundle(path, 60).image(top, "Plain", "a.hds", new byte[28 * 512]);
    crooked.part(0, 28).image(top, "Compressed", "b.hds", image).part(28, 60);
    refuses(path, crooked, "do not begin where clusters do");
    HandMadeBundle small = new HandMadeBundle(path, 64).image(top, "Compressed", "a.hds", image);
    refuses(path, small.part(0, 64), "has a disk of 16384 bytes, expected 32768");
    assertEquals(image.length, Files.size(path.resolve("b.hds")));
  }
}
