package dev.platter.image.luks;

import dev.platter.cipher.AntiForensic;
import dev.platter.cipher.CipherSpec;
import dev.platter.cipher.DiskCipher;
import dev.platter.cipher.Hash;
import dev.platter.cipher.KeyDerivation;
import dev.platter.cipher.Secret;
import dev.platter.image.Fault;
import dev.platter.storage.Storage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/** A header of version 2, checked. */
public final class Luks2 implements LuksHeader {
  private static final int MOST_KEY_BYTES = 128;
  private static final int MOST_STRIPES = 8192;

  private final Storage storage;
  private final long start;
  private final Fault fault;
  private final Luks2Head head;
  private final boolean whole;
  private final Segment segment;
  private final List<Slot> slots;
  private final List<Digest> digests;

  /** Where the encrypted bytes are, and how. */
  private record Segment(
      long offset, OptionalLong length, CipherSpecWords words, int sectorSize, long tweak) {}

  /** A cipher and the mode, as the header joins them. */
  private record CipherSpecWords(String cipher, String mode) {
    static CipherSpecWords of(String text) {
      int dash = text.indexOf('-');
      return dash < 0
          ? new CipherSpecWords(text, "ecb")
          : new CipherSpecWords(text.substring(0, dash), text.substring(dash + 1));
    }

    @Override
    public String toString() {
      return cipher + "-" + mode;
    }
  }

  /** One place for a passphrase. */
  private record Slot(
      int number, int keyBytes, Area area, int stripes, Hash hash, KeyDerivation derivation) {}

  /** Where a slot's stripes lie, and how they are encrypted. */
  private record Area(long offset, CipherSpec spec) {}

  /** What the key is known by. */
  private record Digest(String name, List<String> slots, byte[] value, KeyDerivation derivation) {}

  private Luks2(Storage storage, long start, Fault fault, Luks2Head head, boolean whole)
      throws IOException {
    this.storage = storage;
    this.start = start;
    this.fault = fault;
    this.head = head;
    this.whole = whole;
    JsonTree json = new JsonTree(head.json(), "", fault);
    refuseRequirements(json);
    JsonTree segments = json.object("segments");
    if (!segments.keys().equals(List.of("0"))) {
      throw fault.unsupported(
          "LUKS2 with the segments " + segments.keys() + ", of which one, 0, is supported");
    }
    this.segment = segment(segments.object("0"));
    this.slots = slots(json.object("keyslots"));
    this.digests = digests(json.object("digests"));
  }

  static Luks2 read(Storage storage, long start, Fault fault) throws IOException {
    Luks2Head head = Luks2Head.newest(storage, start, fault);
    boolean whole = false;
    Optional<Luks2Head> first = Luks2Head.read(storage, start, 0);
    if (first.isPresent()) {
      Optional<Luks2Head> second = Luks2Head.second(storage, start, first);
      whole = second.isPresent() && second.get().sequence() == first.get().sequence();
    }
    return new Luks2(storage, start, fault, head, whole);
  }

  private void refuseRequirements(JsonTree json) throws IOException {
    Optional<JsonTree> wanted = json.object("config").optionalObject("requirements");
    if (wanted.isPresent() && wanted.get().members().containsKey("mandatory")) {
      List<String> names = wanted.get().texts("mandatory");
      if (!names.isEmpty()) {
        throw fault.unsupported("LUKS2 that requires " + String.join(", ", names));
      }
    }
  }

  private Segment segment(JsonTree json) throws IOException {
    if (!json.text("type").equals("crypt") || json.members().containsKey("integrity")) {
      throw fault.unsupported(
          json.members().containsKey("integrity")
              ? "LUKS2 with integrity"
              : "LUKS2 segment of the type " + json.text("type"));
    }
    long sectorSize = json.number("sector_size");
    if (sectorSize < 512 || sectorSize > 4096 || Long.bitCount(sectorSize) != 1) {
      throw fault.actual(sectorSize).expected("512 to 4096").corrupt("LUKS2 sector size");
    }
    boolean open = json.text("size").equals("dynamic");
    long length = open ? 0 : json.number("size");
    long offset = json.number("offset");
    long tweak = json.number("iv_tweak");
    if (offset % SECTOR != 0 || offset > Long.MAX_VALUE / 4 || length % sectorSize != 0) {
      throw fault.corrupt("LUKS2 segment of " + length + " bytes at " + offset);
    }
    if (tweak > Long.MAX_VALUE / SECTOR / 4 || tweak * SECTOR % sectorSize != 0) {
      throw fault.unsupported("LUKS2 segment with the IV tweak " + tweak);
    }
    return new Segment(
        offset,
        open ? OptionalLong.empty() : OptionalLong.of(length),
        CipherSpecWords.of(json.text("encryption")),
        (int) sectorSize,
        tweak * SECTOR);
  }

