package dev.platter.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.cli.line.Profile;
import dev.platter.cli.source.Access;
import dev.platter.cli.source.CacheMode;
import dev.platter.cli.source.Source;
import dev.platter.convert.ConvertOptions;
import dev.platter.convert.Converter;
import dev.platter.convert.Destination;
import dev.platter.convert.EmptyDisk;
import dev.platter.convert.TargetFile;
import dev.platter.image.FormatOptions;
import dev.platter.image.name.Locking;
import dev.platter.image.spi.CreateRequest;
import dev.platter.image.spi.FileUse;
import dev.platter.image.spi.ImageFormat;
import dev.platter.image.spi.ImageFormats;
import dev.platter.image.spi.ReferencePolicy;
import dev.platter.storage.LockedException;
import dev.platter.testdata.ExternalTool;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Images that a program of QEMU's has open, and images that QEMU's programs meet while this one
 * works on them. {@code qemu-img} says what is right, in the same situation.
 */
class ImagesInUseTest {
  private static final int EXIT = 1;

  @TempDir Path directory;
  private final ExternalTool qemuImg = ExternalTool.qemuImg();
  private Path disk;
  private Path overlay;
  private Path raw;

  @BeforeEach
  void makeImages() {
    disk = directory.resolve("disk.qcow2");
    overlay = directory.resolve("overlay.qcow2");
    raw = directory.resolve("disk.raw");
    qemuImg.mustRun("create", "-q", "-f", "qcow2", disk, "4M");
    ExternalTool.qemuIo().mustRun("-c", "write -P 7 64k 128k", disk);
    qemuImg.mustRun("create", "-q", "-f", "qcow2", "-F", "qcow2", "-b", disk, overlay);
    qemuImg.mustRun("create", "-q", "-f", "raw", raw, "4M");
  }

  /** A command line, its words separated by spaces, files by their names in the directory. */
  private Object[] words(String line) {
    List<Object> words = new ArrayList<>();
    for (String word : line.split(" ")) {
      words.add(word.contains(".") ? directory.resolve(word) : word);
    }
    return words.toArray();
  }

