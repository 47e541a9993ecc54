package dev.platter.qcow2;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.image.CorruptImageException;
import dev.platter.image.DirtyBitmap;
import dev.platter.image.DiskImage;
import dev.platter.image.disk.GuestDisk;
import dev.platter.image.spi.EditRequest;
import dev.platter.image.spi.OpenRequest;
import dev.platter.qcow2.format.BitmapDirectory;
import dev.platter.qcow2.format.Entries;
import dev.platter.qcow2.format.ImageHead;
import dev.platter.storage.FileStorage;
import dev.platter.testdata.ExternalTool;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Bitmaps that are kept while the disk is written to, side by side with QEMU. */
class LiveBitmapInteropTest {
  private static final int SIZE = 9 << 20;
  private static final List<String> NAMES = List.of("fine", "usual", "coarse", "off");

  @TempDir Path directory;
  private int servers;
  private final ExternalTool qemuImg = ExternalTool.qemuImg();

  private Path image(String name, String options) {
    Path image = directory.resolve(name);
    qemuImg.mustRun("create", "-q", "-f", "qcow2", "-o", options, image, SIZE);
    qemuImg.mustRun("bitmap", "--add", "-g", "512", image, "fine");
    qemuImg.mustRun("bitmap", "--add", image, "usual");
    qemuImg.mustRun("bitmap", "--add", "-g", "2M", image, "coarse");
    qemuImg.mustRun("bitmap", "--add", "--disable", image, "off");
    return image;
  }

  /** One change of the disk. */
  private record Change(Kind kind, int offset, int length) {
    enum Kind {
      WRITE,
      ZERO,
      DISCARD
    }

    static List<Change> some(Random random, int count) {
      List<Change> changes = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        int unit = random.nextInt(4) == 0 ? 4096 : 512;
        int offset = random.nextInt(SIZE / unit) * unit;
        int most = random.nextInt(6) == 0 ? SIZE : 40 * unit;
        int length = Math.min(SIZE - offset, (1 + random.nextInt(most / unit)) * unit);
        changes.add(new Change(Kind.values()[random.nextInt(3)], offset, length));
      }
      return changes;
    }

    void on(GuestDisk disk) throws IOException {
      switch (kind) {
        case WRITE -> {
          byte[] bytes = new byte[length];
          Arrays.fill(bytes, (byte) 7);
          disk.write(offset, MemorySegment.ofArray(bytes));
        }
        case ZERO -> disk.zero(offset, length, GuestDisk.Space.GIVE_BACK);
        case DISCARD -> disk.discard(offset, length);
      }
    }

