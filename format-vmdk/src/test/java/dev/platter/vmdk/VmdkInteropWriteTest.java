package dev.platter.vmdk;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.image.BlockMap;
import dev.platter.image.DiskImage;
import dev.platter.image.FormatOptions;
import dev.platter.image.Identity;
import dev.platter.image.Limits;
import dev.platter.image.ParentReference;
import dev.platter.image.Reference;
import dev.platter.image.chain.ImageChain;
import dev.platter.image.spi.Chunk;
import dev.platter.image.spi.CreateRequest;
import dev.platter.image.spi.ImageWriter;
import dev.platter.image.spi.OpenRequest;
import dev.platter.image.spi.Piece;
import dev.platter.image.spi.Placement;
import dev.platter.image.spi.Target;
import dev.platter.storage.FileStorage;
import dev.platter.storage.MemoryStorage;
import dev.platter.storage.WritableStorage;
import dev.platter.testdata.ExternalTool;
import dev.platter.testdata.ModelDisk;
import dev.platter.testdata.PlainMover;
import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What other programs make of what was written here. */
@Tag("interop")
class VmdkInteropWriteTest {
  @TempDir Path directory;

  @ParameterizedTest
  @CsvSource({
    "subformat=monolithicSparse, 3000320",
    "'subformat=monolithicSparse,grain_size=4k', 3000320",
    "'subformat=monolithicSparse,zeroed_grain=on,adapter_type=lsilogic', 3145728",
    "subformat=monolithicFlat, 3000320",
    "subformat=twoGbMaxExtentSparse, 3000320",
    "subformat=twoGbMaxExtentFlat, 3000320",
    "subformat=streamOptimized, 3000320",
    "subformat=streamOptimized, 36700160",
    "'subformat=streamOptimized,grain_size=4k,compression_level=9', 3000320"
  })
  void qemuImgReadsEverySubformat(String options, int size) throws IOException {
    ExternalTool qemuImg = ExternalTool.qemuImg();
    ModelDisk model = ModelDisk.random(size, size, 65536);
    Path raw = directory.resolve("a.raw");
    Files.write(raw, model.content());
    Path image = directory.resolve("a.vmdk");
    write(model, image, options, Optional.empty());
    qemuImg.mustRun("check", "-f", "vmdk", image);
    qemuImg.mustRun("compare", "-f", "vmdk", "-F", "raw", image, raw);
    try (ImageChain chain = VmdkInteropReadTest.open(image)) {
      assertArrayEquals(model.content(), HandMade.content(chain.map()));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"twoGbMaxExtentSparse", "twoGbMaxExtentFlat", "monolithicSparse"})
  void qemuImgReadsDisksOfManyFilesAndGigabytes(String kind) throws IOException {
    ExternalTool qemuImg = ExternalTool.qemuImg();
    boolean split = kind.startsWith("two");
    long size = split ? (5L << 30) + 1536 : 64L << 30;
    long at = (2L << 30) - 65536;
    Path image = directory.resolve("a.vmdk");
    byte[] data = ModelDisk.random(1, 4 << 16, 512).content();
    try (PlainFiles target = new PlainFiles(image);
        ImageWriter writer = create(size, target, "subformat=" + kind, Optional.empty())) {
      List<Piece> pieces =
          List.of(
              new Piece.Zero(0, at),
              new Piece.Bytes(at, MemorySegment.ofArray(data)),
              new Piece.Zero(at + data.length, size - at - data.length));
      for (Placement place : writer.reserve(new Chunk(0, size, pieces))) {
        place.storage().write(place.hostOffset(), ((Placement.Write) place).bytes());
      }
      writer.finish();
    }
    Path raw = directory.resolve("a.raw");
    try (FileStorage file = FileStorage.create(raw)) {
      file.truncate(size);
      file.write(at, MemorySegment.ofArray(data));
    }
    qemuImg.mustRun("compare", "-f", "vmdk", "-F", "raw", image, raw);
    qemuImg.mustRun("check", "-f", "vmdk", image);
  }

  @Test
  void qemuImgReadsAChildOverItsParent() throws IOException {
    ExternalTool qemuImg = ExternalTool.qemuImg();
    ModelDisk below = ModelDisk.random(1, 1 << 20, 65536);
    ModelDisk above = ModelDisk.random(2, 1 << 20, 65536);
    Path base = directory.resolve("base.vmdk");
    write(below, base, "", Optional.empty());
    Path raw = directory.resolve("seen.raw");
    Files.write(raw, above.contentOver(below.content()));
    for (String options : List.of("", "zeroed_grain=on")) {
      Path top = directory.resolve("top.vmdk");
      Files.deleteIfExists(top);
      try (ImageChain parent = VmdkInteropReadTest.open(base)) {
        write(above, top, options, Optional.of(parent.top().image()));
      }
      qemuImg.mustRun("compare", "-f", "vmdk", "-F", "raw", top, raw);
    }
  }

