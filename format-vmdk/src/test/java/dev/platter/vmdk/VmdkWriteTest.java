package dev.platter.vmdk;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.codec.Codecs;
import dev.platter.codec.Encoder;
import dev.platter.codec.Encoding;
import dev.platter.image.BlockMap;
import dev.platter.image.DiskImage;
import dev.platter.image.Extent;
import dev.platter.image.FormatOptions;
import dev.platter.image.Identity;
import dev.platter.image.IllegalOptionException;
import dev.platter.image.Limits;
import dev.platter.image.Measurement;
import dev.platter.image.ParentReference;
import dev.platter.image.Reference;
import dev.platter.image.UnsupportedFeatureException;
import dev.platter.image.disk.GuestReader;
import dev.platter.image.disk.LayeredMap;
import dev.platter.image.spi.Chunk;
import dev.platter.image.spi.CreateRequest;
import dev.platter.image.spi.ImageWriter;
import dev.platter.image.spi.OpenRequest;
import dev.platter.image.spi.Piece;
import dev.platter.image.spi.Placement;
import dev.platter.image.spi.Target;
import dev.platter.storage.ForwardingStorage;
import dev.platter.storage.MemoryStorage;
import dev.platter.storage.SequentialStorage;
import dev.platter.storage.WritableStorage;
import dev.platter.testdata.MemoryTarget;
import dev.platter.testdata.ModelDisk;
import dev.platter.testdata.PlainMover;
import dev.platter.vmdk.format.Marker;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class VmdkWriteTest {
  private static final int MIB = 1 << 20;

  @ParameterizedTest
  @ValueSource(strings = {"", "zeroed_grain=on", "subformat=streamOptimized"})
  void aChildHidesWhatItWroteAndNothingElse(String options) throws IOException {
    ModelDisk below = ModelDisk.random(1, MIB, 65536);
    ModelDisk above = ModelDisk.random(2, MIB + 512, 65536);
    MemoryTarget base = new MemoryTarget(new MemoryStorage("base.vmdk"));
    move(below, base, "", Optional.empty());
    MemoryTarget top = new MemoryTarget(new MemoryStorage("top.vmdk"));
    try (DiskImage parent = open(base)) {
      move(above, top, options, Optional.of(parent));
      try (DiskImage child = open(top)) {
        child.checkParent(parent);
        assertEquals("base.vmdk", child.parent().orElseThrow().name());
        BlockMap map = new LayeredMap(List.of(child.map(), parent.map()));
        assertArrayEquals(above.contentOver(below.content()), HandMade.content(map));
      }
    }
  }

  @Test
  void zerosOverAParentTakeNoSpaceWhereReadersKnowZeroedGrains() throws IOException {
    MemoryTarget base = new MemoryTarget(new MemoryStorage("base.vmdk"));
    move(ModelDisk.random(1, MIB, 65536), base, "", Optional.empty());
    long[] sizes = new long[2];
    for (int i = 0; i < 2; i++) {
      MemoryTarget top = new MemoryTarget();
      try (DiskImage parent = open(base);
          ImageWriter writer =
              create(MIB, top, i == 0 ? "" : "zeroed_grain=on", Optional.of(parent))) {
        writer.reserve(new Chunk(0, MIB, List.of(new Piece.Zero(0, MIB))));
        writer.finish();
      }
      try (DiskImage image = open(top)) {
        assertArrayEquals(new byte[MIB], HandMade.content(image.map()));
        assertFalse(image.map().extentAt(0, MIB) instanceof Extent.Absent);
      }
      sizes[i] = top.storage().size();
    }
    assertEquals(MIB, sizes[0] - sizes[1]);
  }

  @Test
  void aParentMustBeAnOpenVmdk() {
    CreateRequest request =
        new CreateRequest(
            MIB,
            FormatOptions.none(),
            false,
            Optional.of(new ParentReference("base.vmdk", Optional.empty())),
            new MemoryTarget());
    IllegalOptionException refused =
        assertThrows(IllegalOptionException.class, () -> new VmdkFormat().create(request));
    assertEquals("backing_file must be a vmdk image", refused.getMessage());
  }

  @ParameterizedTest
  @CsvSource({
    "subformat=foo, invalid parameter value: foo",
    "adapter_type=foo, invalid parameter value: foo",
    "'hwversion=9,compat6', compat6 cannot be enabled with hwversion set",
    "'subformat=monolithicFlat,zeroed_grain', Flat image can't enable zeroed grain",
    "'toolsversion=a\"b', 'invalid parameter value: a\"b'",
    "grain_size=5000, Grain size must be a power of two between 4k and 1024k",
    "compression_level=13, Parameter 'compression_level' expects a number from 1 to 12"
  })
  void optionsThatCannotBeAreRefused(String options, String message) {
    IllegalOptionException refused =
        assertThrows(
            IllegalOptionException.class,
            () -> create(MIB, new MemoryTarget(), options, Optional.empty()));
    assertEquals(message, refused.getMessage().replace("''", "'"));
  }

  @Test
  void whatTheUserSaysOfTheMachineIsInTheDescriptor() throws IOException {
    MemoryTarget target = new MemoryTarget(new MemoryStorage("dir/my disk.vmdk"));
    String options = "adapter_type=lsilogic,hwversion=13,toolsversion=12352";
    move(ModelDisk.random(1, MIB, 4096), target, options, Optional.empty());
    try (DiskImage image = open(target)) {
      assertEquals("lsilogic", image.info().more().get("adapter-type"));
      assertEquals(13L, image.info().more().get("hardware-version"));
      assertEquals(12352L, image.info().more().get("tools-version"));
      assertEquals(65536, image.info().clusterSize().orElseThrow());
    }
    String text = new String(bytes(target), 512, 4096, StandardCharsets.ISO_8859_1);
    assertTrue(text.contains("RW 2048 SPARSE \"my disk.vmdk\"\n"), text);
  }

  @Test
  void aStreamHoldsTheSameThroughAPipeAsInAFile() throws IOException {
    ModelDisk model = ModelDisk.random(3, 5 * MIB + 512, 65536);
    MemoryTarget file = new MemoryTarget(new MemoryStorage("disk.vmdk"));
    move(model, file, "subformat=streamOptimized,grain_size=4k", Optional.empty());
    ByteArrayOutputStream sent = new ByteArrayOutputStream();
    SequentialStorage pipe = new SequentialStorage("pipe", Channels.newChannel(sent));
    Target target =
        new Target() {
          @Override
          public WritableStorage storage() {
            return pipe;
          }

          @Override
          public WritableStorage outside(Reference reference) {
            throw new AssertionError();
          }

          @Override
          public boolean sequential() {
            return true;
          }
        };
    try (ImageWriter writer =
        create(model.size(), target, "subformat=streamOptimized,grain_size=4k", Optional.empty())) {
      PlainMover.move(model, writer, false, true, 1);
    }
    byte[] stream = sent.toByteArray();
    HandMade both = new HandMade().with("pipe", stream).with("file", bytes(file));
    assertArrayEquals(model.content(), both.content("pipe"));
    assertArrayEquals(model.content(), both.content("file"));
    ByteBuffer head = ByteBuffer.wrap(stream).order(ByteOrder.LITTLE_ENDIAN);
    assertEquals(-1, head.getLong(56), "the tables are at the end");
    head = ByteBuffer.wrap(both.files.get("file")).order(ByteOrder.LITTLE_ENDIAN);
    assertEquals(2 + head.getLong(36), head.getLong(56), "the tables are in front");
    assertThrows(IllegalOptionException.class, () -> create(MIB, target, "", Optional.empty()));
  }

  /** What OpenStack's image services ask of a stream-optimized file before they take it. */
  @Test
  void aStreamEndsWithDirectoryFooterAndEndOfStream() throws IOException {
    MemoryTarget target = new MemoryTarget(new MemoryStorage("disk.vmdk"));
    move(
        ModelDisk.random(3, 5 * MIB, 65536), target, "subformat=streamOptimized", Optional.empty());
    ByteBuffer file = ByteBuffer.wrap(bytes(target)).order(ByteOrder.LITTLE_ENDIAN);
    assertEquals(3, file.getInt(4));
    assertEquals(1, file.getLong(28), "the descriptor is in sector 1");
    assertEquals(2 + file.getLong(36), file.getLong(56));
    int tail = file.capacity() - 3 * 512;
    byte[] marker = new byte[512];
    ByteBuffer.wrap(marker).order(ByteOrder.LITTLE_ENDIAN).putLong(0, 1).putInt(12, 3);
    assertArrayEquals(marker, Arrays.copyOfRange(file.array(), tail, tail + 512));
    assertArrayEquals(new byte[512], Arrays.copyOfRange(file.array(), tail + 1024, tail + 1536));
    long directory = file.getLong(tail + 512 + 56);
    assertTrue(directory > 0 && directory * 512 < tail);
    ByteBuffer head = ByteBuffer.wrap(file.array(), 0, 512).slice();
    ByteBuffer copy = ByteBuffer.wrap(Arrays.copyOfRange(file.array(), tail + 512, tail + 1024));
    copy.order(ByteOrder.LITTLE_ENDIAN).putLong(56, file.getLong(56));
    assertEquals(head, copy.rewind());
    String text =
        new String(file.array(), 512, 20 * 512, StandardCharsets.ISO_8859_1).replace("\0", "");
    for (String line : text.split("\n")) {
      String lower = line.toLowerCase(Locale.ROOT);
      assertTrue(
          lower.isBlank()
              || lower.startsWith("#")
              || lower.startsWith("ddb")
              || lower.matches("[^ =]+=.*")
              || lower.matches("(rw|rdonly|noaccess) [^/]*"),
          line);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"DEFLATE", "ZLIB"})
  void aCompressedBlockIsAdoptedWithoutCompressingItAgain(String name) throws IOException {
    Encoding encoding = Encoding.valueOf(name);
    byte[] block = HandMade.content(ModelDisk.random(9, 65536, 512));
    Arrays.fill(block, 0, 100, (byte) 7);
    byte[] stream = new byte[100_000];
    try (Encoder best = Codecs.newEncoder(encoding, 12)) {
      int length = best.encode(MemorySegment.ofArray(block), MemorySegment.ofArray(stream));
      stream = Arrays.copyOf(stream, length);
    }
    MemoryTarget target = new MemoryTarget();
    try (ImageWriter writer = create(65536, target, "subformat=streamOptimized", Optional.empty());
        var encoder = writer.newEncoder().orElseThrow()) {
      assertTrue(writer.adopts().contains(encoding));
      byte[] stored = new byte[encoder.maxStoredLength()];
      int length =
          encoder.adopt(
              0,
              encoding,
              MemorySegment.ofArray(stream),
              MemorySegment.ofArray(block),
              MemorySegment.ofArray(stored));
      MemorySegment bytes = MemorySegment.ofArray(stored).asSlice(0, length);
      Piece piece = new Piece.Encoded(0, 65536, bytes);
      for (Placement place : writer.reserve(new Chunk(0, 65536, List.of(piece)))) {
        place.storage().write(place.hostOffset(), ((Placement.Write) place).bytes());
      }
      writer.finish();
      int start = Marker.GRAIN_LENGTH + (encoding == Encoding.DEFLATE ? 2 : 0);
      assertArrayEquals(stream, Arrays.copyOfRange(stored, start, start + stream.length));
    }
    try (DiskImage image = open(target)) {
      assertArrayEquals(block, HandMade.content(image.map()));
    }
  }

  @Test
  void aSplitDiskBeginsANewFileEveryTwoGigabytes() throws IOException {
    long size = 5L << 30;
    for (String kind : List.of("twoGbMaxExtentSparse", "twoGbMaxExtentFlat")) {
      MemoryTarget target = new MemoryTarget(new MemoryStorage("d.vmdk"));
      byte[] data = HandMade.filled(2 << 16, 5);
      long at = (2L << 30) - 65536;
      try (ImageWriter writer = create(size, target, "subformat=" + kind, Optional.empty())) {
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
      String mark = kind.endsWith("Flat") ? "f" : "s";
      assertEquals(
          List.of("d-" + mark + "001.vmdk", "d-" + mark + "002.vmdk", "d-" + mark + "003.vmdk"),
          List.copyOf(target.outside().keySet()));
      try (DiskImage image = open(target)) {
        assertEquals(size, image.map().size());
        byte[] found = new byte[data.length + 2];
        try (var reader = new GuestReader()) {
          reader.read(image.map(), at - 1, MemorySegment.ofArray(found));
        }
        byte[] expected = new byte[found.length];
        System.arraycopy(data, 0, expected, 1, data.length);
        assertArrayEquals(expected, found);
      }
    }
  }

  @Test
  void aHugeEmptyDiskCostsLittle() throws IOException {
    for (String kind : List.of("monolithicSparse", "streamOptimized", "monolithicFlat")) {
      MemoryTarget target = new MemoryTarget();
      long size = 16L << 40;
      try (ImageWriter writer = create(size, target, "subformat=" + kind, Optional.empty())) {
        writer.reserve(new Chunk(0, size, List.of(new Piece.Zero(0, size))));
        writer.finish();
      }
      assertTrue(target.storage().allocatedSize() < 8 * MIB, kind);
      try (DiskImage image = open(target)) {
        assertEquals(size, image.map().extentAt(0, size).length());
      }
    }
  }

  @Test
  void moreThanTwoTebibytesOfDataAreRefused() throws IOException {
    long size = 3L << 40;
    MemoryTarget target = new MemoryTarget();
    try (ImageWriter writer = create(size, target, "grain_size=1M", Optional.empty())) {
      Piece all = new Piece.Stored(0, size, target.storage(), 0);
      assertInstanceOf(
          UnsupportedFeatureException.class,
          assertThrows(IOException.class, () -> writer.reserve(new Chunk(0, size, List.of(all)))));
    }
  }

  @Test
  void zerosFinerThanAGrainAreZeroWhateverTheTargetHeld() throws IOException {
    int size = 2 * 65536 + 1024;
    MemorySegment data = MemorySegment.ofArray(HandMade.filled(1536, 9));
    List<Piece> pieces =
        List.of(
            new Piece.Zero(0, 512),
            new Piece.Bytes(512, data),
            new Piece.Zero(2048, 2 * 65536 - 2048),
            new Piece.Zero(2 * 65536, 512),
            new Piece.Bytes(2 * 65536 + 512, data.asSlice(0, 512)));
    byte[] expected = new byte[size];
    Arrays.fill(expected, 512, 2048, (byte) 9);
    Arrays.fill(expected, 2 * 65536 + 512, size, (byte) 9);
    for (boolean dirty : new boolean[] {false, true}) {
      MemoryStorage old = MemoryStorage.of("old", HandMade.filled(dirty ? 1 << 20 : 0, 0xee));
      MemoryTarget target = new MemoryTarget(dirty ? new Dirty(old) : old);
      try (ImageWriter writer = create(size, target, "", Optional.empty())) {
        for (Placement place : writer.reserve(new Chunk(0, size, pieces))) {
          if (place instanceof Placement.Write write) {
            old.write(write.hostOffset(), write.bytes());
          } else {
            assertTrue(dirty);
            old.zero(place.hostOffset(), place.length());
          }
        }
        writer.finish();
      }
      try (DiskImage image = open(target)) {
        assertArrayEquals(expected, HandMade.content(image.map()));
        assertInstanceOf(Extent.Absent.class, image.map().extentAt(65536, size));
      }
    }
  }

  @Test
  void oldBytesOfATargetDoNotShineThrough() throws IOException {
    ModelDisk model = ModelDisk.random(4, MIB + 512, 512);
    for (String kind : List.of("monolithicSparse", "streamOptimized", "monolithicFlat")) {
      MemoryStorage old = MemoryStorage.of("old", HandMade.filled(4 * MIB, 0xee));
      MemoryTarget target = new MemoryTarget(new Dirty(old));
      move(model, target, "subformat=" + kind, Optional.empty());
      try (DiskImage image = open(target)) {
        assertArrayEquals(model.content(), HandMade.content(image.map()), kind);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "'', 0",
    "grain_size=4k, 0",
    "subformat=twoGbMaxExtentSparse, 1200",
    "subformat=monolithicFlat, 1200",
    "subformat=streamOptimized, 262144"
  })
  void whatADiskWillTakeIsToldBeforehand(String options, long tolerance) throws IOException {
    byte[] noise = new byte[8 * MIB];
    new Random(5).nextBytes(noise);
    Arrays.fill(noise, 2 * MIB, 6 * MIB, (byte) 0);
    MemoryStorage source = new MemoryStorage("raw");
    source.write(0, MemorySegment.ofArray(noise).asSlice(0, 2 * MIB));
    source.write(6 * MIB, MemorySegment.ofArray(noise).asSlice(6 * MIB));
    HandMade raw = new HandMade().with("d", HandMade.descriptor("vmfs", "RW 16384 VMFS \"raw\""));
    OpenRequest request = new OpenRequest(Limits.DEFAULT, reference -> source);
    try (DiskImage image = new VmdkFormat().open(raw.storage("d"), request)) {
      List<String> texts = options.isEmpty() ? List.of() : List.of(options);
      FormatOptions parsed = FormatOptions.parse(texts, new VmdkFormat().createOptions());
      Measurement told =
          new VmdkFormat().measure(8 * MIB, parsed, Optional.of(image.map())).orElseThrow();
      MemoryTarget target = new MemoryTarget(new MemoryStorage("disk.vmdk"));
      move(image.map(), target, options, Optional.empty());
      long taken = target.storage().size();
      for (MemoryStorage file : target.outside().values()) {
        taken += options.contains("Flat") ? 4 * MIB : file.size();
      }
      assertTrue(told.required() >= taken, told + " " + taken);
      assertTrue(told.required() - taken <= tolerance, told + " " + taken);
      assertTrue(told.fullyAllocated() >= told.required() + 4 * MIB, told::toString);
    }
  }

  private static void move(
      BlockMap source, Target target, String options, Optional<DiskImage> parent)
      throws IOException {
    try (ImageWriter writer = create(source.size(), target, options, parent)) {
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
            Identity.seeded("test", Instant.EPOCH),
            parent));
  }

  private static DiskImage open(MemoryTarget target) throws IOException {
    return new VmdkFormat()
        .open(
            target.storage(),
            new OpenRequest(Limits.DEFAULT, reference -> target.outside().get(reference.name())));
  }

  private static byte[] bytes(MemoryTarget target) throws IOException {
    return ((MemoryStorage) target.storage()).toByteArray();
  }

  /** A storage with old bytes in it. */
  private static final class Dirty extends ForwardingStorage {
    Dirty(MemoryStorage storage) {
      super(storage);
    }

    @Override
    public boolean readsZeroWhereUnwritten() {
      return false;
    }
  }
}
