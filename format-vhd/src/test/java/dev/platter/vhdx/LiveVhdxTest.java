package dev.platter.vhdx;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.image.disk.GuestDisk;
import dev.platter.image.spi.ImageFormat;
import dev.platter.storage.WritableStorage;
import dev.platter.testdata.ChangeJournal;
import dev.platter.testdata.LiveDisk;
import dev.platter.testdata.LiveImageContract;
import dev.platter.testdata.LiveSubject;
import dev.platter.testdata.LiveSubject.Kind;
import dev.platter.testdata.QemuTurns;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LiveVhdxTest extends LiveImageContract {
  @Override
  protected ImageFormat format() {
    return new VhdxFormat();
  }

  @Override
  protected Stream<Kind> kinds() {
    return Stream.of(
        Kind.of("block_size=1M"),
        Kind.of("block_size=1M,subformat=fixed"),
        Kind.of("block_size=1M").overParent("block_size=1M"));
  }

  @Test
  void aBlockThatWasGivenUpIsNobodysBeforeTheNextFlush() throws IOException {
    LiveSubject subject = makeEmpty(Kind.of("block_size=1M"), 2 << 20);
    ChangeJournal journal = new ChangeJournal();
    Map<String, WritableStorage> files = new LinkedHashMap<>();
    subject.files().forEach((name, bytes) -> files.put(name, journal.open(name, bytes)));
    int flushed;
    try (GuestDisk guest = new LiveDisk(format(), files, subject.below()).live()) {
      guest.write(0, block(1));
      guest.flush();
      flushed = journal.size();
      guest.discard(0, 1 << 20);
      guest.write(1 << 20, block(2));
    }
    journal.cutEverywhere(
        1,
        (cut, media) -> {
          byte[] found = new LiveDisk(format(), media, subject.below()).read();
          for (int at = 0; at < 1 << 20; at += 512) {
            boolean isOld = found[at] == 1 || cut < flushed;
            assertTrue(isOld || found[at] == 0, "of the first block at " + at + ", cut " + cut);
          }
        });
  }

  private static MemorySegment block(int value) {
    return MemorySegment.ofArray(new byte[1 << 20]).fill((byte) value);
  }

  @Test
  void qemuAndWeWriteInTurns(@TempDir Path directory) throws IOException {
    QemuTurns.take(format(), "vhdx", "block_size=1M", directory, 5 << 20, false, image -> {});
    QemuTurns.take(format(), "vhdx", "subformat=fixed", directory, 5 << 20, false, image -> {});
  }
}
