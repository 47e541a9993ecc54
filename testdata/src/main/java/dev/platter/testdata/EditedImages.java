package dev.platter.testdata;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.image.BlockMap;
import dev.platter.image.CheckReport;
import dev.platter.image.DiskImage;
import dev.platter.image.Extent;
import dev.platter.image.FormatOptions;
import dev.platter.image.Identity;
import dev.platter.image.disk.GuestReader;
import dev.platter.image.spi.Chunk;
import dev.platter.image.spi.CreateRequest;
import dev.platter.image.spi.ImageFormat;
import dev.platter.image.spi.ImageWriter;
import dev.platter.image.spi.OpenRequest;
import dev.platter.image.spi.Piece;
import dev.platter.image.spi.Placement;
import dev.platter.storage.MemoryStorage;
import dev.platter.storage.Run;
import dev.platter.storage.Storage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** The images of one format before and after they are edited: how they are made, what they hold. */
final class EditedImages {
  /** What a format answers that has no check. */
  private static final CheckReport NOTHING_FOUND =
      new CheckReport(0, 0, 0, 0, 0, 0, 0, 0, List.of());

  private final ImageFormat format;

  EditedImages(ImageFormat format) {
    this.format = format;
  }

  /** An image in which every byte of the disk has its place, zeros too. */
  byte[] image(ImageFormatContract.Variant variant, byte[] content) throws IOException {
    List<String> texts = variant.options().isEmpty() ? List.of() : List.of(variant.options());
    FormatOptions options = FormatOptions.parse(texts, format.createOptions());
    MemoryTarget target = new MemoryTarget();
    try (ImageWriter writer =
        format.create(
            new CreateRequest(
                content.length,
                options,
                variant.compress(),
                Optional.empty(),
                target,
                Identity.seeded("contract", Instant.EPOCH)))) {
      int block = writer.blockSize();
      for (int at = 0; at < content.length; at += block) {
        int length = Math.min(block, content.length - at);
        MemorySegment bytes = MemorySegment.ofArray(content).asSlice(at, length);
        Piece piece = new Piece.Bytes(at, bytes);
        for (Placement placement : writer.reserve(new Chunk(at, length, List.of(piece)))) {
          PlainMover.carryOut(placement);
        }
      }
      writer.finish();
    }
    return ((MemoryStorage) target.storage()).toByteArray();
  }

  void assertOldOrNew(Storage storage, byte[] content, long size) throws IOException {
    try (DiskImage image = format.open(storage, OpenRequest.strict())) {
      long present = image.info().virtualSize();
      assertTrue(present == size || present == content.length, () -> "size " + present);
      assertDisk(image.map(), content, present);
    }
  }

  void assertDisk(Storage storage, byte[] content, long size) throws IOException {
    try (DiskImage image = format.open(storage, OpenRequest.strict())) {
      assertEquals(size, image.info().virtualSize());
      assertDisk(image.map(), content, size);
    }
  }

  /** The disk begins as {@code content} does; what is beyond that is zero. */
  static void assertDisk(BlockMap map, byte[] content, long size) throws IOException {
    assertEquals(size, map.size());
    int written = (int) Math.min(content.length, size);
    byte[] bytes = new byte[written];
    try (GuestReader reader = new GuestReader()) {
      reader.read(map, 0, MemorySegment.ofArray(bytes));
      assertTrue(Arrays.equals(bytes, 0, written, content, 0, written), "the bytes are the same");
      for (long at = written; at < size; ) {
        Extent extent = map.extentAt(at, size);
        if (!(extent instanceof Extent.Zero) && !(extent instanceof Extent.Absent)) {
          long length = Math.min(extent.length(), 1 << 20);
          if (extent instanceof Extent.Data data) {
            Run run = data.storage().runAt(data.hostOffset(), data.hostOffset() + data.length());
            if (run.hole()) {
              at += run.length();
              continue;
            }
            length = Math.min(length, run.length());
          }
          extent = extent.slice(at, length);
          byte[] beyond = new byte[(int) extent.length()];
          reader.read(extent, MemorySegment.ofArray(beyond));
          assertArrayEquals(new byte[beyond.length], beyond, "zeros beyond the old end");
        }
        at = extent.end();
      }
    }
  }

  void assertSound(Storage storage) throws IOException {
    CheckReport found = check(storage);
    assertEquals(0, found.corruptions() + found.leaks() + found.checkErrors(), () -> told(found));
  }

  void assertNothingButLeaks(Storage storage) throws IOException {
    CheckReport found = check(storage);
    assertEquals(0, found.corruptions() + found.checkErrors(), () -> told(found));
  }

  private static String told(CheckReport found) {
    return found.messages().stream().limit(4).toList().toString();
  }

  private CheckReport check(Storage storage) throws IOException {
    try (DiskImage image = format.open(storage, OpenRequest.strict())) {
      return image.check().orElse(NOTHING_FOUND);
    }
  }
}