  /**
   * Grains that are not there yet are added, in tables that list none as well; others are refused.
   */
  @ParameterizedTest
  @CsvSource({
    "write -P 7 0 64k, true",
    "write -P 7 96M 64k, true",
    "write -P 7 64k 64k, false",
    "write -P 7 96M 4k, false"
  })
  void qemuWritesIntoAStreamOrRefusesTo(String command, boolean taken) throws IOException {
    ExternalTool qemuIo = ExternalTool.qemuIo();
    int size = 128 << 20;
    byte[] content = new byte[size];
    Arrays.fill(content, 65536, 4 * 65536, (byte) 5);
    Path image = directory.resolve("a.vmdk");
    MemoryStorage disk = new MemoryStorage("raw");
    disk.truncate(size);
    disk.write(65536, MemorySegment.ofArray(content).asSlice(65536, 3 * 65536));
    String text = HandMade.descriptor("vmfs", "RW " + size / 512 + " VMFS \"raw\"");
    OpenRequest request = new OpenRequest(Limits.DEFAULT, reference -> disk);
    HandMade source = new HandMade().with("d", text);
    try (DiskImage flat = new VmdkFormat().open(source.storage("d"), request)) {
      write(flat.map(), image, "subformat=streamOptimized", Optional.empty());
    }
    int exit = qemuIo.run("-f", "vmdk", "-c", command, image).exitCode();
    assertEquals(taken, exit == 0);
    if (taken) {
      int at = command.contains("96M") ? 96 << 20 : 0;
      Arrays.fill(content, at, at + 65536, (byte) 7);
    }
    try (ImageChain chain = VmdkInteropReadTest.open(image)) {
      assertArrayEquals(content, HandMade.content(chain.map()));
      assertEquals(List.of(), chain.top().image().check().orElseThrow().messages());
    }
    Path raw = directory.resolve("a.raw");
    Files.write(raw, content);
    ExternalTool.qemuImg().mustRun("compare", "-f", "vmdk", "-F", "raw", image, raw);
  }

  @ParameterizedTest
  @ValueSource(strings = {"monolithicSparse", "streamOptimized"})
  void sevenZipUnpacksSingleFiles(String kind) throws IOException {
    ExternalTool sevenZip = ExternalTool.sevenZip();
    ModelDisk model = ModelDisk.random(5, 3 << 20, 65536);
    Path image = directory.resolve("a.vmdk");
    write(model, image, "subformat=" + kind, Optional.empty());
    ExternalTool.Result result = sevenZip.run("e", "-so", "-tvmdk", image).mustExit(0);
    assertArrayEquals(model.content(), result.stdoutBytes());
  }

  @ParameterizedTest
  @CsvSource({
    "monolithicSparse, Monolithic sparse",
    "monolithicFlat, Monolithic flat",
    "twoGbMaxExtentSparse, 2GB extent sparse",
    "twoGbMaxExtentFlat, 2GB extent flat",
    "streamOptimized, Stream optimized"
  })
  void vmdkinfoKnowsEverySubformat(String kind, String words) throws IOException {
    ExternalTool vmdkinfo = ExternalTool.named("vmdkinfo");
    Path image = directory.resolve("a.vmdk");
    write(ModelDisk.random(6, 3 << 20, 65536), image, "subformat=" + kind, Optional.empty());
    String told = vmdkinfo.mustRun(image);
    assertTrue(told.contains("3145728 bytes"), told);
    assertTrue(told.contains(words), told);
    assertEquals(1, told.split("Extent: ", -1).length - 1, told);
  }

  private static void write(BlockMap source, Path image, String options, Optional<DiskImage> parent)
      throws IOException {
    try (PlainFiles target = new PlainFiles(image);
        ImageWriter writer = create(source.size(), target, options, parent)) {
      PlainMover.move(source, writer, parent.isPresent(), false, 1);
    }
  }

  private static ImageWriter create(
      long size, Target target, String options, Optional<DiskImage> parent) throws IOException {
    VmdkFormat format = new VmdkFormat();
    List<String> texts = options.isEmpty() ? List.of() : List.of(options);
    return format.create(
        new CreateRequest(
            size,
            FormatOptions.parse(texts, format.createOptions()),
            false,
            parent.map(image -> new ParentReference("base.vmdk", Optional.of("vmdk"))),
            target,
            Identity.random(),
            parent));
  }

  /** Writes files where they belong, at once. */
  private static final class PlainFiles implements Target, Closeable {
    private final Path path;
    private final List<FileStorage> files = new ArrayList<>();

    PlainFiles(Path path) throws IOException {
      this.path = path;
      files.add(FileStorage.create(path));
    }

    @Override
    public WritableStorage storage() {
      return files.getFirst();
    }

    @Override
    public WritableStorage outside(Reference reference) throws IOException {
      files.add(FileStorage.create(path.resolveSibling(reference.name())));
      return files.getLast();
    }

    @Override
    public void close() throws IOException {
      for (FileStorage file : files) {
        file.close();
      }
    }
  }
}
