package dev.platter.ova;

import static dev.platter.ova.Faults.corrupt;

import dev.platter.storage.FileStorage;
import dev.platter.storage.Storage;
import dev.platter.storage.ZeroScan;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;

/** Unpacks what can only be read from front to back into a file without a name. */
final class Spool {
  private static final int PART = 1 << 16;

  private Spool() {}

  /**
   * Unpacks a gzip stream.
   *
   * @param most bytes that it may have; more is an error, not a full disk
   */
  static Storage gunzip(Storage packed, long most) throws IOException {
    FileStorage spool =
        FileStorage.createUnnamed(Path.of(System.getProperty("java.io.tmpdir")), packed.name());
    byte[] part = new byte[PART];
    long at = 0;
    try (InputStream stream = new GZIPInputStream(new Stream(packed), PART)) {
      while (true) {
        int count = stream.readNBytes(part, 0, PART);
        if (count == 0) {
          spool.truncate(at);
          return spool;
        }
        if (count > most - at) {
          throw corrupt(packed.name(), "unpacks to more than " + most + " bytes");
        }
        MemorySegment bytes = MemorySegment.ofArray(part).asSlice(0, count);
        if (!ZeroScan.isZero(bytes)) {
          spool.write(at, bytes);
        }
        at += count;
      }
    } catch (ZipException | java.io.EOFException e) {
      spool.close();
      throw corrupt(packed.name(), "the gzip stream is damaged: " + e.getMessage());
    } catch (Throwable e) {
      spool.close();
      throw e;
    }
  }

  /** A storage from front to back. */
  private static final class Stream extends InputStream {
    private final Storage storage;
    private long position;

    Stream(Storage storage) {
      this.storage = storage;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
      if (length == 0) {
        return 0;
      }
      int count =
          (int) storage.read(position, MemorySegment.ofArray(target).asSlice(offset, length));
      position += count;
      return count == 0 ? -1 : count;
    }

    @Override
    public int available() throws IOException {
      return (int) Math.min(Integer.MAX_VALUE, Math.max(0, storage.size() - position));
    }
  }
}
