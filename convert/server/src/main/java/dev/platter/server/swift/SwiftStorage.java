package dev.platter.server.swift;

import dev.platter.server.client.HttpRequests.Answer;
import dev.platter.service.store.StoreException;
import dev.platter.service.store.WindowStorage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;

/** An image for reading. One that was replaced meanwhile is not read. */
final class SwiftStorage extends WindowStorage {
  private final SwiftConnection connection;
  private final String path;
  private final String tag;
  private final int attempts;

  /**
   * @param path of the object, as it stands in URLs
   * @param attempts how often a range is asked for
   */
  SwiftStorage(
      String name, SwiftConnection connection, String path, long size, String tag, int attempts) {
    super(name, size);
    this.connection = connection;
    this.path = path;
    this.tag = tag;
    this.attempts = attempts;
  }

  @Override
  protected byte[] fetch(long offset, int length) throws IOException {
    byte[] bytes = new byte[length];
    Answer answer = connection.read(path, offset, MemorySegment.ofArray(bytes), attempts);
    if (answer.status() != 206) {
      throw failure(connection.refusal(answer.status()));
    }
    String range = "bytes " + offset + "-" + (offset + length - 1) + "/" + size();
    String given = answer.header("Content-Range").orElse("");
    if (!given.equals(range) || !SwiftNames.tagOf(answer).equals(tag)) {
      throw new IOException(
          "%s: it changed while it was read: '%s' came, of the tag '%s'; expected '%s' of '%s'"
              .formatted(name(), given, SwiftNames.tagOf(answer), range, tag));
    }
    return bytes;
  }

  private IOException failure(StoreException reason) {
    return new IOException(name() + ": " + reason.getMessage(), reason);
  }
}
