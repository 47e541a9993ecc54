package dev.platter.raw;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.platter.image.IllegalOptionException;
import dev.platter.image.Preallocation;
import dev.platter.image.spi.EditRequest;
import dev.platter.image.spi.ImageFormat;
import dev.platter.image.spi.ResizeRequest;
import dev.platter.storage.MemoryStorage;
import dev.platter.testdata.FaultyStorage;
import dev.platter.testdata.ImageEditorContract;
import dev.platter.testdata.ImageFormatContract.Variant;
import java.io.IOException;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class RawEditorTest extends ImageEditorContract {
  private final RawFormat raw = new RawFormat();

  @Override
  protected ImageFormat format() {
    return raw;
  }

  @Override
  protected Stream<Variant> variants() {
    return Stream.of(new Variant("", false));
  }

  @Override
  protected boolean isAsLongAsItsFile() {
    return true;
  }

  @Override
  protected boolean repairs() {
    return false;
  }

  private void resize(MemoryStorage storage, long size, Preallocation preallocation)
      throws IOException {
    raw.edit(storage, EditRequest.strict())
        .resize(new ResizeRequest(size, preallocation, Optional.empty()));
  }

  @ParameterizedTest
  @EnumSource(
      value = Preallocation.class,
      names = {"FALLOC", "FULL"})
  void whatIsNewTakesItsSpaceWhereAskedFor(Preallocation preallocation) throws IOException {
    MemoryStorage storage = new MemoryStorage("raw");
    storage.truncate(1 << 20);
    resize(storage, 5 << 20, preallocation);
    assertEquals(5 << 20, storage.size());
    assertEquals(4 << 20, storage.allocatedSize());
  }

  @Test
  void thereIsNoMetadataToPreallocate() throws IOException {
    MemoryStorage storage = new MemoryStorage("raw");
    assertThrows(IllegalOptionException.class, () -> resize(storage, 512, Preallocation.METADATA));
    assertEquals(0, storage.size());
  }

  @Test
  void aDiskThatDoesNotFitKeepsItsSize() throws IOException {
    MemoryStorage storage = new MemoryStorage("raw");
    storage.truncate(1 << 20);
    FaultyStorage full = new FaultyStorage(storage).fullAfter(1 << 20);
    assertThrows(
        IOException.class,
        () ->
            raw.edit(full, EditRequest.strict())
                .resize(new ResizeRequest(8 << 20, Preallocation.FULL, Optional.empty())));
    assertEquals(1 << 20, storage.size());
  }
}
