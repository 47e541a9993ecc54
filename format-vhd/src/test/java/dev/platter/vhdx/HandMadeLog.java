package dev.platter.vhdx;

import dev.platter.storage.MemoryStorage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;

/** One log entry, built from [MS-VHDX] 2.3.1 and written into the ring at any sector. */
final class HandMadeLog {
  long sequence;
  long tail;
  long flushed;
  long last;
  UUID id = HandMadeVhdx.LOG_ID;
  private final List<ByteBuffer> descriptors = new ArrayList<>();
  private final List<byte[]> sectors = new ArrayList<>();

  HandMadeLog(long sequence, long tail, MemoryStorage file) throws IOException {
    this.sequence = sequence;
    this.tail = tail;
    this.flushed = file.size();
    this.last = file.size();
  }

  HandMadeLog data(long offset, byte[] sector) {
    ByteBuffer content = HandMadeVhdx.little(4096).put(sector);
    ByteBuffer descriptor = HandMadeVhdx.little(32);
    descriptor.put("desc".getBytes(StandardCharsets.US_ASCII));
    descriptor.putInt(content.getInt(4092)).putLong(content.getLong(0));
    descriptor.putLong(offset).putLong(sequence);
    descriptors.add(descriptor);
    content.put(0, "data".getBytes(StandardCharsets.US_ASCII));
    content.putInt(4, (int) (sequence >>> 32)).putInt(4092, (int) sequence);
    sectors.add(content.array());
    return this;
  }

  HandMadeLog zero(long offset, long length) {
    ByteBuffer descriptor = HandMadeVhdx.little(32);
    descriptor.put("zero".getBytes(StandardCharsets.US_ASCII)).putInt(0).putLong(length);
    descriptor.putLong(offset).putLong(sequence);
    descriptors.add(descriptor);
    return this;
  }

  byte[] bytes() {
    int front = (64 + 32 * descriptors.size() + 4095) / 4096 * 4096;
    ByteBuffer entry = HandMadeVhdx.little(front + 4096 * sectors.size());
    entry.put("loge".getBytes(StandardCharsets.US_ASCII)).putInt(0).putInt(entry.capacity());
    entry.putInt((int) tail).putLong(sequence).putInt(descriptors.size()).putInt(0);
    entry.put(HandMadeVhdx.guid(id)).putLong(flushed).putLong(last);
    for (ByteBuffer descriptor : descriptors) {
      entry.put(descriptor.array());
    }
    entry.position(front);
    sectors.forEach(entry::put);
    return HandMadeVhdx.sealed(entry.array());
  }

  /** Writes the entry at {@code position} of the log and answers where the next one goes. */
  long writeTo(MemoryStorage file, long position) throws IOException {
    return write(file, position, bytes());
  }

  static long write(MemoryStorage file, long position, byte[] entry) throws IOException {
    long at = position;
    for (int done = 0; done < entry.length; done += 4096) {
      file.write(
          HandMadeVhdx.LOG + at,
          MemorySegment.ofArray(Arrays.copyOfRange(entry, done, done + 4096)));
      at = (at + 4096) % HandMadeVhdx.MIB;
    }
    return at;
  }
}
