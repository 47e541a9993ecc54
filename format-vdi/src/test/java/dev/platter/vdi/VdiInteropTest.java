package dev.platter.vdi;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.platter.image.CheckReport;
import dev.platter.image.Repair;
import dev.platter.image.spi.Chunk;
import dev.platter.image.spi.EditRequest;
import dev.platter.image.spi.ImageEditor;
import dev.platter.image.spi.ImageWriter;
import dev.platter.image.spi.Piece;
import dev.platter.image.spi.ResizeRequest;
import dev.platter.storage.FileStorage;
import dev.platter.storage.MemoryStorage;
import dev.platter.testdata.ExternalTool;
import dev.platter.testdata.ModelDisk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("interop")
class VdiInteropTest {
  @TempDir Path directory;

  @ParameterizedTest
  @CsvSource({"static=off, 9M", "static=on, 9M", "static=off, 7000001", "static=on, 7000001"})
  void whatQemuImgWroteReadsAsQemuImgReadsIt(String options, String size) throws IOException {
    ExternalTool qemuImg = ExternalTool.qemuImg();
    Path image = directory.resolve("q.vdi");
    qemuImg.mustRun("create", "-q", "-f", "vdi", "-o", options, image, size);
    ExternalTool.qemuIo()
        .mustRun(
            "-f",
            "vdi",
            "-c",
            "write -P 17 5M 1M",
            "-c",
            "write -P 3 0 64k",
            "-c",
            "write -P 4 6993408 512",
            image);
    Path raw = directory.resolve("q.raw");
    qemuImg.mustRun("convert", "-f", "vdi", "-O", "raw", image, raw);
    var opened = HandMadeVdi.open(MemoryStorage.of("q.vdi", Files.readAllBytes(image)));
    assertEquals(Files.size(raw), opened.map().size());
    assertArrayEquals(Files.readAllBytes(raw), HandMadeVdi.content(opened.map()));
    assertEquals(List.of(), opened.check().orElseThrow().messages());
  }

  @ParameterizedTest
  @ValueSource(strings = {"static=off", "static=on"})
  void whatIsWrittenReadsTheSameInQemuImgAndSevenZip(String options) throws IOException {
    MemoryStorage storage = new MemoryStorage("w.vdi");
    ModelDisk model = ModelDisk.random(11, (9 << 20) + 512 * 77, 1 << 18);
    VdiWriteTest.write(VdiWriteTest.request(model.size(), options, storage, "w", null), model);
    Path image = Files.write(directory.resolve("w.vdi"), storage.toByteArray());
    Path raw = directory.resolve("w.raw");
    ExternalTool.qemuImg().mustRun("check", "-f", "vdi", image);
    ExternalTool.qemuImg().mustRun("convert", "-f", "vdi", "-O", "raw", image, raw);
    assertArrayEquals(model.content(), Files.readAllBytes(raw));
    assertArrayEquals(model.content(), bySevenZip(image));
  }

