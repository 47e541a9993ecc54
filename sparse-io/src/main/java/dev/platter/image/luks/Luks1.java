package dev.platter.image.luks;

import dev.platter.cipher.AntiForensic;
import dev.platter.cipher.CipherSpec;
import dev.platter.cipher.DiskCipher;
import dev.platter.cipher.Hash;
import dev.platter.cipher.KeyDerivation.Pbkdf2;
import dev.platter.cipher.Secret;
import dev.platter.image.Fault;
import dev.platter.storage.Storage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/** A header of version 1, checked. */
public final class Luks1 implements LuksHeader {
  /** How often keys are split; nobody makes others. */
  static final int STRIPES = 4000;

  private final Storage storage;
  private final long start;
  private final Fault fault;
  private final Luks1Header header;
  private final CipherSpec spec;
  private final Hash hash;

  private Luks1(
      Storage storage, long start, Fault fault, Luks1Header header, CipherSpec spec, Hash hash) {
    this.storage = storage;
    this.start = start;
    this.fault = fault;
    this.header = header;
    this.spec = spec;
    this.hash = hash;
  }

  static Luks1 read(Storage storage, long start, Fault fault) throws IOException {
    MemorySegment bytes = MemorySegment.ofArray(new byte[Luks1Header.LENGTH]);
    if (storage.read(start, bytes) < bytes.byteSize()) {
      throw fault.corrupt("the file ends within the LUKS header");
    }
    return of(storage, start, fault, Luks1Header.parse(bytes));
  }

  /** Checks what a header says. */
  static Luks1 of(Storage storage, long start, Fault fault, Luks1Header header) throws IOException {
    Luks1Header.CipherWords words = header.words();
    if (words.keyBytes() < 1 || words.keyBytes() > 128) {
      throw fault.corrupt("a LUKS key of " + words.keyBytes() + " bytes");
    }
    Hash hash =
        Hash.named(words.hash())
            .orElseThrow(() -> fault.unsupported("LUKS hash '" + words.hash() + "'"));
    CipherSpec spec = spec(words.cipher(), words.mode(), (int) words.keyBytes(), fault);
    Luks1 luks = new Luks1(storage, start, fault, header, spec, hash);
    luks.checkSlots();
    return luks;
  }

  /** The cipher that a header means. */
  static CipherSpec spec(String cipher, String mode, int keyBytes, Fault fault) throws IOException {
    try {
      return CipherSpec.parse(cipher, mode, keyBytes);
    } catch (NoSuchAlgorithmException e) {
      throw fault.unsupported("LUKS " + e.getMessage(), e);
    }
  }

  /** Stripes lie between the header and the encrypted bytes, and not one over another. */
  private void checkSlots() throws IOException {
    long length = storedLength(spec.keyBytes());
    long end = header.payloadOffset() == 0 ? Long.MAX_VALUE : header.payloadOffset();
    for (int i = 0; i < Luks1Header.SLOTS; i++) {
      Luks1Header.Slot slot = header.slots().get(i);
      String what = "Keyslot " + i;
      if (slot.active() && slot.stripes() != STRIPES) {
        throw fault
            .expected(Integer.toString(STRIPES))
            .actual(slot.stripes())
            .corrupt(what + " is corrupted (stripes):");
      }
      if (slot.offset() < Luks1Header.LENGTH) {
        throw fault.corrupt(what + " is overlapping with the LUKS header");
      }
      if (slot.offset() > end - length) {
        throw fault.corrupt(what + " is overlapping with the encrypted payload");
      }
      for (int j = 0; j < i; j++) {
        if (Math.abs(header.slots().get(j).offset() - slot.offset()) < length) {
          throw fault.corrupt("Keyslots " + j + " and " + i + " are overlapping in the header");
        }
      }
    }
  }

  Luks1Header header() {
    return header;
  }

  CipherSpec spec() {
    return spec;
  }

  Hash hash() {
    return hash;
  }

  @Override
  public int version() {
    return 1;
  }

  @Override
  public long payloadOffset() {
    return header.payloadOffset();
  }

