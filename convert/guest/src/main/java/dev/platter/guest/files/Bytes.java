package dev.platter.guest.files;

import dev.platter.image.CorruptImageException;
import dev.platter.image.Fault;
import dev.platter.image.UnsupportedFeatureException;
import dev.platter.storage.FileNames;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Bytes of one on-disk structure. What lies outside of them is an {@link CorruptImageException}, so
 * that lengths and offsets from the disk may be used as they are. Numbers are little-endian unless
 * {@link #big} was asked.
 */
public final class Bytes {
  private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED;
  private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;
  private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED;

  private final String name;
  private final long place;
  private final MemorySegment segment;
  private final ByteOrder order;

  private Bytes(String name, long place, MemorySegment segment, ByteOrder order) {
    this.name = name;
    this.place = place;
    this.segment = segment;
    this.order = order;
  }

  /**
   * @param name what they are part of, for messages
   * @param place where they lie in it
   * @param bytes not copied
   */
  public static Bytes of(String name, long place, byte[] bytes) {
    return new Bytes(name, place, MemorySegment.ofArray(bytes), ByteOrder.LITTLE_ENDIAN);
  }

  /** Other bytes in the place of these. */
  public Bytes with(byte[] bytes) {
    return new Bytes(name, place, MemorySegment.ofArray(bytes), order);
  }

  /** The same bytes, whose numbers are big-endian. */
  public Bytes big() {
    return new Bytes(name, place, segment, ByteOrder.BIG_ENDIAN);
  }

  public int length() {
    return (int) segment.byteSize();
  }

  private void check(long at, long count) throws CorruptImageException {
    if (at < 0 || count < 0 || at > length() - count) {
      throw wrong(count + " bytes at " + at + " of a structure that has " + length() + " of them");
    }
  }

  /** An error at these bytes. */
  public CorruptImageException wrong(String what) {
    return Fault.on(name).at(place).corrupt(placed(what));
  }

  /** The same, found by what failed. */
  public CorruptImageException wrong(String what, Throwable cause) {
    return Fault.on(name).at(place).corrupt(placed(what), cause);
  }

  /** What these bytes ask for is not handled. */
  public UnsupportedFeatureException unsupported(String what) {
    return Fault.on(name).at(place).unsupported(placed(what));
  }

  private String placed(String what) {
    return "at 0x" + Long.toHexString(place) + ": " + what;
  }

  /** Ends in an error unless the condition holds. */
  public void require(boolean condition, String what) throws CorruptImageException {
    if (!condition) {
      throw wrong(what);
    }
  }

  public int u8(long at) throws CorruptImageException {
    check(at, 1);
    return segment.get(ValueLayout.JAVA_BYTE, at) & 0xFF;
  }

  public int u16(long at) throws CorruptImageException {
    check(at, Short.BYTES);
    return segment.get(SHORT.withOrder(order), at) & 0xFFFF;
  }

  public int i32(long at) throws CorruptImageException {
    check(at, Integer.BYTES);
    return segment.get(INT.withOrder(order), at);
  }

  public long u32(long at) throws CorruptImageException {
    return Integer.toUnsignedLong(i32(at));
  }

  /** All 64 bits; negative where the first of them is set. */
  public long i64(long at) throws CorruptImageException {
    check(at, Long.BYTES);
    return segment.get(LONG.withOrder(order), at);
  }

  /** A size or an offset of 64 bits, of which the first is not set. */
  public long u63(long at) throws CorruptImageException {
    long value = i64(at);
    if (value < 0) {
      throw wrong("0x" + Long.toHexString(value) + " at " + at + " is no size or offset");
    }
    return value;
  }

  /** A part of them, with the same order of bytes. */
  public Bytes slice(long at, long count) throws CorruptImageException {
    check(at, count);
    return new Bytes(name, place + at, segment.asSlice(at, count), order);
  }

  /** All from {@code at} on. */
  public Bytes from(long at) throws CorruptImageException {
    check(at, 0);
    return slice(at, length() - at);
  }

  /** A copy of a part of them. */
  public byte[] array(long at, long count) throws CorruptImageException {
    check(at, count);
    return segment.asSlice(at, count).toArray(ValueLayout.JAVA_BYTE);
  }

  public byte[] array() throws CorruptImageException {
    return array(0, length());
  }

  /** Whether these characters lie there, and not outside. */
  public boolean has(long at, String magic) throws CorruptImageException {
    byte[] wanted = magic.getBytes(StandardCharsets.ISO_8859_1);
    return at >= 0
        && at <= length() - wanted.length
        && Arrays.equals(wanted, array(at, wanted.length));
  }

  /** Text up to the first NUL, without the spaces around it, safe to show. */
  public String text(long at, long count, Charset charset) throws CorruptImageException {
    return Text.clean(new String(array(at, count), charset));
  }

  /** UTF-8 text as {@link #text(long, long, Charset)} has it. */
  public String text(long at, long count) throws CorruptImageException {
    return text(at, count, StandardCharsets.UTF_8);
  }

  /** A name exactly as it is stored: {@link FileNames} has the bytes that are no characters. */
  public String name(long at, long count) throws CorruptImageException {
    return FileNames.text(array(at, count));
  }

  /** A UUID of which the bytes are in the order of its text; empty: all zero. */
  public String uuid(long at) throws CorruptImageException {
    return Text.uuid(array(at, 16));
  }

  /** A GUID as UEFI and Windows store it: the first three fields little-endian. */
  public String guid(long at) throws CorruptImageException {
    byte[] b = array(at, 16);
    byte[] ordered = {
      b[3], b[2], b[1], b[0], b[5], b[4], b[7], b[6], b[8], b[9], b[10], b[11], b[12], b[13], b[14],
      b[15]
    };
    return Text.uuid(ordered);
  }
}
