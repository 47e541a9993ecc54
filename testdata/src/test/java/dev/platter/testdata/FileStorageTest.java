package dev.platter.testdata;

import dev.platter.storage.FileOption;
import dev.platter.storage.FileStorage;
import dev.platter.storage.SystemException;
import dev.platter.storage.WritableStorage;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.io.TempDir;

/** The contract over files, in all the ways to open one. */
class FileStorageTest {
  abstract static class Files extends StorageContract {
    @TempDir Path directory;
    private int count;

    Path next() {
      return directory.resolve("file" + count++);
    }
  }

  @Nested
  class Natively extends Files {
    @Override
    protected WritableStorage create() throws IOException {
      return FileStorage.create(next());
    }
  }

  @Nested
  class Unnamed extends Files {
    @Override
    protected WritableStorage create() throws IOException {
      return FileStorage.createUnnamed(directory, "unnamed");
    }
  }

  @Nested
  class Synchronously extends Files {
    @Override
    protected WritableStorage create() throws IOException {
      return FileStorage.create(next(), FileOption.SYNCHRONOUS);
    }
  }

  @Nested
  class Directly extends Files {
    @Override
    protected WritableStorage create() throws IOException {
      try {
        return FileStorage.create(next(), FileOption.DIRECT);
      } catch (SystemException e) {
        Assumptions.assumeFalse(
            e.reason().equals("Invalid argument"), "no direct I/O on " + directory);
        throw e;
      }
    }
  }

  @Nested
  class InPlainJava extends Files {
    @BeforeAll
    static void choose() {
      System.setProperty("platter.storage", "java");
    }

    @AfterAll
    static void chooseNoLonger() {
      System.clearProperty("platter.storage");
    }

    @Override
    protected WritableStorage create() throws IOException {
      return FileStorage.create(next());
    }

    @Override
    protected boolean knowsHoles() {
      return false;
    }
  }
}
