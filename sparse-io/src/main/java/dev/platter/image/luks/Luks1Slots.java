package dev.platter.image.luks;

import dev.platter.cipher.Secret;
import dev.platter.image.FormatOptions;
import dev.platter.storage.WritableStorage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;

/** The slots of a header of version 1, each of which has its place. */
final class Luks1Slots implements SlotTable {
  private final WritableStorage storage;
  private final long start;
  private final Luks1 luks;

  Luks1Slots(WritableStorage storage, long start, Luks1 luks) {
    this.storage = storage;
    this.start = start;
    this.luks = luks;
  }

  @Override
  public int most() {
    return Luks1Header.SLOTS;
  }

  @Override
  public List<Integer> active() {
    List<Integer> active = new ArrayList<>();
    for (int i = 0; i < Luks1Header.SLOTS; i++) {
      if (luks.header().slots().get(i).active()) {
        active.add(i);
      }
    }
    return active;
  }

  @Override
  public Secret key(Secret passphrase) throws IOException {
    return luks.key(passphrase);
  }

  @Override
  public boolean takes(int number, Secret passphrase, Work work) throws IOException {
    return luks.takes(luks.header().slots().get(number), passphrase, work);
  }

  @Override
  public void fill(int number, Secret key, Secret passphrase, FormatOptions options, String prefix)
      throws IOException {
    long millis = LuksOptions.millis(options, prefix);
    long iterations = NewLuks.iterations(luks.hash(), luks.spec().keyBytes(), millis);
    LuksOptions wish = new LuksOptions(luks.spec(), luks.hash(), millis);
    NewLuks.Filled filled = NewLuks.fill(luks.header(), number, wish, key, passphrase, iterations);
    storage.write(start + luks.header().slots().get(number).offset(), filled.stripes());
    storage.sync();
    write(filled.header());
  }

  @Override
  public void erase(List<Integer> numbers) throws IOException {
    Luks1Header without = luks.header();
    for (int number : numbers) {
      Luks1Header.Slot old = without.slots().get(number);
      byte[] salt = new byte[Luks1Header.SALT_BYTES];
      without =
          without.with(number, new Luks1Header.Slot(false, 0, salt, old.offset(), Luks1.STRIPES));
    }
    write(without);
    for (int number : numbers) {
      byte[] noise = new byte[Luks1.storedLength(luks.spec().keyBytes())];
      new SecureRandom().nextBytes(noise);
      storage.write(start + without.slots().get(number).offset(), MemorySegment.ofArray(noise));
    }
    storage.sync();
  }

  private void write(Luks1Header header) throws IOException {
    MemorySegment bytes = MemorySegment.ofArray(new byte[Luks1Header.LENGTH]);
    header.writeTo(bytes);
    storage.write(start, bytes);
    storage.sync();
  }
}