  private static byte[] bySevenZip(Path image) {
    return ExternalTool.sevenZip().run("e", "-so", "-tvdi", image).mustExit(0).stdoutBytes();
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 512, 1000001, 1073741824, 1L << 40})
  void anEmptyImagesHeaderSaysWhatQemuImgsDoes(long size) throws IOException {
    Path image = directory.resolve("q.vdi");
    ExternalTool.qemuImg().mustRun("create", "-q", "-f", "vdi", image, size);
    MemoryStorage storage = new MemoryStorage("w.vdi");
    try (ImageWriter writer =
        new VdiFormat().create(VdiWriteTest.request(size, "", storage, "w", null))) {
      if (size > 0) {
        writer.reserve(new Chunk(0, size, List.of(new Piece.Zero(0, size))));
      }
      writer.finish();
    }
    MemoryStorage theirs;
    try (var in = Files.newInputStream(image)) {
      theirs = MemoryStorage.of("q.vdi", in.readNBytes(512));
    }
    ByteBuffer ours = ByteBuffer.wrap(head(storage)).order(ByteOrder.LITTLE_ENDIAN);
    ByteBuffer expected = ByteBuffer.wrap(head(theirs)).order(ByteOrder.LITTLE_ENDIAN);
    for (int at : new int[] {64, 68, 76, 80, 340, 368, 372, 376, 380, 384, 388}) {
      assertEquals(expected.getInt(at), ours.getInt(at), "field at " + at);
    }
  }

  private static byte[] head(MemoryStorage storage) throws IOException {
    byte[] head = new byte[512];
    storage.readFully(0, java.lang.foreign.MemorySegment.ofArray(head));
    return head;
  }

  /** Through all that can be done to an image in place, both readers see what the model says. */
  @ParameterizedTest
  @CsvSource({"false, static=off", "true, static=off", "true, static=on"})
  void whatIsChangedInPlaceReadsTheSameInQemuImgAndSevenZip(boolean byQemu, String options)
      throws IOException {
    ModelDisk model = ModelDisk.random(12, (9 << 20) + 512 * 77, 1 << 18);
    Path image = directory.resolve("e.vdi");
    if (byQemu) {
      Path raw = Files.write(directory.resolve("m.raw"), model.content());
      ExternalTool.qemuImg()
          .mustRun("convert", "-f", "raw", "-O", "vdi", "-o", options, raw, image);
    } else {
      MemoryStorage storage = new MemoryStorage("e.vdi");
      VdiWriteTest.write(VdiWriteTest.request(model.size(), options, storage, "e", null), model);
      Files.write(image, storage.toByteArray());
    }
    byte[] content = model.content();
    for (int size : new int[] {12 << 20, 7 << 20, (1 << 30) + 512, 5 << 20}) {
      change(image, editor -> editor.resize(new ResizeRequest(size)));
      content = Arrays.copyOf(Arrays.copyOf(content, Math.min(content.length, size)), 16 << 20);
      reads(image, content, size);
    }
    // QEMU goes on with it, and leaves zeros to be found.
    ExternalTool.qemuIo()
        .mustRun("-f", "vdi", "-c", "write -P 7 3M 1M", "-c", "write -P 0 1M 1M", image);
    Arrays.fill(content, 3 << 20, 4 << 20, (byte) 7);
    Arrays.fill(content, 1 << 20, 2 << 20, (byte) 0);
    if (!options.equals("static=on")) {
      long length = Files.size(image);
      change(image, ImageEditor::compact);
      assertEquals(length - (1 << 20), Files.size(image));
      reads(image, content, 5 << 20);
    }
    byte[] bytes = Files.readAllBytes(image);
    ByteBuffer header = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    int table = header.getInt(340);
    header.putInt(table + 4, header.getInt(table)).putInt(table + 16, 500).putInt(388, 1);
    Files.write(image, bytes);
    ExternalTool.qemuImg().run("check", "-f", "vdi", image).mustExit(2);
    change(image, editor -> editor.repair(Repair.ALL));
    System.arraycopy(content, 0, content, 1 << 20, 1 << 20);
    Arrays.fill(content, 4 << 20, 5 << 20, (byte) 0);
    reads(image, content, 5 << 20);
  }

  private interface Edit {
    void apply(ImageEditor editor) throws IOException;
  }

  private static void change(Path image, Edit edit) throws IOException {
    try (FileStorage storage = FileStorage.openForWriting(image);
        ImageEditor editor = new VdiFormat().edit(storage, EditRequest.strict())) {
      edit.apply(editor);
    }
  }

  /** Whether all readers find the content, as far as it reaches, and zeros behind it. */
  private void reads(Path image, byte[] content, int size) throws IOException {
    ExternalTool.qemuImg().mustRun("check", "-f", "vdi", image);
    Path raw = directory.resolve("r.raw");
    ExternalTool.qemuImg().mustRun("convert", "-f", "vdi", "-O", "raw", image, raw);
    assertEquals(size, Files.size(raw));
    byte[] start = Arrays.copyOf(content, Math.min(size, content.length));
    try (var in = Files.newInputStream(raw)) {
      assertArrayEquals(start, in.readNBytes(start.length));
    }
    if (size <= content.length) {
      assertArrayEquals(start, bySevenZip(image));
    }
    try (FileStorage storage = FileStorage.openForReading(image)) {
      var opened = HandMadeVdi.open(storage);
      assertEquals(List.of(), opened.check().orElseThrow().messages());
      if (size <= content.length) {
        assertArrayEquals(start, HandMadeVdi.content(opened.map()));
      }
    }
  }

  /** In what qemu-img finds too, and as many. */
  @ParameterizedTest
  @CsvSource({"3, 0", "3, 77", "3, -3", "3, -1", "4, -2"})
  void checkCountsWhatQemuImgCounts(int block, int entry) throws IOException {
    Path image = directory.resolve("c.vdi");
    ExternalTool.qemuImg().mustRun("create", "-q", "-f", "vdi", image, "8M");
    ExternalTool.qemuIo()
        .mustRun("-f", "vdi", "-c", "write 0 1M", "-c", "write 3M 1M", "-c", "write 4M 1M", image);
    byte[] bytes = Files.readAllBytes(image);
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putInt(512 + 4 * block, entry);
    // As long as it claims to be: the end of the file is what qemu-img does not look at.
    bytes = Arrays.copyOf(bytes, 1024 + (8 << 20));
    Files.write(image, bytes);
    String json = ExternalTool.qemuImg().run("check", "--output=json", "-f", "vdi", image).stdout();
    var found = Pattern.compile("\"corruptions\": ([0-9]+)").matcher(json);
    CheckReport report = HandMadeVdi.open(MemoryStorage.of("c.vdi", bytes)).check().orElseThrow();
    long told = report.corruptions() + (report.leaks() > 0 ? 1 : 0);
    assertEquals(found.find() ? Long.parseLong(found.group(1)) : 0, told, json);
  }
}
