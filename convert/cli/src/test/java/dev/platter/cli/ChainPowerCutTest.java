package dev.platter.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.cipher.Secret;
import dev.platter.cli.source.Source;
import dev.platter.image.CheckReport;
import dev.platter.image.CorruptImageException;
import dev.platter.image.DiskImage;
import dev.platter.image.Limits;
import dev.platter.image.Secrets;
import dev.platter.image.chain.ImageChain;
import dev.platter.image.chain.OpenOptions;
import dev.platter.image.disk.GuestReader;
import dev.platter.image.name.References;
import dev.platter.image.spi.EditRequest;
import dev.platter.image.spi.ImageEditor;
import dev.platter.image.spi.ImageFormat;
import dev.platter.image.spi.OpenRequest;
import dev.platter.image.spi.StorageOpener;
import dev.platter.storage.Location;
import dev.platter.storage.MemoryStorage;
import dev.platter.storage.WritableStorage;
import dev.platter.testdata.ChangeJournal;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Whole commands that change chains, where the power fails after any change to any of the files,
 * and what no sync of its own file followed is lost in part: the top image shows the disk that it
 * showed before, every image is sound but for leaks, and the command can be given once more.
 */
class ChainPowerCutTest {
  /** Four heads and 17 sectors, so that a VHD is as large as its disk. */
  private static final int CYLINDER = 4 * 17 * 512;

  private static final int SIZE = 8 * CYLINDER;
  private static final int PIECE = 4096;

  /** After every so many cuts the command is given once more. */
  private static final int REPEATED = 17;

  private static final String[] SECRET = {"--object", "secret,id=s,data=x"};

  @TempDir Path directory;
  private final Random random = new Random(1);

  private static String format(String kind) {
    return kind.split(":", 2)[0];
  }

  private void make(String name, String kind, byte[] disk, String base, String baseKind)
      throws IOException {
    Path raw = Files.write(directory.resolve(name + ".raw"), disk);
    List<Object> words = new ArrayList<>(List.of("convert", "-f", "raw", "-O", format(kind)));
    words.addAll(List.of(SECRET));
    if (kind.contains(":")) {
      words.addAll(List.of("-o", kind.split(":", 2)[1]));
    }
    if (!base.isEmpty()) {
      words.addAll(List.of("-B", base, "-F", format(baseKind)));
    }
    words.addAll(List.of(raw, directory.resolve(name)));
    Run.platter(words.toArray()).mustWork();
  }

  private byte[] noise(int bytes) {
    byte[] disk = new byte[bytes];
    random.nextBytes(disk);
    Arrays.fill(disk, 10_000, 50_000, (byte) 0);
    return disk;
  }

  /** The same disk with other bytes and with zeros here and there, and perhaps longer. */
  private byte[] changed(byte[] disk, int bytes) {
    byte[] changed = Arrays.copyOf(disk, bytes);
    for (int at = 0; at < bytes; at += PIECE) {
      int end = Math.min(bytes, at + PIECE);
      switch (random.nextInt(8)) {
        case 0, 1 -> {
          byte[] piece = new byte[end - at];
          random.nextBytes(piece);
          System.arraycopy(piece, 0, changed, at, piece.length);
        }
        case 2 -> Arrays.fill(changed, at, end, (byte) 0);
        default -> {}
      }
    }
    return changed;
  }

  /** The disk that the top image shows; all images of the chain must be sound. */
  private static byte[] disk(Map<String, ? extends WritableStorage> files, String format)
      throws IOException {
    MemoryFiles.are(files);
    ImageChain.Options options =
        new ImageChain.Options(
            Source.FORMATS,
            Source.FORMATS.named(format),
            true,
            References.allow(),
            Limits.DEFAULT,
            StorageOpener.READING,
            Optional.empty(),
            OpenOptions.of(new Phrase()));
    Location top = MemoryFiles.location("top");
    try (ImageChain chain = ImageChain.open(top, options);
        GuestReader reader = new GuestReader()) {
      for (ImageChain.Layer layer : chain.layers()) {
        layer.image().check().ifPresent(report -> assertSound(layer, report));
      }
      byte[] disk = new byte[(int) chain.map().size()];
      reader.read(chain.map(), 0, MemorySegment.ofArray(disk));
      return disk;
    }
  }

  private static void assertSound(ImageChain.Layer layer, CheckReport report) {
    boolean isMended =
        report.messages().stream().allMatch(isMended(layer.format().name())::matches);
    assertTrue(
        isMended || report.corruptions() + report.checkErrors() == 0,
        () -> layer.location() + ": " + report);
  }

  /** What a check finds of a format that was being written to, and the next writing mends. */
  private static Finding isMended(String format) {
    return switch (format) {
      case "vmdk" -> message -> message.contains(" and its copy differ: ");
      case "vpc" -> message -> message.endsWith("the footer in the last sector is damaged");
      case "vdi" -> message -> message.startsWith("ERROR: allocated blocks mismatch");
      case "parallels" -> message -> message.endsWith("image was not closed correctly");
      default -> message -> false;
    };
  }

