package dev.platter.server.live;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is made of a file that changes, and of one whose medium fails at times. */
class LiveTest {
  @TempDir Path directory;
  private long time;
  private int reads;
  private boolean failing;

  private final class Text implements Live.Source<String> {
    @Override
    public String read() throws IOException {
      reads++;
      if (failing) {
        throw new IOException("Input/output error");
      }
      return Files.readString(files().getFirst());
    }

    @Override
    public List<Path> files() {
      return List.of(directory.resolve("file"));
    }
  }

  private Live<String> live() throws IOException {
    Files.writeString(directory.resolve("file"), "old");
    return new Live<>("nothing works", new Text(), () -> time);
  }

  private Optional<String> later(Live<String> live) {
    time += 1_000_000_000;
    return live.now();
  }

  @Test
  void afterAReadThatFailedItIsReadAgainThoughNothingChanged() throws IOException {
    Live<String> live = live();
    Files.writeString(directory.resolve("file"), "newer");
    failing = true;
    assertEquals(Optional.empty(), later(live));
    assertEquals(Optional.empty(), later(live));
    failing = false;
    assertEquals(Optional.of("newer"), later(live));
  }

  @Test
  void aFileThatIsAwayForAMomentIsReadWhenItIsBack() throws IOException {
    Live<String> live = live();
    Path file = directory.resolve("file");
    Files.move(file, directory.resolve("away"));
    assertEquals(Optional.empty(), later(live));
    Files.move(directory.resolve("away"), file);
    assertEquals(Optional.of("old"), later(live));
  }

  @Test
  void itIsReadOnlyWhenItHasChangedAndNotMoreThanOnceASecond() throws IOException {
    Live<String> live = live();
    later(live);
    later(live);
    assertEquals(1, reads);
    failing = true;
    Files.writeString(directory.resolve("file"), "newer");
    later(live);
    live.now();
    time += 999_999_999;
    live.now();
    assertEquals(2, reads);
  }

  @Test
  void whatCannotBeReadAtFirstIsNotMade() {
    failing = true;
    assertThrows(IOException.class, this::live);
  }
}
