package dev.platter.image.luks;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * The header of version 1 as it is stored ("LUKS1 On-Disk Format Specification" 1.2.3, figure 1).
 *
 * @param words how the disk is encrypted, as the header says it
 * @param payloadOffset where the encrypted bytes begin, bytes; 0: in another file
 * @param digest tells the right key
 * @param slots the eight of them
 */
record Luks1Header(
    CipherWords words, long payloadOffset, Digest digest, String uuid, List<Slot> slots) {
  static final int LENGTH = 592;
  static final int SLOTS = 8;
  static final int SALT_BYTES = 32;
  static final int DIGEST_BYTES = 20;

  private static final int VERSION = 1;
  private static final int CIPHER_NAME = 8;
  private static final int CIPHER_MODE = 40;
  private static final int HASH_SPEC = 72;
  private static final int NAME_BYTES = 32;
  private static final int PAYLOAD_OFFSET = 104;
  private static final int KEY_BYTES = 108;
  private static final int MK_DIGEST = 112;
  private static final int MK_DIGEST_SALT = 132;
  private static final int MK_DIGEST_ITER = 164;
  private static final int UUID = 168;
  private static final int UUID_BYTES = 40;
  private static final int KEY_SLOTS = 208;

  Luks1Header {
    slots = List.copyOf(slots);
  }

  /** How the disk is encrypted: the cipher, its mode, the hash of the header, the key's length. */
  record CipherWords(String cipher, String mode, String hash, long keyBytes) {}

  /** What the key is known by: PBKDF2 of it. */
  record Digest(byte[] value, byte[] salt, long iterations) {}

  /**
   * One place for a passphrase.
   *
   * @param offset where its stripes lie, bytes
   */
  record Slot(boolean active, long iterations, byte[] salt, long offset, long stripes) {
    static final int LENGTH = 48;
    private static final int ENABLED = 0x00ac_71f3;
    private static final int DISABLED = 0x0000_dead;
    private static final int ITERATIONS = 4;
    private static final int SALT = 8;
    private static final int KEY_MATERIAL_OFFSET = 40;
    private static final int STRIPES = 44;

    static Slot parse(MemorySegment bytes) {
      return new Slot(
          bytes.get(Words.INT, 0) == ENABLED,
          Words.number(bytes, ITERATIONS),
          Words.bytes(bytes, SALT, SALT_BYTES),
          Words.number(bytes, KEY_MATERIAL_OFFSET) * LuksHeader.SECTOR,
          Words.number(bytes, STRIPES));
    }

    void writeTo(MemorySegment bytes) {
      bytes.set(Words.INT, 0, active ? ENABLED : DISABLED);
      bytes.set(Words.INT, ITERATIONS, (int) iterations);
      Words.put(bytes, SALT, salt);
      bytes.set(Words.INT, KEY_MATERIAL_OFFSET, (int) (offset / LuksHeader.SECTOR));
      bytes.set(Words.INT, STRIPES, (int) stripes);
    }
  }

  static Luks1Header parse(MemorySegment bytes) {
    List<Slot> slots = new ArrayList<>();
    for (int i = 0; i < SLOTS; i++) {
      slots.add(Slot.parse(bytes.asSlice(KEY_SLOTS + (long) i * Slot.LENGTH, Slot.LENGTH)));
    }
    return new Luks1Header(
        new CipherWords(
            Words.text(bytes, CIPHER_NAME, NAME_BYTES),
            Words.text(bytes, CIPHER_MODE, NAME_BYTES),
            Words.text(bytes, HASH_SPEC, NAME_BYTES),
            Words.number(bytes, KEY_BYTES)),
        Words.number(bytes, PAYLOAD_OFFSET) * LuksHeader.SECTOR,
        new Digest(
            Words.bytes(bytes, MK_DIGEST, DIGEST_BYTES),
            Words.bytes(bytes, MK_DIGEST_SALT, SALT_BYTES),
            Words.number(bytes, MK_DIGEST_ITER)),
        Words.text(bytes, UUID, UUID_BYTES),
        slots);
  }

  /** The same with another slot. */
  Luks1Header with(int number, Slot slot) {
    List<Slot> changed = new ArrayList<>(slots);
    changed.set(number, slot);
    return new Luks1Header(words, payloadOffset, digest, uuid, changed);
  }

  void writeTo(MemorySegment bytes) {
    for (int i = 0; i < LuksHeader.MAGIC.length(); i++) {
      bytes.set(java.lang.foreign.ValueLayout.JAVA_BYTE, i, (byte) LuksHeader.MAGIC.charAt(i));
    }
    bytes.set(Words.SHORT, 6, (short) VERSION);
    Words.put(bytes, CIPHER_NAME, NAME_BYTES, words.cipher());
    Words.put(bytes, CIPHER_MODE, NAME_BYTES, words.mode());
    Words.put(bytes, HASH_SPEC, NAME_BYTES, words.hash());
    bytes.set(Words.INT, PAYLOAD_OFFSET, (int) (payloadOffset / LuksHeader.SECTOR));
    bytes.set(Words.INT, KEY_BYTES, (int) words.keyBytes());
    Words.put(bytes, MK_DIGEST, digest.value());
    Words.put(bytes, MK_DIGEST_SALT, digest.salt());
    bytes.set(Words.INT, MK_DIGEST_ITER, (int) digest.iterations());
    Words.put(bytes, UUID, UUID_BYTES, uuid);
    for (int i = 0; i < SLOTS; i++) {
      slots.get(i).writeTo(bytes.asSlice(KEY_SLOTS + (long) i * Slot.LENGTH, Slot.LENGTH));
    }
  }
}