  @FunctionalInterface
  private interface Finding {
    boolean matches(String message);
  }

  /** What opens the encrypted images here. */
  private record Phrase() implements Secrets {
    @Override
    public Secret named(String id) {
      return Secret.taking(new byte[] {'x'});
    }

    @Override
    public Optional<Secret> unnamed(String image) {
      return Optional.empty();
    }
  }

  /** What an image holds by itself, as long as it was. */
  private static byte[] own(WritableStorage image, ImageFormat format, int size)
      throws IOException {
    try (DiskImage open = format.open(image, OpenRequest.strict());
        GuestReader reader = new GuestReader()) {
      byte[] disk = new byte[size];
      reader.read(open.map(), 0, MemorySegment.ofArray(disk));
      return disk;
    }
  }

  /** A command whose files are those that the test has made. */
  private static Run run(String format, String... words) {
    List<Object> all = new ArrayList<>(List.of(words[0], "-q", "-f", format));
    all.addAll(List.of(SECRET));
    all.addAll(List.of(words).subList(1, words.length));
    all.add(MemoryFiles.named("top"));
    return Run.platter(all.toArray());
  }

  private Map<String, WritableStorage> journaled(ChangeJournal journal, String... names)
      throws IOException {
    Map<String, WritableStorage> files = new LinkedHashMap<>();
    for (String name : names) {
      files.put(name, journal.open(name, Files.readAllBytes(directory.resolve(name))));
    }
    return files;
  }

  /** Cuts a command that leaves the disk alone, whatever becomes of the files. */
  private void staysTheSame(List<String> names, String format, String... command)
      throws IOException {
    ChangeJournal journal = new ChangeJournal();
    Map<String, WritableStorage> files = journaled(journal, names.toArray(String[]::new));
    byte[] disk = disk(files, format);
    run(format, command).mustWork();
    assertArrayEquals(disk, disk(files, format));
    int[] cuts = new int[1];
    journal.cutEverywhere(
        1,
        (cut, media) -> {
          assertArrayEquals(disk, disk(media, format), () -> "at change " + cut);
          if (cuts[0]++ % REPEATED == 0) {
            run(format, command).mustWork();
            assertArrayEquals(disk, disk(media, format), () -> "again, after change " + cut);
          }
        });
    assertTrue(cuts[0] > 4, "cut " + cuts[0] + " times");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ' ',
      value = {
        "qcow2:cluster_size=4k qcow2:cluster_size=4k 8",
        "qcow2:cluster_size=64k qcow2:cluster_size=16k,extended_l2=on 6",
        "raw qcow2:cluster_size=64k 8",
        "raw qcow2:compat=0.10,cluster_size=4k 6",
        "vmdk qcow2:cluster_size=64k 8",
        "vhdx:block_size=1M qcow2:cluster_size=64k 6",
        "vdi:block_size=64k qcow2:cluster_size=64k 6",
        "vpc qcow2:cluster_size=64k 8",
        "parallels:cluster_size=64k qcow2:cluster_size=64k 8",
        "vpc vpc 8"
      })
  void theDiskIsTheSameWhereverACommitEnds(String base, String top, int cylinders)
      throws IOException {
    byte[] below = noise(cylinders * CYLINDER);
    make("base", base, below, "", "");
    make("top", top, changed(below, SIZE), "base", base);
    staysTheSame(List.of("base", "top"), format(top), "commit");
    staysTheSame(List.of("base", "top"), format(top), "commit", "-d");
  }

  /** What an encrypted base has more than before holds anything until it is written to. */
  @Test
  void zerosBehindAnEncryptedBaseStayZerosWhereverACommitEnds() throws IOException {
    make("base", "luks:key-secret=s,iter-time=1", noise(6 * CYLINDER), "", "");
    Path top = directory.resolve("top");
    String base =
        "json:{\"driver\":\"luks\",\"key-secret\":\"s\",\"file\":{\"driver\":\"memory\",\"filename\":\""
            + MemoryFiles.named("base")
            + "\"}}";
    Object[] create = {
      "create",
      "-q",
      "-u",
      "-f",
      "qcow2",
      "-o",
      "cluster_size=4k",
      "-b",
      base,
      "-F",
      "luks",
      top,
      SIZE
    };
    Run.platter(create).mustWork();
    Map<String, MemoryStorage> files = new LinkedHashMap<>();
    for (String name : List.of("base", "top")) {
      files.put(name, MemoryStorage.of(name, Files.readAllBytes(directory.resolve(name))));
    }
    MemoryFiles.are(files);
    run("qcow2", "bench", "-w", "-c", "5", "-s", "5k", "-S", "50k", "--pattern", "7").mustWork();
    Files.write(top, files.get("top").toByteArray());
    staysTheSame(List.of("base", "top"), "qcow2", "commit");
  }

