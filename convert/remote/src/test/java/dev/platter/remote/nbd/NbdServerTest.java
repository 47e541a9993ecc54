package dev.platter.remote.nbd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.platter.storage.MemoryStorage;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class NbdServerTest {
  @TempDir Path directory;

  /** As when the process is told to end while it starts. */
  @Test
  void serverThatIsClosedBeforeItServesEndsInOrder() throws IOException {
    UnixDomainSocketAddress address = UnixDomainSocketAddress.of(directory.resolve("socket"));
    MemoryExport export = new MemoryExport("disk", MemoryStorage.of("disk", new byte[4096]), false);
    try (NbdServer server =
        NbdServer.listen(
            address, List.of(export), new NbdServer.Settings(4, 4, new NbdServer.Listener() {}))) {
      server.close();
      assertEquals(address, server.address());
      server.run();
    }
    assertFalse(Files.exists(address.getPath()));
  }
}
