package dev.platter.guest;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.platter.guest.copy.Extraction;
import dev.platter.guest.copy.TarWriter;
import dev.platter.guest.files.Node;
import dev.platter.image.BlockMap;
import dev.platter.image.DiskImage;
import dev.platter.image.spi.ImageFormats;
import dev.platter.image.spi.OpenRequest;
import dev.platter.storage.FileStorage;
import dev.platter.storage.Storage;
import dev.platter.testdata.ExternalTool;
import java.io.IOException;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/** A tree of the host to make file systems of, and the two ways in which files come out again. */
abstract class FilesOut {
  static final Set<String> ALL = Set.of("mode", "special", "owner", "time", "links");

  @TempDir static Path shared;
  static Path tree;

  @TempDir Path directory;

  @BeforeAll
  static void makeTree() throws IOException {
    tree = HostTree.make(shared.resolve("tree"));
  }

  Path disk(long mebibytes) throws IOException {
    Path disk = directory.resolve("disk");
    try (RandomAccessFile file = new RandomAccessFile(disk.toFile(), "rw")) {
      file.setLength(mebibytes << 20);
    }
    return disk;
  }

  static void run(String tool, Object... words) {
    ExternalTool.named(tool).run(words).mustExit(0);
  }

  interface Use {
    void of(Volume volume, Node root) throws IOException;
  }

  static void open(Path disk, Use use) throws IOException {
    try (Storage storage = FileStorage.openForReading(disk);
        DiskImage image =
            ImageFormats.present().named("raw").orElseThrow().open(storage, OpenRequest.strict())) {
      open(image.map(), use);
    }
  }

  static void open(BlockMap map, Use use) throws IOException {
    try (GuestVolumes volumes = GuestVolumes.open(map, "disk")) {
      Volume volume = volumes.volumes().stream().filter(Volume::hasFiles).findFirst().orElseThrow();
      use.of(volume, volume.open().root());
    }
  }

  Path extracted(Path disk) throws IOException {
    Path target = directory.resolve("extracted");
    open(
        disk,
        (volume, root) ->
            Extraction.extract(
                root,
                target,
                volume.bytes().orElseThrow().budget(),
                false,
                (path, why) -> assertEquals("", path + ": " + why),
                () -> {}));
    return target;
  }

  Path tar(Path disk) throws IOException {
    Path tar = directory.resolve("out.tar");
    try (OutputStream out = Files.newOutputStream(tar)) {
      open(
          disk,
          (volume, root) -> {
            TarWriter writer = new TarWriter(out, () -> {});
            writer.add(
                root,
                "",
                volume.bytes().orElseThrow().budget(),
                (path, why) -> assertEquals("", path + ": " + why));
            writer.finish();
          });
    }
    return tar;
  }

  Path untarred(Path tar) throws IOException {
    Path target = Files.createDirectory(directory.resolve("untarred"));
    run("tar", "-xpf", tar, "--numeric-owner", "-C", target);
    return target;
  }

  /** Runs a tool with some words, and others behind them. */
  static void runWith(String tool, String options, Object... more) {
    List<Object> words = new ArrayList<>(List.of(options.split(" ", -1)));
    words.remove("");
    words.addAll(List.of(more));
    run(tool, words.toArray());
  }

  static Map<String, String> described(Path root, Set<String> aspects) throws IOException {
    Map<String, String> all = HostTree.describe(root, aspects);
    all.remove(""); // what tools make of the root itself is not always what they were given
    all.remove("lost+found");
    return all;
  }

  /** Only what differs is told. */
  static void assertSame(Map<String, String> expected, Map<String, String> found) {
    Map<String, String> lacking = new TreeMap<>(expected);
    lacking.entrySet().removeAll(found.entrySet());
    Map<String, String> more = new TreeMap<>(found);
    more.entrySet().removeAll(expected.entrySet());
    assertEquals(lacking, more);
  }

  static Set<String> without(String... aspects) {
    Set<String> rest = new HashSet<>(ALL);
    rest.removeAll(List.of(aspects));
    return rest;
  }
}
