package dev.platter.remote.nbd;

import java.io.Closeable;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Path;
import java.util.List;

/** A server on a socket in a directory of the test's own. */
final class RunningServer implements Closeable {
  final Path socket;
  private final NbdServer server;
  private final Thread thread;

  RunningServer(Path directory, NbdServer.Settings settings, NbdExport... exports)
      throws IOException {
    socket = directory.resolve("nbd.sock");
    server = NbdServer.listen(UnixDomainSocketAddress.of(socket), List.of(exports), settings);
    thread =
        Thread.ofPlatform()
            .start(() -> {
              try {
                server.run();
              } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
              }
            });
  }

  RunningServer(Path directory, NbdExport... exports) throws IOException {
    this(directory, NbdServer.Settings.DEFAULT, exports);
  }

  String uri(String export) {
    return "nbd+unix:///" + export + "?socket=" + socket;
  }

  NbdStorage open(String export, NbdStorage.Access access) throws IOException {
    return NbdStorage.open("nbd", NbdAddress.parse(uri(export)), access);
  }

  @Override
  public void close() throws IOException {
    server.close();
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
