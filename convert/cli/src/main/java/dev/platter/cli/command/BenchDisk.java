package dev.platter.cli.command;

import dev.platter.cli.source.CacheMode;
import dev.platter.image.BlockMap;
import dev.platter.image.disk.GuestDisk;
import dev.platter.image.disk.GuestReaders;
import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** A disk under {@code bench}: takes requests from many threads at once. */
abstract class BenchDisk implements Closeable {
  private static final int PAGE = 4096;

  private final long size;

  BenchDisk(long size) {
    this.size = size;
  }

  /** The size of the disk, bytes. */
  final long size() {
    return size;
  }

  /**
   * One request.
   *
   * @param buffer of its length; what it holds afterwards is nobody's concern
   */
  abstract void request(long offset, MemorySegment buffer) throws IOException;

  /** Brings to the medium what was written. */
  abstract void flush() throws IOException;

  /** A disk that is read. */
  static BenchDisk toRead(BlockMap map) {
    return new BenchDisk(map.size()) {
      private final GuestReaders readers = new GuestReaders();

      @Override
      void request(long offset, MemorySegment buffer) throws IOException {
        readers.read(map, offset, buffer);
      }

      @Override
      void flush() {}

      @Override
      public void close() {
        readers.close();
      }
    };
  }

  /**
   * A disk that is written.
   *
   * @param disk stays the caller's
   * @param bytes of each request
   * @param pattern each byte of it
   */
  static BenchDisk toWrite(GuestDisk disk, int bytes, int pattern, CacheMode cache) {
    Arena arena = Arena.ofShared();
    MemorySegment payload = arena.allocate(bytes, PAGE).fill((byte) pattern);
    boolean flushesEach = cache == CacheMode.WRITETHROUGH || cache == CacheMode.DIRECTSYNC;
    return new BenchDisk(disk.size()) {
      @Override
      void request(long offset, MemorySegment buffer) throws IOException {
        disk.write(offset, payload);
        if (flushesEach) {
          disk.flush();
        }
      }

      @Override
      void flush() throws IOException {
        disk.flush();
      }

      @Override
      public void close() {
        arena.close();
      }
    };
  }
}