  private static void same(ExternalTool.Result expected, Run run, String line) {
    assertEquals(expected.stderr(), run.err(), line);
    assertEquals(expected.exitCode(), run.exitCode(), line);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "info disk.qcow2",
        "info -U disk.qcow2",
        "info --backing-chain overlay.qcow2",
        "map disk.qcow2",
        "map -U disk.qcow2",
        "map overlay.qcow2",
        "check disk.qcow2",
        "check -U disk.qcow2",
        "check -r all disk.qcow2",
        "check -r all -U disk.qcow2",
        "resize disk.qcow2 8M",
        "resize --shrink disk.qcow2 1M",
        "compare disk.qcow2 disk.raw",
        "compare disk.raw overlay.qcow2",
        "measure -O raw disk.qcow2",
        "convert -O raw disk.qcow2 new.raw",
        "convert -O raw overlay.qcow2 new.raw",
        "convert -U -O raw overlay.qcow2 new.raw",
        "convert -O qcow2 disk.raw disk.qcow2",
        "convert -U -O qcow2 disk.raw disk.qcow2",
        "convert -n -O raw disk.raw disk.qcow2",
        "convert -O qcow2 -B disk.qcow2 -F qcow2 disk.raw new.qcow2",
        "create -q -f qcow2 disk.qcow2 1M",
        "create -q -f qcow2 -F qcow2 -b disk.qcow2 new.qcow2",
        "convert -O qcow2 disk.raw overlay.qcow2"
      })
  void whatAMachineWritesToIsLeftAlone(String line) throws Exception {
    byte[] before = Files.readAllBytes(disk);
    Path kept = directory.resolve("kept.qcow2");
    Files.copy(overlay, kept);
    try (HeldImage machine = HeldImage.writing("qcow2", disk)) {
      ExternalTool.Result expected = qemuImg.run(words(line));
      Files.move(kept, overlay, StandardCopyOption.REPLACE_EXISTING);
      same(expected, Run.qemuImg(words(line)), line);
    }
    assertArrayEquals(before, Files.readAllBytes(disk));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "info disk.qcow2",
        "map overlay.qcow2",
        "check disk.qcow2",
        "check -r all disk.qcow2",
        "resize disk.qcow2 8M",
        "convert -O raw disk.qcow2 new.raw",
        "convert -O qcow2 disk.raw disk.qcow2",
        "create -q -f qcow2 disk.qcow2 1M"
      })
  void whatAMachineReadsMayBeReadAndNotChanged(String line) throws Exception {
    byte[] before = Files.readAllBytes(disk);
    try (HeldImage machine = HeldImage.reading("qcow2", disk)) {
      same(qemuImg.run(words(line)), Run.qemuImg(words(line)), line);
    }
    assertArrayEquals(before, Files.readAllBytes(disk));
  }

  /** QEMU lets those who ask share the bytes of a raw disk, but not copy what is changing. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "info disk.raw",
        "map disk.raw",
        "resize -f raw disk.raw 5M",
        "convert -f raw -O qcow2 disk.raw new.qcow2",
        "convert -U -f raw -O qcow2 disk.raw new.qcow2",
        "convert -n -f qcow2 -O raw disk.qcow2 disk.raw",
        "create -q -f qcow2 disk.raw 4M",
        "compare -f raw -F qcow2 disk.raw disk.qcow2"
      })
  void aRawDiskIsSharedAsByQemu(String line) throws Exception {
    try (HeldImage machine = HeldImage.writing("raw", raw)) {
      Run run = Run.qemuImg(words(line));
      if (line.startsWith("create")) {
        // qemu-img empties the file first and sees afterwards that it should not have.
        assertEquals(
            "qemu-img: "
                + raw
                + ": Failed to get shared \"write\" lock\nIs another process using the image ["
                + raw
                + "]?\n",
            run.err());
        assertEquals(EXIT, run.exitCode());
      } else {
        same(qemuImg.run(words(line)), run, line);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"info", "map", "convert -O raw", "compare disk.raw"})
  void outsideFilesAreLockedToo(String command) throws Exception {
    Path image = directory.resolve("outside.qcow2");
    Path data = directory.resolve("outside.data");
    qemuImg.mustRun("create", "-q", "-f", "qcow2", "-o", "data_file=" + data, image, "4M");
    String line = command + " outside.qcow2" + (command.startsWith("convert") ? " new.raw" : "");
    try (HeldImage machine = HeldImage.writing("raw", data)) {
      same(qemuImg.run(words(line)), Run.qemuImg(words(line)), line);
    }
  }

  @Test
  void theOwnCommandAsksTheSame() throws Exception {
    byte[] before = Files.readAllBytes(disk);
    try (HeldImage machine = HeldImage.writing("qcow2", disk)) {
      for (String line : List.of("compact disk.qcow2", "resize disk.qcow2 8M")) {
        Run run = Run.platter(words(line));
        assertEquals(EXIT, run.exitCode());
        assertEquals(
            "platter: Could not open '"
                + disk
                + "': Failed to get \"write\" lock\nIs another process using the image ["
                + disk
                + "]?\n",
            run.err());
      }
    }
    assertArrayEquals(before, Files.readAllBytes(disk));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{'driver':'qcow2','force-share':true,'file':{'driver':'file','filename':'%s'}}",
        "{'driver':'qcow2','force-share':'on','file.filename':'%s'}",
        "{'driver':'qcow2','force-share':false,'file.filename':'%s'}",
        "{'driver':'qcow2','force-share':5,'file.filename':'%s'}",
        "{'driver':'qcow2','file.force-share':true,'file.filename':'%s'}",
        "{'driver':'qcow2','file.locking':'off','file.filename':'%s'}",
        "{'driver':'qcow2','file.locking':'auto','file.filename':'%s'}",
        "{'driver':'qcow2','file.locking':'bad','file.filename':'%s'}"
      })
  void aNameMaySayHowItsFileIsLocked(String name) throws Exception {
    String json = "json:" + name.formatted(disk).replace('\'', '"');
    try (HeldImage machine = HeldImage.writing("qcow2", disk)) {
      same(qemuImg.run("map", json), Run.qemuImg("map", json), name);
      same(qemuImg.run("check", "-r", "all", json), Run.qemuImg("check", "-r", "all", json), name);
    }
  }

  private boolean qemuMay(String command, Path image) {
    boolean writes = command.startsWith("write");
    ExternalTool.Result result =
        writes
            ? ExternalTool.qemuIo().run("-f", "qcow2", "-c", command, image)
            : ExternalTool.qemuIo().run("-r", "-f", "qcow2", "-c", command, image);
    assertTrue(result.exitCode() == 0 || result.stderr().contains("lock"), result::toString);
    return result.exitCode() == 0;
  }

  @Test
  void whatIsChangedIsLockedForQemu() throws Exception {
    Access change = new Access(Profile.PLATTER, CacheMode.WRITEBACK, FileUse.CHANGE, Locking.USUAL);
    try (Source source = Source.open(overlay.toString(), "qcow2", true, change)) {
      assertFalse(qemuMay("write 0 64k", overlay));
      assertFalse(qemuMay("read 0 64k", overlay));
      assertFalse(qemuMay("write 0 64k", disk));
      assertTrue(qemuMay("read 0 64k", disk));
    }
    assertTrue(qemuMay("write 0 64k", overlay));
  }

  @Test
  void whatIsCopiedMayBeReadByQemu() throws Exception {
    Access copy = new Access(Profile.PLATTER, CacheMode.WRITEBACK, FileUse.COPY, Locking.USUAL);
    try (Source source = Source.open(overlay.toString(), null, true, copy)) {
      assertFalse(qemuMay("write 0 64k", overlay));
      assertTrue(qemuMay("read 0 64k", overlay));
    }
  }

  @Test
  void whatIsReplacedIsLockedForQemuUntilItIs() throws Exception {
    try (TargetFile target = TargetFile.create(disk, ReferencePolicy.deny())) {
      assertFalse(qemuMay("write 0 64k", disk));
      convertNothing(target);
      assertEquals(512, Files.size(disk));
    }
  }

  @Test
  void whatCameMeanwhileAndIsInUseIsNotReplaced() throws Exception {
    Path late = directory.resolve("late.qcow2");
    try (TargetFile target = TargetFile.create(late, ReferencePolicy.deny())) {
      Files.copy(disk, late);
      try (HeldImage machine = HeldImage.writing("qcow2", late)) {
        String message = assertThrows(LockedException.class, () -> convertNothing(target)).reason();
        assertEquals("Failed to get \"write\" lock", message);
      }
    }
    assertArrayEquals(Files.readAllBytes(disk), Files.readAllBytes(late));
  }

  private static void convertNothing(TargetFile target) throws IOException {
    CreateRequest request =
        new CreateRequest(512, FormatOptions.none(), false, Optional.empty(), target);
    ImageFormat raw = ImageFormats.present().named("raw").orElseThrow();
    try (Destination destination = Destination.newImage(raw, request)) {
      new Converter(ConvertOptions.defaults()).convert(new EmptyDisk(512), destination);
    }
  }
}
