package dev.platter.raw;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.platter.image.BlockMap;
import dev.platter.image.Extent;
import dev.platter.image.FormatOptions;
import dev.platter.image.IllegalOptionException;
import dev.platter.image.ParentReference;
import dev.platter.image.spi.CreateRequest;
import dev.platter.image.spi.ImageFormat;
import dev.platter.image.spi.OpenRequest;
import dev.platter.storage.MemoryStorage;
import dev.platter.testdata.ImageFormatContract;
import dev.platter.testdata.MemoryTarget;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class RawFormatTest extends ImageFormatContract {
  private final RawFormat raw = new RawFormat();

  @Override
  protected ImageFormat format() {
    return raw;
  }

  @Override
  protected Stream<Variant> variants() {
    return Stream.of(
        new Variant("", false),
        new Variant("preallocation=falloc", false),
        new Variant("preallocation=full", false));
  }

  @Override
  protected boolean takesAnything() {
    return true;
  }

  @Test
  void aFileThatEndsWithinASectorIsADiskThatDoesNot() throws IOException {
    BlockMap map = raw.open(MemoryStorage.of("odd", new byte[1000]), OpenRequest.strict()).map();
    assertEquals(1024, map.size());
    assertEquals(new Extent.Zero(1000, 24), map.extentAt(1000, 1024));
  }

  @Test
  void holesAreZerosWithoutBeingRead() throws IOException {
    MemoryStorage storage = new MemoryStorage("sparse");
    storage.truncate(1 << 20);
    storage.write(512 << 10, MemorySegment.ofArray(new byte[] {1}));
    BlockMap map = raw.open(storage, OpenRequest.strict()).map();
    Extent hole = map.extentAt(0, map.size());
    assertInstanceOf(Extent.Zero.class, hole);
    assertEquals(512 << 10, hole.end());
    assertInstanceOf(Extent.Data.class, map.extentAt(hole.end(), map.size()));
  }

  @Test
  void fullPreallocationLeavesNoHole() throws IOException {
    MemoryTarget target = new MemoryTarget();
    FormatOptions options = FormatOptions.parse(List.of("preallocation=full"), raw.createOptions());
    raw.create(new CreateRequest(1 << 20, options, false, Optional.empty(), target)).close();
    BlockMap map = raw.open(target.storage(), OpenRequest.strict()).map();
    assertEquals(new Extent.Data(0, 1 << 20, target.storage(), 0), map.extentAt(0, map.size()));
  }

  @Test
  void neitherBackingNorCompressionNorMetadataCanBeHad() throws IOException {
    MemoryTarget target = new MemoryTarget();
    ParentReference parent = new ParentReference("base", Optional.empty());
    FormatOptions none = FormatOptions.none();
    assertThrows(
        IllegalOptionException.class,
        () -> raw.create(new CreateRequest(512, none, false, Optional.of(parent), target)));
    assertThrows(
        IllegalOptionException.class,
        () -> raw.create(new CreateRequest(512, none, true, Optional.empty(), target)));
    FormatOptions metadata =
        FormatOptions.parse(List.of("preallocation=metadata"), raw.createOptions());
    IllegalOptionException e =
        assertThrows(
            IllegalOptionException.class,
            () -> raw.create(new CreateRequest(512, metadata, false, Optional.empty(), target)));
    assertEquals("Unsupported preallocation mode: metadata", e.getMessage());
    assertEquals(0, target.storage().size());
  }
}