  @Test
  void theDiskIsTheSameWhereverACommitFurtherDownEnds() throws IOException {
    byte[] below = noise(6 * CYLINDER);
    byte[] between = changed(below, 7 * CYLINDER);
    make("base", "qcow2:cluster_size=64k", below, "", "");
    make("mid", "qcow2:cluster_size=4k", between, "base", "qcow2");
    make("top", "qcow2:cluster_size=16k", changed(between, SIZE), "mid", "qcow2");
    List<String> names = List.of("base", "mid", "top");
    staysTheSame(names, "qcow2", "commit", "-b", MemoryFiles.named("base"));
  }

  /**
   * The image above notes which content the base has. After the base says that it changes, and
   * before that is noted, the two do not fit; but no byte has changed then, and whoever joins them
   * again has the disk.
   */
  @ParameterizedTest
  @ValueSource(strings = {"vmdk", "vhdx:block_size=1M"})
  void noByteHasChangedWhereTheBaseIsAnotherToTheImageAbove(String kind) throws IOException {
    byte[] below = noise(SIZE);
    make("base", kind, below, "", "");
    make("top", kind, changed(below, SIZE), "base", kind);
    String name = format(kind);
    ImageFormat format = Source.FORMATS.named(name).orElseThrow();
    ChangeJournal journal = new ChangeJournal();
    Map<String, WritableStorage> files = journaled(journal, "base", "top");
    byte[] disk = disk(files, name);
    run(name, "commit").mustWork();
    assertArrayEquals(disk, disk(files, name));
    int[] refused = new int[1];
    journal.cutEverywhere(
        1,
        (cut, media) -> {
          byte[] found;
          try {
            found = disk(media, name);
          } catch (CorruptImageException e) {
            refused[0]++;
            assertArrayEquals(below, own(media.get("base"), format, SIZE));
            join(media, format);
            found = disk(media, name);
          }
          assertArrayEquals(disk, found, () -> "at change " + cut);
        });
    assertTrue(refused[0] > 0 && refused[0] < 50, "refused " + refused[0] + " times");
  }

  private static void join(Map<String, MemoryStorage> media, ImageFormat format)
      throws IOException {
    try (DiskImage base = format.open(media.get("base"), OpenRequest.strict());
        ImageEditor top = format.edit(media.get("top"), EditRequest.strict())) {
      top.parentLink().orElseThrow().renew(base);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "qcow2:cluster_size=4k",
        "qcow2:cluster_size=16k,extended_l2=on",
        "vmdk",
        "vpc",
        "vhdx:block_size=1M"
      })
  void theDiskIsTheSameWhereverARebaseEnds(String kind) throws IOException {
    byte[] below = noise(SIZE);
    make("base", kind, below, "", "");
    make("new", kind, changed(below, SIZE), "", "");
    make("top", kind, changed(below, SIZE), "base", kind);
    String format = format(kind);
    List<String> names = List.of("base", "new", "top");
    if (format.equals("qcow2")) {
      String other = MemoryFiles.named("new");
      staysTheSame(names, format, "rebase", "-b", other, "-F", format);
      staysTheSame(names, format, "rebase", "-c", "-b", other, "-F", format);
    }
    staysTheSame(names, format, "rebase", "-b", "");
  }

  private void makeOverlayWithSnapshot() throws IOException {
    byte[] below = noise(SIZE);
    make("base", "qcow2:cluster_size=4k", below, "", "");
    make("top", "qcow2:cluster_size=4k", changed(below, SIZE), "base", "qcow2");
    Path top = directory.resolve("top");
    Run.platter("snapshot", "-q", "-c", "one", top).mustWork();
    Run.platter("bench", "-q", "-w", "-c", "5", "-s", "5k", "-S", "50k", "--pattern", "7", top)
        .mustWork();
  }

  @ParameterizedTest
  @ValueSource(strings = {"compat=0.10", "refcount_bits=64", "lazy_refcounts=on"})
  void theDiskIsTheSameWhereverAnAmendmentEnds(String options) throws IOException {
    makeOverlayWithSnapshot();
    staysTheSame(List.of("base", "top"), "qcow2", "amend", "-o", options);
  }

  @ParameterizedTest
  @ValueSource(strings = {"-c two", "-d one", "-a one"})
  void theDiskIsTheOldOneOrTheNewOneWhereverASnapshotCommandEnds(String what) throws IOException {
    makeOverlayWithSnapshot();
    ChangeJournal journal = new ChangeJournal();
    Map<String, WritableStorage> files = journaled(journal, "base", "top");
    byte[] before = disk(files, "qcow2");
    String[] words = what.split(" ", 2);
    run("qcow2", "snapshot", words[0], words[1]).mustWork();
    byte[] after = disk(files, "qcow2");
    assertEquals(words[0].equals("-a"), !Arrays.equals(before, after));
    journal.cutEverywhere(
        1,
        (cut, media) -> {
          byte[] found = disk(media, "qcow2");
          boolean isOld = Arrays.equals(before, found) && cut < journal.size();
          assertTrue(isOld || Arrays.equals(after, found), () -> "at change " + cut);
        });
  }
}
