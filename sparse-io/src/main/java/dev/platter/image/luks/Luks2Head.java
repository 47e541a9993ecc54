package dev.platter.image.luks;

import dev.platter.image.Fault;
import dev.platter.image.IllegalOptionException;
import dev.platter.image.name.JsonParser;
import dev.platter.storage.Storage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;

/**
 * One of the two copies of a header of version 2: a binary part and the area of its JSON ("LUKS2
 * On-Disk Format Specification" 1.1.1, sections 2.1 and 3).
 *
 * @param size of both parts, bytes
 * @param sequence the higher one is the newer
 * @param bytes both parts as they are stored
 */
record Luks2Head(
    long size, long sequence, String label, String uuid, byte[] bytes, Map<?, ?> json) {
  static final int BINARY = 4096;
  static final long SMALLEST = 16 << 10;
  static final long LARGEST = 4 << 20;
  static final String SECOND_MAGIC = "SKUL\u00ba\u00be";

  static final int HDR_SIZE = 8;
  static final int SEQID = 16;
  static final int LABEL = 24;
  static final int NAME_BYTES = 48;
  static final int CSUM_ALG = 72;
  static final int CSUM_ALG_BYTES = 32;
  static final int SALT = 104;
  static final int SALT_BYTES = 64;
  static final int UUID = 168;
  static final int UUID_BYTES = 40;
  static final int HDR_OFFSET = 256;
  static final int CSUM = 448;
  static final int CSUM_BYTES = 64;
  private static final int VERSION = 2;

  /**
   * Reads the copy at {@code offset} from the header's start; empty: there is no sound one.
   *
   * @throws IOException if it cannot be read
   */
  static Optional<Luks2Head> read(Storage storage, long start, long offset) throws IOException {
    MemorySegment binary = MemorySegment.ofArray(new byte[BINARY]);
    String magic = offset == 0 ? LuksHeader.MAGIC : SECOND_MAGIC;
    if (storage.read(start + offset, binary) < BINARY
        || !Words.hasMagic(binary, magic)
        || binary.get(Words.SHORT, LuksHeader.MAGIC.length()) != VERSION) {
      return Optional.empty();
    }
    long size = binary.get(Words.LONG, HDR_SIZE);
    boolean usual = size >= SMALLEST && size <= LARGEST && Long.bitCount(size) == 1;
    if (!usual || binary.get(Words.LONG, HDR_OFFSET) != offset || offset != 0 && offset != size) {
      return Optional.empty();
    }
    byte[] bytes = new byte[(int) size];
    if (storage.read(start + offset, MemorySegment.ofArray(bytes)) < size || !isSound(bytes)) {
      return Optional.empty();
    }
    try {
      return Optional.of(
          new Luks2Head(
              size,
              binary.get(Words.LONG, SEQID),
              Words.text(binary, LABEL, NAME_BYTES),
              Words.text(binary, UUID, UUID_BYTES),
              bytes,
              JsonParser.parseObject(json(bytes))));
    } catch (IllegalOptionException e) {
      return Optional.empty();
    }
  }

  /** Where this copy was, from the header's start. */
  long offset() {
    return MemorySegment.ofArray(bytes).get(Words.LONG, HDR_OFFSET);
  }

  private static String json(byte[] bytes) {
    int end = BINARY;
    while (end < bytes.length && bytes[end] != 0) {
      end++;
    }
    return new String(bytes, BINARY, end - BINARY, StandardCharsets.UTF_8);
  }

  private static boolean isSound(byte[] bytes) {
    MemorySegment segment = MemorySegment.ofArray(bytes);
    String algorithm = Words.text(segment, CSUM_ALG, CSUM_ALG_BYTES);
    Optional<byte[]> sum = checksum(algorithm, bytes);
    return sum.isPresent()
        && Arrays.equals(sum.get(), 0, sum.get().length, bytes, CSUM, CSUM + sum.get().length);
  }

  /** The sum over all bytes, its own place being zeros. */
  static Optional<byte[]> checksum(String algorithm, byte[] bytes) {
    String name =
        switch (algorithm) {
          case "sha256" -> "SHA-256";
          case "sha512" -> "SHA-512";
          case "sha1" -> "SHA-1";
          default -> null;
        };
    if (name == null) {
      return Optional.empty();
    }
    try {
      MessageDigest digest = MessageDigest.getInstance(name);
      digest.update(bytes, 0, CSUM);
      digest.update(new byte[CSUM_BYTES]);
      digest.update(bytes, CSUM + CSUM_BYTES, bytes.length - CSUM - CSUM_BYTES);
      return Optional.of(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  /**
   * A copy with other metadata, as it is to be stored, and newer.
   *
   * @param offset of the copy from the header's start
   */
  byte[] changed(long offset, String text, Fault fault) throws IOException {
    byte[] json = text.getBytes(StandardCharsets.UTF_8);
    if (json.length >= size - BINARY) {
      throw fault.unsupported(
          "LUKS2 metadata of " + json.length + " bytes, for which the header has no room");
    }
    return stored(bytes.clone(), offset, sequence + 1, json);
  }

  /** A copy of a new header. */
  static byte[] made(int size, long offset, String uuid, String text) {
    byte[] bytes = new byte[size];
    MemorySegment segment = MemorySegment.ofArray(bytes);
    segment.set(Words.SHORT, LuksHeader.MAGIC.length(), (short) VERSION);
    segment.set(Words.LONG, HDR_SIZE, size);
    Words.put(segment, CSUM_ALG, CSUM_ALG_BYTES, "sha256");
    Words.put(segment, UUID, UUID_BYTES, uuid);
    return stored(bytes, offset, 1, text.getBytes(StandardCharsets.UTF_8));
  }

  private static byte[] stored(byte[] bytes, long offset, long sequence, byte[] json) {
    MemorySegment segment = MemorySegment.ofArray(bytes);
    Words.put(
        segment,
        0,
        (offset == 0 ? LuksHeader.MAGIC : SECOND_MAGIC).getBytes(StandardCharsets.ISO_8859_1));
    segment.set(Words.LONG, SEQID, sequence);
    segment.set(Words.LONG, HDR_OFFSET, offset);
    byte[] salt = new byte[SALT_BYTES];
    new SecureRandom().nextBytes(salt);
    Words.put(segment, SALT, salt);
    segment.asSlice(BINARY).fill((byte) 0);
    Words.put(segment, BINARY, json);
    segment.asSlice(CSUM, CSUM_BYTES).fill((byte) 0);
    String algorithm = Words.text(segment, CSUM_ALG, CSUM_ALG_BYTES);
    Words.put(segment, CSUM, checksum(algorithm, bytes).orElseThrow());
    return bytes;
  }

  /** The newer one of the two copies that are sound. */
  static Luks2Head newest(Storage storage, long start, Fault fault) throws IOException {
    Optional<Luks2Head> first = read(storage, start, 0);
    Optional<Luks2Head> second = second(storage, start, first);
    if (first.isEmpty() && second.isEmpty()) {
      throw fault.at(start).corrupt("neither copy of the LUKS2 header is sound");
    }
    if (first.isEmpty() || second.isEmpty()) {
      return first.orElseGet(second::get);
    }
    boolean newer = Long.compareUnsigned(second.get().sequence, first.get().sequence) > 0;
    return newer ? second.get() : first.get();
  }

  /** Behind the first one, or where it can be, should that not tell. */
  static Optional<Luks2Head> second(Storage storage, long start, Optional<Luks2Head> first)
      throws IOException {
    if (first.isPresent()) {
      return read(storage, start, first.get().size);
    }
    for (long offset = SMALLEST; offset <= LARGEST; offset *= 2) {
      Optional<Luks2Head> second = read(storage, start, offset);
      if (second.isPresent()) {
        return second;
      }
    }
    return Optional.empty();
  }
}
