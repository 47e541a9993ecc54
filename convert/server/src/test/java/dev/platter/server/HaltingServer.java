package dev.platter.server;

import dev.platter.server.config.IniFile;
import dev.platter.server.identity.Identity;
import dev.platter.service.ImportListener;
import dev.platter.service.ImportResult;
import dev.platter.service.StoredCopy;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The service as a process that dies, as if killed, where a file says: {@code HaltingServer CONFIG
 * DATA HALT-FILE}.
 */
final class HaltingServer {
  private HaltingServer() {}

  public static void main(String[] arguments) throws Exception {
    IniFile ini = IniFile.read(Path.of(arguments[0]));
    Path haltFile = Path.of(arguments[2]);
    ImageServer server =
        new ImageServer(
            Settings.read(ini, Path.of(arguments[1])),
            Identity.none(),
            record -> new Halting(record, haltFile));
    server.start();
    System.out.println("port " + server.port());
    Thread.currentThread().join();
  }

  private static final class Halting extends WrappedListener {
    private final Path haltFile;

    Halting(ImportListener record, Path haltFile) {
      super(record);
      this.haltFile = haltFile;
    }

    private void at(String point) throws IOException {
      if (Files.readString(haltFile).equals(point)) {
        Runtime.getRuntime().halt(137);
      }
    }

    @Override
    public void phase(Phase phase) throws IOException {
      at("phase " + phase);
      super.phase(phase);
    }

    @Override
    public void progress(Phase phase, long done, long total) {
      try {
        at("progress " + phase);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      super.progress(phase, done, total);
    }

    @Override
    public void stored(StoredCopy copy) throws IOException {
      at("before stored " + copy.storeId());
      super.stored(copy);
      at("after stored " + copy.storeId());
    }

    @Override
    public void completed(ImportResult result) throws IOException {
      super.completed(result);
      at("completed");
    }
  }
}