  @Override
  public OptionalLong payloadLength() {
    return OptionalLong.empty();
  }

  @Override
  public int sectorSize() {
    return SECTOR;
  }

  @Override
  public long cipherOffset() {
    return 0;
  }

  @Override
  public DiskCipher unlock(Secret passphrase) throws IOException {
    return new DiskCipher(spec, key(passphrase), SECTOR);
  }

  /** The disk's key, for the caller to close. */
  Secret key(Secret passphrase) throws IOException {
    Work work = new Work(fault);
    for (Luks1Header.Slot slot : header.slots()) {
      if (slot.active()) {
        Secret key = keyIn(slot, passphrase, work);
        if (isRight(key, work)) {
          return key;
        }
        key.close();
      }
    }
    throw LuksHeader.wrongPassphrase();
  }

  /** Whether a slot takes a passphrase. */
  boolean takes(Luks1Header.Slot slot, Secret passphrase, Work work) throws IOException {
    try (Secret key = keyIn(slot, passphrase, work)) {
      return isRight(key, work);
    }
  }

  private Secret keyIn(Luks1Header.Slot slot, Secret passphrase, Work work) throws IOException {
    byte[] sectors = new byte[storedLength(spec.keyBytes())];
    MemorySegment segment = MemorySegment.ofArray(sectors);
    if (storage.read(start + slot.offset(), segment) < sectors.length) {
      throw fault.at(start + slot.offset()).corrupt("the file ends within a LUKS key slot");
    }
    Pbkdf2 derivation = new Pbkdf2(hash, slot.salt(), slot.iterations());
    try (DiskCipher area =
        new DiskCipher(spec, work.derive(derivation, passphrase, spec.keyBytes()), SECTOR)) {
      area.newSectorCipher().decrypt(0, segment);
    }
    byte[] stripes = Arrays.copyOf(sectors, spec.keyBytes() * STRIPES);
    Secret key = AntiForensic.merge(stripes, STRIPES, hash);
    Arrays.fill(stripes, (byte) 0);
    Arrays.fill(sectors, (byte) 0);
    return key;
  }

  /** How much of a file the stripes of a key take, bytes: they are encrypted in whole sectors. */
  static int storedLength(int keyBytes) {
    return Math.ceilDiv(keyBytes * STRIPES, SECTOR) * SECTOR;
  }

  private boolean isRight(Secret key, Work work) throws IOException {
    Luks1Header.Digest digest = header.digest();
    Pbkdf2 derivation = new Pbkdf2(hash, digest.salt(), digest.iterations());
    try (Secret expected = Secret.taking(digest.value().clone());
        Secret actual = work.derive(derivation, key, Luks1Header.DIGEST_BYTES)) {
      return actual.isSame(expected);
    }
  }

  @Override
  public Map<String, Object> describe() {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("ivgen-alg", spec.generator().luksName());
    spec.generatorHash().ifPresent(value -> map.put("ivgen-hash-alg", value.luksName()));
    map.put("detached-header", header.payloadOffset() == 0);
    map.put("hash-alg", header.words().hash());
    map.put("cipher-alg", spec.algorithm().luksName() + "-" + spec.cipherKeyBytes() * 8);
    map.put("uuid", header.uuid());
    map.put("cipher-mode", spec.mode().luksName());
    List<Map<String, Object>> slots = new ArrayList<>();
    for (Luks1Header.Slot slot : header.slots()) {
      slots.add(describe(slot));
    }
    map.put("slots", slots);
    map.put("payload-offset", header.payloadOffset());
    map.put("master-key-iters", header.digest().iterations());
    return map;
  }

  private static Map<String, Object> describe(Luks1Header.Slot slot) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("active", slot.active());
    if (slot.active()) {
      map.put("iters", slot.iterations());
    }
    map.put("key-offset", slot.offset());
    if (slot.active()) {
      map.put("stripes", slot.stripes());
    }
    return map;
  }

  @Override
  public List<String> remarks() {
    return List.of();
  }
}
