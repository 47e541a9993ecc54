package dev.platter.server.cache;

import dev.platter.storage.FileOption;
import dev.platter.storage.FileStorage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;

/**
 * An image on its way into the cache. Nobody finds it before {@link #finish}; closing it without
 * that throws it away. A copy that cannot be written is given up silently: the cache may miss.
 */
public final class CacheCopy implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(CacheCopy.class.getName());

  private final Path part;
  private final String checksum;
  private final MessageDigest digest;
  private final Publisher publisher;
  private FileStorage file;
  private long size;

  /** Makes a finished copy known. */
  @FunctionalInterface
  interface Publisher {
    void publish(Path part, long size) throws IOException;
  }

  /**
   * @param part a new file
   * @param checksum the MD5 that the copy must have; null: any
   */
  CacheCopy(Path part, String checksum, MessageDigest digest, Publisher publisher)
      throws IOException {
    this.part = part;
    this.checksum = checksum;
    this.digest = digest;
    this.publisher = publisher;
    this.file = FileStorage.create(part, FileOption.PRIVATE);
  }

  /** Adds bytes. */
  public void write(MemorySegment bytes) {
    if (file == null) {
      return;
    }
    try {
      file.write(size, bytes);
      digest.update(bytes.asByteBuffer());
      size += bytes.byteSize();
    } catch (IOException e) {
      giveUp(e);
    }
  }

  /** The whole image was written: from now on the cache has it. */
  public void finish() {
    if (file == null) {
      return;
    }
    try {
      file.close();
      String found = HexFormat.of().formatHex(digest.digest());
      if (checksum != null && !checksum.equals(found)) {
        throw new IOException("MD5 is " + found + ", the record says " + checksum);
      }
      publisher.publish(part, size);
      file = null;
    } catch (IOException e) {
      giveUp(e);
    }
  }

  private void giveUp(IOException reason) {
    LOG.log(System.Logger.Level.WARNING, "{0} is not cached: {1}", part.getFileName(), reason);
    close();
  }

  @Override
  public void close() {
    if (file != null) {
      try {
        file.close();
        Files.deleteIfExists(part);
      } catch (IOException e) {
        LOG.log(System.Logger.Level.WARNING, "{0} stays in the cache: {1}", part, e);
      }
      file = null;
    }
  }
}
