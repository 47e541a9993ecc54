package dev.platter.server.vmware;

import dev.platter.server.client.HttpRequests.Answer;
import dev.platter.service.store.WindowStorage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Map;

/** An image for reading. */
final class VmwareStorage extends WindowStorage {
  private final VmwareSession session;
  private final String path;

  /**
   * @param path of the file, as it stands in URLs
   */
  VmwareStorage(String name, VmwareSession session, String path, long size) {
    super(name, size);
    this.session = session;
    this.path = path;
  }

  @Override
  protected byte[] fetch(long offset, int length) throws IOException {
    byte[] bytes = new byte[length];
    String range = offset + "-" + (offset + length - 1);
    Answer answer =
        session.folder(login ->
            session
                .http()
                .read(
                    session.uri(path),
                    Map.of(
                        "Cookie",
                        login.cookie(),
                        "Range",
                        "bytes=" + range,
                        "Accept-Encoding",
                        "identity"),
                    MemorySegment.ofArray(bytes)));
    String expected = "bytes " + range + "/" + size();
    String given = answer.header("Content-Range").orElse("");
    if (answer.status() != 206 || !given.equals(expected)) {
      throw new IOException(
          "%s: vSphere answers with status %d, '%s', where '%s' was asked for"
              .formatted(name(), answer.status(), given, expected));
    }
    return bytes;
  }
}
