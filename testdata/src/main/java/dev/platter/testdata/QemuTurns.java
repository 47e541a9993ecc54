package dev.platter.testdata;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.image.BlockMap;
import dev.platter.image.Extent;
import dev.platter.image.Identity;
import dev.platter.image.Limits;
import dev.platter.image.disk.GuestDisk;
import dev.platter.image.disk.GuestDisk.Space;
import dev.platter.image.spi.EditRequest;
import dev.platter.image.spi.ImageEditor;
import dev.platter.image.spi.ImageFormat;
import dev.platter.image.spi.ResizeRequest;
import dev.platter.storage.FileStorage;
import dev.platter.storage.MemoryStorage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * {@code qemu-io} and we write to one image in turns, we from one to eight threads; after each turn
 * the other reads what is there, and {@code qemu-img} checks and compares it. In between the disk
 * becomes larger, but that of a VMDK, whose size never changes.
 */
public final class QemuTurns {
  private static final int SECTOR = 512;
  private static final int OPERATIONS = 12;

  /** How many threads write in each of our turns. */
  private static final int[] THREADS = {1, 2, 8, 1, 4};

  /** Before which turn the disk becomes larger, and by how much. */
  private static final int GROWTH_AT = 2;

  private static final int GROWTH = 999 * SECTOR;

  private final ImageFormat format;
  private final String qemuFormat;
  private final Path image;
  private final Path raw;
  private final List<BlockMap> below = new ArrayList<>();
  private final Random random;
  private byte[] model;

  private QemuTurns(ImageFormat format, String qemuFormat, Path directory, long seed) {
    this.format = format;
    this.qemuFormat = qemuFormat;
    this.image = directory.resolve("turns-" + seed + "." + qemuFormat);
    this.raw = directory.resolve("turns-" + seed + ".raw");
    this.random = new Random(seed);
  }

  /** Something done to the image before the turns begin, as making snapshots; by qemu-img. */
  @FunctionalInterface
  public interface Preparation {
    /** Changes the image, but not its disk. */
    void prepare(Path image) throws IOException;
  }

  /**
   * Makes an image with qemu-img and takes turns.
   *
   * @param options for {@code -o}; may be empty
   * @param size of the disk, bytes
   * @param overParent whether it lies over a raw file, or over what else the format takes
   */
  public static void take(
      ImageFormat format,
      String qemuFormat,
      String options,
      Path directory,
      int size,
      boolean overParent,
      Preparation preparation)
      throws IOException {
    long seed = (format.name() + options + overParent).hashCode() & 0xFFFF_FFFFL;
    QemuTurns turns = new QemuTurns(format, qemuFormat, directory, seed);
    turns.create(options, size, overParent);
    // A check of QEMU 7.2 takes the tables of an empty Parallels image for lost space.
    turns.compare();
    preparation.prepare(turns.image);
    for (int i = 0; i < THREADS.length; i++) {
      if (i == GROWTH_AT && !qemuFormat.equals("vmdk")) {
        turns.grow();
      }
      turns.letQemuWrite();
      turns.write(THREADS[i]);
    }
  }

  private EditRequest request() {
    return new EditRequest(
        Limits.DEFAULT,
        reference -> FileStorage.openForWriting(image.resolveSibling(reference.name())),
        Identity.seeded("turns", Instant.EPOCH));
  }

  private void grow() throws IOException {
    int size = model.length + GROWTH;
    try (FileStorage storage = FileStorage.openForWriting(image);
        ImageEditor editor = format.edit(storage, request())) {
      editor.resize(new ResizeRequest(size));
    }
    model = Arrays.copyOf(model, size);
    compareAndCheck();
  }

  private void create(String options, int size, boolean overParent) throws IOException {
    List<Object> command = new ArrayList<>(List.of("create", "-q", "-f", qemuFormat));
    if (!options.isEmpty()) {
      command.addAll(List.of("-o", options));
    }
    model = new byte[size];
    if (overParent) {
      // Shorter than the disk, and with a hole.
      byte[] content = new byte[size / SECTOR * 3 / 4 * SECTOR];
      random.nextBytes(content);
      Arrays.fill(content, size / 8, size / 4, (byte) 0);
      System.arraycopy(content, 0, model, 0, content.length);
      Path parent = image.resolveSibling(image.getFileName() + ".parent");
      Files.write(parent, content);
      below.add(new Plain(MemoryStorage.of("parent", content)));
      String parentFormat = "raw";
      if (qemuFormat.equals("vmdk")) {
        // They lie over their own kind only.
        Path converted = parent.resolveSibling(parent.getFileName() + ".vmdk");
        ExternalTool.qemuImg().mustRun("convert", "-f", "raw", "-O", "vmdk", parent, converted);
        parent = converted;
        parentFormat = "vmdk";
      }
      command.addAll(List.of("-b", parent, "-F", parentFormat));
    }
    command.addAll(List.of(image, size));
    ExternalTool.qemuImg().mustRun(command.toArray());
  }