  private List<Slot> slots(JsonTree json) throws IOException {
    List<Slot> found = new ArrayList<>();
    for (String key : json.keys()) {
      JsonTree slot = json.object(key);
      boolean ignored = slot.members().containsKey("priority") && slot.number("priority") == 0;
      if (slot.text("type").equals("luks2") && !ignored) {
        found.add(slot(number(key), slot));
      }
    }
    found.sort(Comparator.comparingInt(Slot::number));
    return found;
  }

  private int number(String key) throws IOException {
    try {
      return Integer.parseInt(key);
    } catch (NumberFormatException e) {
      throw fault.corrupt("LUKS2 keyslot named '" + key + "'");
    }
  }

  private Slot slot(int number, JsonTree json) throws IOException {
    JsonTree split = json.object("af");
    JsonTree area = json.object("area");
    int keyBytes = keyBytes(json.number("key_size"));
    long stripes = split.number("stripes");
    if (stripes < 1 || stripes > MOST_STRIPES) {
      throw fault.corrupt("LUKS2 keyslot " + number + " has " + stripes + " stripes");
    }
    CipherSpecWords words = CipherSpecWords.of(area.text("encryption"));
    int areaKey = keyBytes(area.number("key_size"));
    long offset = area.number("offset");
    long size = area.number("size");
    long needed = (long) keyBytes * stripes;
    if (offset < 2 * head.size() || offset > Long.MAX_VALUE / 4 || size < needed) {
      throw fault.corrupt("LUKS2 keyslot " + number + ": area of " + size + " at " + offset);
    }
    return new Slot(
        number,
        keyBytes,
        new Area(offset, Luks1.spec(words.cipher(), words.mode(), areaKey, fault)),
        (int) stripes,
        hash(split.text("hash")),
        derivation(json.object("kdf")));
  }

  private int keyBytes(long bytes) throws IOException {
    if (bytes < 1 || bytes > MOST_KEY_BYTES) {
      throw fault.corrupt("a LUKS2 key of " + bytes + " bytes");
    }
    return (int) bytes;
  }

  private Hash hash(String name) throws IOException {
    return Hash.named(name).orElseThrow(() -> fault.unsupported("LUKS hash '" + name + "'"));
  }

  private KeyDerivation derivation(JsonTree json) throws IOException {
    String type = json.text("type");
    return switch (type) {
      case "pbkdf2" -> pbkdf2(json);
      case "argon2i", "argon2id" ->
          new KeyDerivation.Argon2(
              type.equals("argon2id"),
              json.base64("salt"),
              json.number("time"),
              json.number("memory"),
              json.number("cpus"));
      default -> throw fault.unsupported("LUKS2 key derivation '" + type + "'");
    };
  }

  private KeyDerivation pbkdf2(JsonTree json) throws IOException {
    return new KeyDerivation.Pbkdf2(
        hash(json.text("hash")), json.base64("salt"), json.number("iterations"));
  }

  private List<Digest> digests(JsonTree json) throws IOException {
    List<Digest> found = new ArrayList<>();
    for (String key : json.keys()) {
      JsonTree digest = json.object(key);
      if (digest.texts("segments").contains("0")) {
        if (!digest.text("type").equals("pbkdf2")) {
          throw fault.unsupported("LUKS2 digest '" + digest.text("type") + "'");
        }
        byte[] value = digest.base64("digest");
        if (value.length < 16 || value.length > 64) {
          throw fault.corrupt("LUKS2 digest of " + value.length + " bytes");
        }
        found.add(new Digest(key, digest.texts("keyslots"), value, pbkdf2(digest)));
      }
    }
    return found;
  }

  @Override
  public int version() {
    return 2;
  }

  @Override
  public long payloadOffset() {
    return segment.offset();
  }

  @Override
  public OptionalLong payloadLength() {
    return segment.length();
  }

  @Override
  public int sectorSize() {
    return segment.sectorSize();
  }

  @Override
  public long cipherOffset() {
    return segment.tweak();
  }

  @Override
  public DiskCipher unlock(Secret passphrase) throws IOException {
    return cipher(unlocked(passphrase).key());
  }

  /**
   * What a passphrase gives.
   *
   * @param key for the caller to close
   * @param digest the name of the one by which it is known
   */
  record Unlocked(Secret key, String digest) {}

