package dev.platter.image.luks;

import dev.platter.cipher.KeyDerivation;
import dev.platter.cipher.Secret;
import dev.platter.image.Fault;
import dev.platter.image.FormatOptions;
import dev.platter.image.IllegalOptionException;
import dev.platter.storage.WritableStorage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The slots of a header of version 2, which get places in the area that it sets aside for them. */
final class Luks2Slots implements SlotTable {
  /** As many as other programs look at. */
  private static final int MOST = 32;

  private final Luks2Change change;
  private final WritableStorage storage;
  private final long start;
  private final Fault fault;
  private final Luks2 luks;

  Luks2Slots(WritableStorage storage, long start, Fault fault, Luks2 luks) {
    this.storage = storage;
    this.start = start;
    this.fault = fault;
    this.luks = luks;
    this.change = new Luks2Change(storage, start, fault, luks.head());
  }

  @Override
  public int most() {
    return MOST;
  }

  @Override
  public List<Integer> active() throws IOException {
    List<Integer> active = new ArrayList<>();
    for (int i = 0; i < MOST; i++) {
      if (change.object("keyslots").containsKey(Integer.toString(i))) {
        active.add(i);
      }
    }
    return active;
  }

  @Override
  public Secret key(Secret passphrase) throws IOException {
    return luks.unlocked(passphrase).key();
  }

  @Override
  public boolean takes(int number, Secret passphrase, Work work) throws IOException {
    Optional<Luks2.Unlocked> unlocked = luks.unlocked(number, passphrase, work);
    unlocked.ifPresent(found -> found.key().close());
    return unlocked.isPresent();
  }

  @Override
  public void fill(int number, Secret key, Secret passphrase, FormatOptions options, String prefix)
      throws IOException {
    KeyDerivation derivation = NewDerivation.of(options, prefix).choose();
    Optional<Area> old = area(number);
    long offset = change.place(Luks2Slot.areaLength(key.length()));
    Luks2Slot slot = Luks2Slot.fill(offset, key, passphrase, derivation);
    storage.write(start + offset, slot.stripes());
    storage.sync();
    change.putSlot(number, slot.json(), luks.digestOf(key));
    change.write();
    if (old.isPresent()) {
      overwrite(old.get());
      storage.sync();
    }
  }

  @Override
  public void erase(List<Integer> numbers) throws IOException {
    List<Area> areas = new ArrayList<>();
    for (int number : numbers) {
      area(number).ifPresent(areas::add);
      change.removeSlot(number);
    }
    change.write();
    for (Area area : areas) {
      overwrite(area);
    }
    storage.sync();
  }

  /** Where a slot lies. */
  private record Area(long offset, long length) {}

  private Optional<Area> area(int number) throws IOException {
    if (!(change.object("keyslots").get(Integer.toString(number)) instanceof Map<?, ?> slot)) {
      return Optional.empty();
    }
    JsonTree area = new JsonTree(slot, "keyslots." + number + ".", fault).object("area");
    Area found = new Area(area.number("offset"), area.number("size"));
    if (!change.isInSlots(found.offset(), found.length())) {
      throw new IllegalOptionException(
          "Keyslot " + number + " lies where the header sets no room aside for it");
    }
    return Optional.of(found);
  }

  /** What is left of a key that was split is of no use. */
  private void overwrite(Area area) throws IOException {
    byte[] noise = new byte[64 << 10];
    for (long at = 0; at < area.length(); at += noise.length) {
      new SecureRandom().nextBytes(noise);
      long count = Math.min(noise.length, area.length() - at);
      storage.write(start + area.offset() + at, MemorySegment.ofArray(noise).asSlice(0, count));
    }
  }
}