    String forQemu() {
      return switch (kind) {
            case WRITE -> "write -q -P 7 ";
            case ZERO -> "write -q -z -u ";
            case DISCARD -> "discard -q ";
          }
          + offset
          + " "
          + length;
    }
  }

  private static void weChange(Path image, List<Change> changes) throws IOException {
    try (FileStorage storage = FileStorage.openForWriting(image);
        GuestDisk disk = open(storage)) {
      for (Change change : changes) {
        change.on(disk);
      }
    }
  }

  private static void qemuChanges(Path image, List<Change> changes) {
    List<Object> arguments = new ArrayList<>(List.of("-d", "unmap"));
    for (Change change : changes) {
      arguments.add("-c");
      arguments.add(change.forQemu());
    }
    arguments.add(image);
    ExternalTool.qemuIo().mustRun(arguments.toArray());
  }

  /** The outside file is opened beside the image. */
  private static GuestDisk open(FileStorage storage) throws IOException {
    EditRequest strict = EditRequest.strict();
    EditRequest request =
        new EditRequest(
            strict.limits(),
            reference -> FileStorage.openForWriting(Path.of(reference.name())),
            strict.identity());
    return new GuestDisk(new Qcow2Format().openLive(storage, request), List.of());
  }

  /** What QEMU tells of a bitmap. */
  private String told(Path image, String name) {
    Path socket = directory.resolve("s" + servers++);
    ExternalTool.named("nbdinfo");
    // The server ends with its client, and must have given up its locks.
    String script =
        "qemu-nbd -r -f qcow2 -k SOCKET -B NAME IMAGE & "
            + "while [ ! -S SOCKET ]; do sleep 0.02; done; "
            + "nbdinfo --json --map=qemu:dirty-bitmap:NAME 'nbd+unix:///?socket=SOCKET'; wait";
    return ExternalTool.named("sh")
        .mustRun(
            "-c",
            script
                .replace("SOCKET", socket.toString())
                .replace("NAME", name)
                .replace("IMAGE", image.toString()));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "compat=1.1",
        "cluster_size=512",
        "cluster_size=2M",
        "cluster_size=4k,refcount_bits=1",
        "extended_l2=on,cluster_size=16k",
        "data_file=DIR/data,cluster_size=4k",
      })
  void qemuAndWeMarkTheSameInTurns(String options) throws IOException {
    Path ours = image("ours", options.replace("DIR/data", directory + "/ours.data"));
    Path theirs = image("theirs", options.replace("DIR/data", directory + "/theirs.data"));
    for (int round = 0; round < 4; round++) {
      List<Change> changes =
          Change.some(new Random(round + options.hashCode()), round == 0 ? 3 : 12);
      // On one image we and QEMU take turns.
      if (round % 2 == 0) {
        weChange(ours, changes);
      } else {
        qemuChanges(ours, changes);
      }
      qemuChanges(theirs, changes);
      for (String name : round < 3 ? List.of("fine") : NAMES) {
        assertEquals(told(theirs, name), told(ours, name), name + ", round " + round + changes);
      }
      qemuImg.mustRun("check", "-q", ours);
    }
  }

  @Test
  void bitmapsOfAProcessThatDiedAreNotToBeTrusted() throws IOException {
    Path image = image("image", "compat=1.1");
    Path died = directory.resolve("died");
    try (FileStorage storage = FileStorage.openForWriting(image);
        GuestDisk disk = open(storage)) {
      disk.write(1 << 20, MemorySegment.ofArray(new byte[512]));
      disk.flush();
      Files.copy(image, died);
    }
    String inUse = "{\"flags\":[\"in-use\",\"auto\"],\"name\":\"fine\",\"granularity\":512}";
    assertTrue(info(died).contains(inUse), info(died));
    assertTrue(info(died).contains("{\"flags\":[],\"name\":\"off\""), info(died));
    qemuImg.mustRun("check", "-q", "-r", "leaks", died);
    assertTrue(info(image).contains("{\"flags\":[\"auto\"],\"name\":\"fine\""), info(image));
    // They stay so, whoever writes next.
    weChange(died, Change.some(new Random(1), 5));
    qemuImg.mustRun("check", "-q", died);
    assertTrue(info(died).contains(inUse), info(died));
    ExternalTool.Result qemuNbd =
        ExternalTool.named("qemu-nbd")
            .run("-r", "-f", "qcow2", "-k", directory.resolve("s"), "-B", "fine", died);
    assertTrue(qemuNbd.stderr().contains("inconsistent"), qemuNbd.stderr());
  }

  private String info(Path image) {
    return qemuImg.mustRun("info", "--output=json", image).replaceAll("\\s+", "");
  }

  @Test
  void bitmapsAreLiveWhileTheDiskIs() throws IOException {
    Path image = image("image", "compat=1.1");
    qemuChanges(image, List.of(new Change(Change.Kind.WRITE, 0, 512)));
    byte[] before = Files.readAllBytes(image);
    try (FileStorage storage = FileStorage.openForWriting(image);
        GuestDisk disk = open(storage)) {
      List<DirtyBitmap> bitmaps = disk.dirtyBitmaps();
      assertEquals(NAMES, bitmaps.stream().map(DirtyBitmap::name).toList());
      DirtyBitmap fine = bitmaps.getFirst();
      assertEquals(new DirtyBitmap.Run(512, true), fine.runAt(0, SIZE));
      assertEquals(new DirtyBitmap.Run(SIZE, false), fine.runAt(512, SIZE));
      // To look at them is no change.
      assertArrayEquals(before, Files.readAllBytes(image));
      disk.discard(1000, 30);
      assertEquals(new DirtyBitmap.Run(1536, true), fine.runAt(512, SIZE));
      assertEquals(new DirtyBitmap.Run(SIZE, false), fine.runAt(1536, SIZE));
      disk.zero(0, SIZE, GuestDisk.Space.GIVE_BACK);
      assertEquals(new DirtyBitmap.Run(SIZE, true), fine.runAt(0, SIZE));
      assertEquals(new DirtyBitmap.Run(SIZE, false), bitmaps.getLast().runAt(0, SIZE));
    }
    try (FileStorage storage = FileStorage.openForReading(image);
        DiskImage closed = new Qcow2Format().open(storage, OpenRequest.strict())) {
      assertEquals(4, closed.dirtyBitmaps().size());
      assertEquals(
          new DirtyBitmap.Run(SIZE, true), closed.dirtyBitmaps().getFirst().runAt(0, SIZE));
    }
  }

  /** Bits would be written where something else is. */
  @Test
  void bitmapsThatShareTheirPlaceAreRefused() throws IOException {
    Path sound = image("image", "compat=1.1");
    qemuChanges(sound, List.of(new Change(Change.Kind.WRITE, 0, 512)));
    QemuImage image = new QemuImage(sound);
    long extension;
    BitmapDirectory bitmaps;
    try (FileStorage storage = FileStorage.openForReading(sound)) {
      ImageHead head = ImageHead.read(storage, OpenRequest.strict().limits());
      bitmaps = BitmapDirectory.read(storage, head).orElseThrow();
      extension = head.header().l1TableOffset();
    }
    long table = bitmaps.entries().getFirst().tableOffset();
    long other = image.number(bitmaps.entries().get(1).tableOffset());
    long l2 = image.number(extension) & Entries.OFFSET_MASK;
    byte[] bytes = Files.readAllBytes(sound);
    for (long wrong : new long[] {extension, l2, other, 1L << 40, bitmaps.offset(), table, 1000}) {
      Files.write(sound, bytes);
      image.put(table, 8, wrong);
      byte[] before = Files.readAllBytes(sound);
      try (FileStorage storage = FileStorage.openForWriting(sound);
          GuestDisk disk = open(storage)) {
        MemorySegment sector = MemorySegment.ofArray(new byte[512]);
        String what = Long.toHexString(wrong);
        assertThrows(CorruptImageException.class, () -> disk.write(0, sector), what);
        disk.read(0, sector);
      }
      assertArrayEquals(before, Files.readAllBytes(sound));
    }
  }
}
