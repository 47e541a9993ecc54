package dev.platter.testdata;

import dev.platter.image.BlockMap;
import dev.platter.image.CheckReport;
import dev.platter.image.DiskImage;
import dev.platter.image.Identity;
import dev.platter.image.Limits;
import dev.platter.image.disk.GuestDisk;
import dev.platter.image.disk.GuestReader;
import dev.platter.image.disk.LayeredMap;
import dev.platter.image.spi.EditRequest;
import dev.platter.image.spi.ImageFormat;
import dev.platter.image.spi.OpenRequest;
import dev.platter.storage.ForwardingStorage;
import dev.platter.storage.MemoryStorage;
import dev.platter.storage.WritableStorage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;

/** The files of a {@link LiveSubject}, and the ways of opening them that a test needs. */
public final class LiveDisk {
  private final ImageFormat format;
  private final Map<String, ? extends WritableStorage> files;
  private final List<BlockMap> below;

  public LiveDisk(
      ImageFormat format, Map<String, ? extends WritableStorage> files, List<BlockMap> below) {
    this.format = format;
    this.files = files;
    this.below = below;
  }

  /** One that lies in memory. */
  static LiveDisk inMemory(ImageFormat format, LiveSubject subject) {
    Map<String, MemoryStorage> files = new LinkedHashMap<>();
    subject.files().forEach((name, bytes) -> files.put(name, MemoryStorage.of(name, bytes)));
    return new LiveDisk(format, files, subject.below());
  }

  /** The same files, each write to which gives other threads time. */
  LiveDisk slow() {
    Map<String, WritableStorage> slow = new LinkedHashMap<>();
    files.forEach((name, storage) -> slow.put(name, new SlowStorage(storage)));
    return new LiveDisk(format, slow, below);
  }

  private static final class SlowStorage extends ForwardingStorage {
    SlowStorage(WritableStorage storage) {
      super(storage);
    }

    @Override
    protected long writeSome(long offset, MemorySegment source) throws IOException {
      LockSupport.parkNanos(100_000);
      return super.writeSome(offset, source);
    }
  }

  WritableStorage image() {
    return files.get(LiveSubject.IMAGE);
  }

  Map<String, ? extends WritableStorage> files() {
    return files;
  }

  /** The disk, to be written to. */
  public GuestDisk live() throws IOException {
    return new GuestDisk(format.openLive(image(), request()), below);
  }

  EditRequest request() {
    return new EditRequest(
        Limits.DEFAULT,
        reference -> lent(reference.name()),
        Identity.seeded("live", Instant.EPOCH));
  }

  /** What others read who open the image now. */
  public byte[] read() throws IOException {
    try (DiskImage image = open();
        GuestReader reader = new GuestReader()) {
      List<BlockMap> layers = new ArrayList<>();
      layers.add(image.map());
      layers.addAll(below);
      LayeredMap map = new LayeredMap(layers);
      byte[] bytes = new byte[(int) map.size()];
      reader.read(map, 0, MemorySegment.ofArray(bytes));
      return bytes;
    }
  }

  Optional<CheckReport> check() throws IOException {
    try (DiskImage image = open()) {
      return image.check();
    }
  }

  private DiskImage open() throws IOException {
    return format.open(
        image(), new OpenRequest(Limits.DEFAULT, reference -> lent(reference.name())));
  }

  private WritableStorage lent(String name) throws IOException {
    WritableStorage storage = files.get(name);
    if (storage == null) {
      throw new IOException("no outside file '" + name + "'");
    }
    return new ForwardingStorage(storage) {
      @Override
      public void close() {}
    };
  }
}