  private record Plain(MemoryStorage storage, long size) implements BlockMap {
    Plain(MemoryStorage storage) throws IOException {
      this(storage, storage.size());
    }

    @Override
    public int blockSize() {
      return 1;
    }

    @Override
    public Extent extentAt(long offset, long limit) {
      return new Extent.Data(offset, limit - offset, storage, offset);
    }
  }

  private static int[] range(Random random, int from, int end) {
    int sectors = (end - from) / SECTOR;
    int first = random.nextInt(sectors);
    int most = random.nextInt(4) == 0 ? sectors : 100;
    int count = 1 + random.nextInt(Math.min(most, sectors - first));
    return new int[] {from + first * SECTOR, count * SECTOR};
  }

  private void letQemuWrite() throws IOException {
    List<Object> command = new ArrayList<>(List.of("-f", qemuFormat));
    for (int i = 0; i < OPERATIONS; i++) {
      int[] range = range(random, 0, model.length);
      int pattern = random.nextInt(4) == 0 ? 0 : 1 + random.nextInt(255);
      String flags = pattern > 0 ? "-P " + pattern : random.nextBoolean() ? "-z" : "-z -u";
      command.addAll(List.of("-c", "write -q " + flags + " " + range[0] + " " + range[1]));
      Arrays.fill(model, range[0], range[0] + range[1], (byte) pattern);
    }
    command.add(image);
    String output = ExternalTool.qemuIo().mustRun(command.toArray());
    assertTrue(output.isBlank(), output);
    compareAndCheck();
  }

  private void write(int threads) throws IOException {
    try (FileStorage storage = FileStorage.openForWriting(image);
        GuestDisk disk = new GuestDisk(format.openLive(storage, request()), below);
        ExecutorService pool = Executors.newFixedThreadPool(threads)) {
      mustRead(disk);
      int part = model.length / SECTOR / threads * SECTOR;
      List<Future<?>> running = new ArrayList<>();
      for (int i = 0; i < threads; i++) {
        Random own = new Random(random.nextLong());
        int from = i * part;
        running.add(
            pool.submit(() -> {
              write(disk, own, from, from + part);
              return null;
            }));
      }
      for (Future<?> thread : running) {
        finish(thread);
      }
      mustRead(disk);
    }
    compareAndCheck();
  }

  /** Writes to a part of the disk, which no other thread does. */
  private void write(GuestDisk disk, Random own, int from, int end) throws IOException {
    for (int i = 0; i < OPERATIONS; i++) {
      int[] range = range(own, from, end);
      byte[] bytes = new byte[range[1]];
      switch (own.nextInt(6)) {
        case 0 -> disk.zero(range[0], range[1], Space.GIVE_BACK);
        case 1 -> disk.zero(range[0], range[1], Space.KEEP);
        case 2 -> {
          disk.discard(range[0], range[1]);
          disk.read(range[0], MemorySegment.ofArray(bytes));
        }
        default -> {
          own.nextBytes(bytes);
          disk.write(range[0], MemorySegment.ofArray(bytes));
        }
      }
      System.arraycopy(bytes, 0, model, range[0], range[1]);
      if (own.nextInt(4) == 0) {
        disk.flush();
      }
    }
  }

  private static void finish(Future<?> thread) throws IOException {
    try {
      thread.get();
    } catch (ExecutionException e) {
      throw new IOException(e.getCause());
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private void mustRead(GuestDisk disk) throws IOException {
    byte[] bytes = new byte[model.length];
    disk.read(0, MemorySegment.ofArray(bytes));
    assertArrayEquals(model, bytes);
  }

  private void compare() throws IOException {
    Files.write(raw, model);
    ExternalTool qemuImg = ExternalTool.qemuImg();
    qemuImg.mustRun("compare", "-f", "raw", "-F", qemuFormat, raw, image);
  }

  private void compareAndCheck() throws IOException {
    compare();
    ExternalTool qemuImg = ExternalTool.qemuImg();
    if (!qemuFormat.equals("raw")) {
      ExternalTool.Result check = qemuImg.run("check", "-f", qemuFormat, image);
      // 63: the format has no check.
      assertTrue(check.exitCode() == 0 || check.exitCode() == 63, check::toString);
    }
  }
}
