package dev.platter.fuzz;

import dev.platter.Disk;
import dev.platter.DiskSource;
import dev.platter.Platter;
import dev.platter.guest.GuestVolumes;
import dev.platter.guest.Volume;
import dev.platter.guest.files.Node;
import dev.platter.guest.files.Source;
import dev.platter.guest.free.FreeSpace;
import dev.platter.image.BlockMap;
import dev.platter.image.Extent;
import dev.platter.image.name.ImageName;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Everything that reads a file from a stranger: what it is, its map and bytes, a check, and what
 * its guest's file systems hold. Each step is bounded here where it is not by itself, as the whole
 * of a disk takes time by its size. That it cannot be read is an {@link IOException}, which is no
 * finding; whatever else is thrown is one.
 */
final class Reading {
  private static final int MOST_EXTENTS = 4096;
  private static final int MOST_READS = 16;
  private static final int PIECE = 64 << 10;
  private static final int MOST_NODES = 200;

  private static final Path FILE = temporary();

  private Reading() {}

  private static Path temporary() {
    try {
      Path file = Files.createTempFile("platter-fuzz", ".image");
      file.toFile().deleteOnExit();
      return file;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Reads the bytes as a file whose format is to be told from them. */
  static void ofFile(byte[] bytes) {
    try {
      Files.write(FILE, bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    DiskSource source = Platter.disk(FILE);
    attempt(source::inspect);
    attempt(source::check);
    attempt(() -> {
      try (Disk disk = source.alone().open()) {
        readDisk(disk);
        readFiles(disk.map());
      }
    });
  }

  /** A step of which nobody knows whether it will do. */
  @FunctionalInterface
  private interface Step {
    void run() throws IOException;
  }

  private static void attempt(Step step) {
    try {
      step.run();
    } catch (IOException e) {
      // It says so: that is all that is asked.
    }
  }

  private static void readDisk(Disk disk) throws IOException {
    BlockMap map = disk.map();
    int reads = 0;
    long at = 0;
    for (int i = 0; i < MOST_EXTENTS && at < map.size(); i++) {
      Extent extent = map.extentAt(at, map.size());
      if (extent.end() <= at) {
        throw new IllegalStateException("the extent at " + at + " ends at " + extent.end());
      }
      if (reads < MOST_READS && !extent.readsZero()) {
        reads++;
        int length = (int) Math.min(PIECE, extent.end() - at);
        long begin = at;
        attempt(() -> disk.read(begin, length));
      }
      at = extent.end();
    }
    disk.info();
    disk.dangers();
    disk.dirtyBitmaps();
  }

  private static void readFiles(BlockMap map) {
    attempt(() -> FreeSpace.of(map, "disk").bytes());
    attempt(() -> {
      try (GuestVolumes volumes = GuestVolumes.open(map, "disk")) {
        for (Volume volume : volumes.volumes()) {
          if (volume.hasFiles()) {
            attempt(() -> new Walk().visit(volume.open().root(), 0));
          }
        }
      }
    });
  }

  /** Reads names, attributes and first bytes of some files. */
  private static final class Walk {
    private int nodes;

    void visit(Node node, int depth) {
      if (nodes++ > MOST_NODES) {
        return;
      }
      attempt(node::attributes);
      attempt(node::extendedAttributes);
      switch (node.kind()) {
        case FILE ->
            attempt(() -> {
              Source content = node.content();
              content.readUpTo(0, PIECE);
              content.runAt(0);
            });
        case LINK -> attempt(node::target);
        case DIRECTORY ->
            attempt(() -> {
              for (String name : node.names()) {
                if (depth < 8 && !Node.isOfEveryDirectory(name)) {
                  node.child(name).ifPresent(child -> visit(child, depth + 1));
                }
              }
            });
        default -> {}
      }
    }
  }

  /** Reads a name of an image as the program takes it. */
  static void ofName(String name) {
    attempt(() -> ImageName.parse(name));
    attempt(() -> ImageName.parseOptions(name));
  }
}
