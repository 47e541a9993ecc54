package dev.platter.vhd.blocks;

import dev.platter.storage.WritableStorage;
import dev.platter.storage.ZeroScan;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Looks at and moves bytes within one file, however many, with little memory. */
public record FileBytes(WritableStorage storage) {
  private static final int BUFFER = 1 << 20;
  private static final int ALIGNMENT = 4096;

  /** Copies bytes to where they do not overlap; what the file does not have is zero. */
  public void copy(long from, long to, long length) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment buffer = arena.allocate(Math.min(BUFFER, length), ALIGNMENT);
      for (long done = 0; done < length; done += buffer.byteSize()) {
        MemorySegment part = buffer.asSlice(0, Math.min(buffer.byteSize(), length - done));
        part.asSlice(storage.read(from + done, part)).fill((byte) 0);
        storage.write(to + done, part);
      }
    }
  }

  /** Whether the file holds only zeros there; what it does not have is zero. */
  public boolean isZero(long from, long end) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment buffer = arena.allocate(Math.min(BUFFER, end - from), ALIGNMENT);
      for (long at = from; at < end; at += buffer.byteSize()) {
        MemorySegment part = buffer.asSlice(0, Math.min(buffer.byteSize(), end - at));
        if (!ZeroScan.isZero(part.asSlice(0, storage.read(at, part)))) {
          return false;
        }
      }
      return true;
    }
  }
}
