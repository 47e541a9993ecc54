package dev.platter.remote;

import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.zip.CRC32C;

/**
 * A part of what is sent in order, in memory, outside the heap. Filled by one thread, then sent by
 * another.
 */
public final class Part implements AutoCloseable {
  private final int number;
  private final Arena arena;
  private final MemorySegment space;
  private int length;

  private Part(int number, Arena arena, MemorySegment space) {
    this.number = number;
    this.arena = arena;
    this.space = space;
  }

  /**
   * An empty one.
   *
   * @param number from 1
   * @param capacity how many bytes it can hold
   */
  public static Part begin(int number, int capacity) {
    Arena arena = Arena.ofShared();
    return new Part(number, arena, arena.allocate(capacity)); // memory that is new is zero
  }

  /** Its place among the parts, from 1. */
  public int number() {
    return number;
  }

  /** How many bytes it has. */
  public int length() {
    return length;
  }

  int room() {
    return (int) space.byteSize() - length;
  }

  /** Adds bytes, for which there must be room. */
  public void add(MemorySegment bytes) {
    MemorySegment.copy(bytes, 0, space, length, bytes.byteSize());
    length += (int) bytes.byteSize();
  }

  void addZeros(int count) {
    length += count;
  }

  /** Its CRC-32C as stores write it. */
  public String checksum() {
    CRC32C crc = new CRC32C();
    crc.update(space.asSlice(0, length).asByteBuffer());
    byte[] bytes = ByteBuffer.allocate(Integer.BYTES).putInt((int) crc.getValue()).array();
    return Base64.getEncoder().encodeToString(bytes);
  }

  /** Its MD5 as stores write it. */
  public String md5() {
    try {
      MessageDigest digest = MessageDigest.getInstance("MD5");
      digest.update(space.asSlice(0, length).asByteBuffer());
      return Base64.getEncoder().encodeToString(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e); // every Java has it
    }
  }

  /** Adds its bytes from one on to a digest. */
  public void addTo(MessageDigest digest) {
    digest.update(space.asSlice(0, length).asByteBuffer());
  }

  /** Its bytes from the beginning, as often as they are sent. */
  public InputStream stream() {
    return new Bytes();
  }

  @Override
  public void close() {
    arena.close();
  }

  private final class Bytes extends InputStream {
    private int at;
    private int marked;

    @Override
    public int read() {
      return at == length ? -1 : space.get(ValueLayout.JAVA_BYTE, at++) & 0xff;
    }

    @Override
    public int read(byte[] target, int offset, int count) {
      if (at == length) {
        return count == 0 ? 0 : -1;
      }
      int taken = Math.min(count, length - at);
      MemorySegment.copy(space, ValueLayout.JAVA_BYTE, at, target, offset, taken);
      at += taken;
      return taken;
    }

    @Override
    public int available() {
      return length - at;
    }

    @Override
    public boolean markSupported() {
      return true;
    }

    @Override
    public void mark(int limit) {
      marked = at;
    }

    @Override
    public void reset() {
      at = marked;
    }
  }
}