  Luks2Head head() {
    return head;
  }

  /** Tries all slots. */
  Unlocked unlocked(Secret passphrase) throws IOException {
    Work work = new Work(fault);
    for (Slot slot : slots) {
      Optional<Unlocked> found = unlocked(slot, passphrase, work);
      if (found.isPresent()) {
        return found.get();
      }
    }
    throw LuksHeader.wrongPassphrase();
  }

  /** Tries one slot; empty: it does not take the passphrase. */
  Optional<Unlocked> unlocked(int number, Secret passphrase, Work work) throws IOException {
    for (Slot slot : slots) {
      if (slot.number() == number) {
        return unlocked(slot, passphrase, work);
      }
    }
    return Optional.empty();
  }

  private Optional<Unlocked> unlocked(Slot slot, Secret passphrase, Work work) throws IOException {
    for (Digest digest : digests) {
      if (digest.slots().contains(Integer.toString(slot.number()))) {
        Secret key = keyIn(slot, passphrase, work);
        if (isRight(key, digest, work)) {
          return Optional.of(new Unlocked(key, digest.name()));
        }
        key.close();
      }
    }
    return Optional.empty();
  }

  /** The name of the digest by which the disk's key is known. */
  String digestOf(Secret key) throws IOException {
    Work work = new Work(fault);
    for (Digest digest : digests) {
      if (isRight(key, digest, work)) {
        return digest.name();
      }
    }
    throw fault.corrupt("no LUKS2 digest knows the key");
  }

  private DiskCipher cipher(Secret key) throws IOException {
    CipherSpecWords words = segment.words();
    try {
      return new DiskCipher(
          Luks1.spec(words.cipher(), words.mode(), key.length(), fault), key, segment.sectorSize());
    } catch (Throwable e) {
      key.close();
      throw e;
    }
  }

  private Secret keyIn(Slot slot, Secret passphrase, Work work) throws IOException {
    int length = slot.keyBytes() * slot.stripes();
    // The area is encrypted in whole sectors.
    byte[] sectors = new byte[Math.ceilDiv(length, SECTOR) * SECTOR];
    MemorySegment bytes = MemorySegment.ofArray(sectors);
    if (storage.read(start + slot.area().offset(), bytes) < length) {
      throw fault.at(start + slot.area().offset()).corrupt("the file ends within a LUKS2 key slot");
    }
    CipherSpec spec = slot.area().spec();
    try (DiskCipher area =
        new DiskCipher(spec, work.derive(slot.derivation(), passphrase, spec.keyBytes()), SECTOR)) {
      area.newSectorCipher().decrypt(0, bytes);
    }
    byte[] stripes = Arrays.copyOf(sectors, length);
    Secret key = AntiForensic.merge(stripes, slot.stripes(), slot.hash());
    Arrays.fill(stripes, (byte) 0);
    Arrays.fill(sectors, (byte) 0);
    return key;
  }

  private boolean isRight(Secret key, Digest digest, Work work) throws IOException {
    try (Secret expected = Secret.taking(digest.value().clone());
        Secret actual = work.derive(digest.derivation(), key, expected.length())) {
      return actual.isSame(expected);
    }
  }

  @Override
  public Map<String, Object> describe() {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("version", 2L);
    map.put("cipher", segment.words().toString());
    map.put("sector-size", (long) segment.sectorSize());
    map.put("uuid", head.uuid());
    if (!head.label().isEmpty()) {
      map.put("label", head.label());
    }
    List<Map<String, Object>> told = new ArrayList<>();
    for (Slot slot : slots) {
      told.add(describe(slot));
    }
    map.put("slots", told);
    map.put("payload-offset", segment.offset());
    return map;
  }

  private static Map<String, Object> describe(Slot slot) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("number", (long) slot.number());
    switch (slot.derivation()) {
      case KeyDerivation.Pbkdf2 pbkdf2 -> {
        map.put("kdf", "pbkdf2");
        map.put("hash", pbkdf2.hash().luksName());
        map.put("iters", pbkdf2.iterations());
      }
      case KeyDerivation.Argon2 argon2 -> {
        map.put("kdf", argon2.mixed() ? "argon2id" : "argon2i");
        map.put("time", argon2.passes());
        map.put("memory", argon2.memoryKib());
        map.put("cpus", argon2.lanes());
      }
    }
    map.put("key-offset", slot.area().offset());
    map.put("stripes", (long) slot.stripes());
    return map;
  }

  @Override
  public List<String> remarks() {
    return whole ? List.of() : List.of("one of the two copies of its LUKS2 header is damaged");
  }
}
