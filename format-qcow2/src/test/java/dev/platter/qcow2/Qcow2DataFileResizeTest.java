package dev.platter.qcow2;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.image.CheckReport;
import dev.platter.image.DiskImage;
import dev.platter.image.FormatOptions;
import dev.platter.image.Identity;
import dev.platter.image.Limits;
import dev.platter.image.Preallocation;
import dev.platter.image.disk.GuestReader;
import dev.platter.image.spi.CreateRequest;
import dev.platter.image.spi.EditRequest;
import dev.platter.image.spi.ImageEditor;
import dev.platter.image.spi.ImageWriter;
import dev.platter.image.spi.OpenRequest;
import dev.platter.image.spi.ResizeRequest;
import dev.platter.qcow2.write.Qcow2Options;
import dev.platter.storage.ForwardingStorage;
import dev.platter.storage.MemoryStorage;
import dev.platter.storage.WritableStorage;
import dev.platter.testdata.ChangeJournal;
import dev.platter.testdata.FaultyStorage;
import dev.platter.testdata.MemoryTarget;
import dev.platter.testdata.ModelDisk;
import dev.platter.testdata.PlainMover;
import dev.platter.testdata.RecordingStorage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Disks whose clusters are in another file that get another size: both files hold the old disk or
 * the new one, wherever the power fails in either, and whichever of their changes cannot be made.
 */
class Qcow2DataFileResizeTest {
  private static final int SIZE = 100_000 / 512 * 512;
  private static final int[] SIZES = {SIZE + 512, 3 * SIZE, SIZE - 512, 20_480, 4 << 20};

  /** An image and its data file. */
  private record Files(WritableStorage image, WritableStorage data) {
    static Files of(byte[] image, byte[] data) {
      return new Files(MemoryStorage.of("image", image), MemoryStorage.of("data", data));
    }

    private WritableStorage lent() {
      return new ForwardingStorage(data) {
        @Override
        public void close() {}
      };
    }

    DiskImage open() throws IOException {
      OpenRequest request = new OpenRequest(Limits.DEFAULT, reference -> lent());
      return new Qcow2Format().open(image, request);
    }

    Optional<IOException> resize(long size, Preallocation how) throws IOException {
      Identity identity = Identity.seeded("resize", Instant.EPOCH);
      EditRequest request = new EditRequest(Limits.DEFAULT, reference -> lent(), identity);
      try (ImageEditor editor = new Qcow2Format().edit(image, request)) {
        return editor.resize(new ResizeRequest(size, how, Optional.empty()));
      }
    }

    byte[] disk() throws IOException {
      try (DiskImage image = open();
          GuestReader reader = new GuestReader()) {
        byte[] disk = new byte[(int) image.map().size()];
        reader.read(image.map(), 0, MemorySegment.ofArray(disk));
        return disk;
      }
    }

    CheckReport check() throws IOException {
      try (DiskImage image = open()) {
        return image.check().orElseThrow();
      }
    }

    /** The first bytes of the disk that there was, and then zeros; nothing worse than leaks. */
    void assertDisk(byte[] content, int... sizes) throws IOException {
      byte[] now = disk();
      assertTrue(Arrays.stream(sizes).anyMatch(size -> size == now.length), "size " + now.length);
      assertArrayEquals(Arrays.copyOf(content, now.length), now);
      CheckReport found = check();
      assertEquals(0, found.corruptions() + found.checkErrors(), found.messages().toString());
    }
  }

  private final MemoryTarget target = new MemoryTarget();

  /** Makes an image; answers its disk. */
  private byte[] make(String options) throws IOException {
    ModelDisk disk = ModelDisk.random(options.hashCode(), SIZE, 4096);
    FormatOptions parsed = FormatOptions.parse(List.of(options), Qcow2Options.SPECS);
    CreateRequest request = new CreateRequest(SIZE, parsed, false, Optional.empty(), target);
    try (ImageWriter writer = new Qcow2Format().create(request)) {
      PlainMover.move(disk, writer, false, false, 7);
    }
    return disk.content();
  }

  private byte[] image() throws IOException {
    return ((MemoryStorage) target.storage()).toByteArray();
  }

  private byte[] data() throws IOException {
    return target.outside().get("data").toByteArray();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "data_file=data,cluster_size=4k",
        "data_file=data,data_file_raw=on,cluster_size=16k",
        "data_file=data,extended_l2=on,cluster_size=16k"
      })
  void bothFilesHoldTheDiskWhateverItsSize(String options) throws IOException {
    byte[] content = make(options);
    for (Preallocation how : Preallocation.values()) {
      RecordingStorage image = new RecordingStorage("image", image());
      RecordingStorage data = new RecordingStorage("data", data());
      Files files = new Files(image, data);
      byte[] model = content;
      for (int size : SIZES) {
        boolean grows = size > model.length;
        assertEquals(
            Optional.empty(), files.resize(size, grows ? how : Preallocation.OFF), "" + size);
        model = Arrays.copyOf(model, size);
        files.assertDisk(model, size);
        assertEquals(0, files.check().leaks());
        assertTrue(data.size() <= size, "the data file has " + data.size());
        assertTrue(image.isSynced() && data.isSynced(), "ends with a sync of both files");
        if (options.contains("raw")) {
          assertArrayEquals(model, data.storage().toByteArray());
        }
      }
    }
  }

  /** A data file may be longer than its disk: what lies there was no guest's. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "data_file=data,cluster_size=4k",
        "data_file=data,data_file_raw=on,cluster_size=16k"
      })
  void whatADataFileHasBehindTheDiskIsNotShown(String options) throws IOException {
    byte[] content = make(options);
    byte[] longer = Arrays.copyOf(data(), 2 * SIZE);
    Arrays.fill(longer, SIZE, 2 * SIZE, (byte) 0x5A);
    for (Preallocation how : Preallocation.values()) {
      for (int size : new int[] {SIZE + 512, 2 * SIZE - 512, 3 * SIZE}) {
        Files files = Files.of(image(), longer);
        files.resize(size, how);
        files.assertDisk(content, size);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "data_file=data,cluster_size=4k",
        "data_file=data,data_file_raw=on,cluster_size=16k"
      })
  void aPowerCutInEitherFileLeavesTheOldOrTheNewDisk(String options) throws IOException {
    byte[] content = make(options);
    byte[] longer = Arrays.copyOf(data(), SIZE + 700);
    Arrays.fill(longer, SIZE, longer.length, (byte) 0x5A);
    for (int size : SIZES) {
      ChangeJournal journal = new ChangeJournal();
      Files files = new Files(journal.open("image", image()), journal.open("data", longer));
      files.resize(size, Preallocation.OFF);
      journal.cutEverywhere(
          size,
          (cut, media) ->
              new Files(media.get("image"), media.get("data")).assertDisk(content, SIZE, size));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "data_file=data,cluster_size=4k",
        "data_file=data,data_file_raw=on,cluster_size=16k"
      })
  void aChangeThatFailsLeavesTheOldDiskOrIsNoMoreThanLostSpace(String options) throws IOException {
    byte[] content = make(options);
    for (int size : SIZES) {
      FaultyStorage image = new FaultyStorage(MemoryStorage.of("image", image()));
      FaultyStorage data = new FaultyStorage(MemoryStorage.of("data", data()));
      new Files(image, data).resize(size, Preallocation.OFF);
      for (int n = 1; n <= image.changes() + data.changes(); n++) {
        Files sound = Files.of(image(), data());
        int inData = n - image.changes();
        Files faulty =
            inData > 0
                ? new Files(sound.image(), new FaultyStorage(sound.data()).failingChange(inData))
                : new Files(new FaultyStorage(sound.image()).failingChange(n), sound.data());
        boolean done;
        try {
          done = faulty.resize(size, Preallocation.OFF).isPresent();
          assertTrue(done, "says nothing of change " + n);
        } catch (IOException e) {
          done = false;
          assertEquals(data().length, sound.data().size(), "change " + n);
          assertEquals(image().length, sound.image().size(), "change " + n);
        }
        sound.assertDisk(content, done ? size : SIZE);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"data_file=data,cluster_size=4k"})
  void aDataFileThatMayNotBeOpenedIsRefused(String options) throws IOException {
    make(options);
    MemoryStorage image = MemoryStorage.of("image", image());
    try (ImageEditor editor = new Qcow2Format().edit(image, EditRequest.strict())) {
      assertThrows(IOException.class, () -> editor.resize(new ResizeRequest(2 * SIZE)));
    }
    assertArrayEquals(image(), image.toByteArray());
  }
}
