package dev.platter.image.luks;

import dev.platter.cipher.Secret;
import dev.platter.image.Fault;
import dev.platter.image.FormatOptions;
import dev.platter.image.IllegalOptionException;
import dev.platter.image.OptionSpec;
import dev.platter.storage.WritableStorage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/**
 * The key slots of a header of version 1, to be filled and erased as qemu-img's options say. Each
 * change counts with the header: stripes are written before it says that they are there, and
 * overwritten once it does not say so any more.
 */
public final class KeySlots {
  private static final String STATE = "state";
  private static final String NEW_SECRET = "new-secret";
  private static final String OLD_SECRET = "old-secret";
  private static final String KEYSLOT = "keyslot";
  private static final String ITER_TIME = "iter-time";

  private final WritableStorage storage;
  private final long start;
  private final Fault fault;
  private final String prefix;
  private final boolean forced;
  private Luks1 luks;

  /**
   * @param start where in the storage the header lies, bytes
   * @param prefix before the name of each option
   * @param forced whether to do even what loses the disk
   */
  public KeySlots(WritableStorage storage, long start, Fault fault, String prefix, boolean forced) {
    this.storage = storage;
    this.start = start;
    this.fault = fault;
    this.prefix = prefix;
    this.forced = forced;
  }

  /** The options, as help lists them. */
  public static List<OptionSpec> specs(String prefix) {
    return List.of(
        new OptionSpec(
            prefix + STATE,
            OptionSpec.Type.STRING,
            "Select new state of affected keyslots (active/inactive)"),
        new OptionSpec(
            prefix + NEW_SECRET, OptionSpec.Type.STRING, "New secret to set in the keyslot"),
        new OptionSpec(
            prefix + OLD_SECRET,
            OptionSpec.Type.STRING,
            "Select all keyslots that match this password"),
        new OptionSpec(
            prefix + KEYSLOT, OptionSpec.Type.NUMBER, "Select a single keyslot to modify"),
        new OptionSpec(
            prefix + ITER_TIME,
            OptionSpec.Type.NUMBER,
            "Time to spend on a passphrase, in milliseconds (2000)"));
  }

  /**
   * Carries out what is set.
   *
   * @param opening where the passphrase comes from that opens the disk, if no old one is named
   */
  public void amend(FormatOptions options, PassphraseSource opening) throws IOException {
    if (!(LuksHeader.read(storage, start, fault) instanceof Luks1 first)) {
      throw fault.unsupported("key slots of LUKS version 2 are not changed");
    }
    luks = first;
    OptionalLong slot = slot(options);
    String state =
        options
            .string(prefix + STATE)
            .orElseThrow(() -> new IllegalOptionException("Parameter 'state' is missing"));
    switch (state) {
      case "active" -> add(options, slot, opening);
      case "inactive" -> erase(options, slot);
      default ->
          throw new IllegalOptionException(
              "Parameter 'state' does not accept value '" + state + "'");
    }
  }

  /** Where a passphrase comes from. */
  @FunctionalInterface
  public interface PassphraseSource {
    /** For the caller to close. */
    Secret get() throws IOException;
  }

  private OptionalLong slot(FormatOptions options) throws IllegalOptionException {
    OptionalLong slot = options.number(prefix + KEYSLOT);
    if (slot.isPresent() && (slot.getAsLong() < 0 || slot.getAsLong() >= Luks1Header.SLOTS)) {
      throw new IllegalOptionException(
          "Invalid slot " + slot.getAsLong() + " specified, must be between 0 and 7");
    }
    return slot;
  }

  private void add(FormatOptions options, OptionalLong slot, PassphraseSource opening)
      throws IOException {
    if (options.string(prefix + NEW_SECRET).isEmpty()) {
      throw new IllegalOptionException("'new-secret' is required to activate a keyslot");
    }
    long millis = LuksOptions.millis(options, prefix);
    int number = (int) slot.orElse(free());
    if (luks.header().slots().get(number).active() && !forced) {
      throw new IllegalOptionException(
          "Refusing to overwrite active keyslot " + number + " - please erase it first");
    }
    PassphraseSource old =
        options.string(prefix + OLD_SECRET).isPresent()
            ? () -> options.secret(prefix + OLD_SECRET, storage.name())
            : opening;
    NewLuks.Filled filled;
    try (Secret fresh = options.secret(prefix + NEW_SECRET, storage.name());
        Secret present = old.get();
        Secret key = luks.key(present)) {
      long iterations = NewLuks.iterations(luks.hash(), luks.spec().keyBytes(), millis);
      LuksOptions wish = new LuksOptions(luks.spec(), luks.hash(), millis);
      filled = NewLuks.fill(luks.header(), number, wish, key, fresh, iterations);
    }
    storage.write(start + luks.header().slots().get(number).offset(), filled.stripes());
    storage.sync();
    write(filled.header());
  }

  private long free() throws IllegalOptionException {
    List<Luks1Header.Slot> slots = luks.header().slots();
    for (int i = 0; i < slots.size(); i++) {
      if (!slots.get(i).active()) {
        return i;
      }
    }
    throw new IllegalOptionException("Can't add a keyslot - all keyslots are in use");
  }

  private void erase(FormatOptions options, OptionalLong slot) throws IOException {
    if (options.string(prefix + NEW_SECRET).isPresent()) {
      throw new IllegalOptionException("'new-secret' must not be given when erasing keyslots");
    }
    boolean byOld = options.string(prefix + OLD_SECRET).isPresent();
    if (!byOld && slot.isEmpty()) {
      throw new IllegalOptionException(
          "To erase keyslot(s), either explicit keyslot index or the password currently contained"
              + " in them must be given");
    }
    List<Integer> chosen = byOld ? matching(options, slot) : List.of((int) slot.getAsLong());
    long active = luks.header().slots().stream().filter(Luks1Header.Slot::active).count();
    if (!byOld && !luks.header().slots().get(chosen.getFirst()).active()) {
      if (!forced) {
        throw new IllegalOptionException(
            "Given keyslot " + chosen.getFirst() + " is already erased (inactive)");
      }
      active++; // none that is in use goes
    }
    if (chosen.size() >= active && !forced) {
      throw new IllegalOptionException(
          byOld
              ? "All the active keyslots match the (old) password that was given and erasing them"
                  + " will erase all the data in the image irreversibly - refusing operation"
              : "Attempt to erase the only active keyslot "
                  + chosen.getFirst()
                  + " which will erase all the data in the image irreversibly - refusing"
                  + " operation");
    }
    Luks1Header without = luks.header();
    for (int number : chosen) {
      Luks1Header.Slot old = without.slots().get(number);
      byte[] salt = new byte[Luks1Header.SALT_BYTES];
      without =
          without.with(number, new Luks1Header.Slot(false, 0, salt, old.offset(), Luks1.STRIPES));
    }
    write(without);
    for (int number : chosen) {
      overwrite(without.slots().get(number));
    }
    storage.sync();
  }

  private List<Integer> matching(FormatOptions options, OptionalLong slot) throws IOException {
    List<Integer> found = new ArrayList<>();
    Work work = new Work(fault);
    List<Luks1Header.Slot> slots = luks.header().slots();
    try (Secret old = options.secret(prefix + OLD_SECRET, storage.name())) {
      for (int i = 0; i < slots.size(); i++) {
        boolean wanted = slot.isEmpty() || slot.getAsLong() == i;
        if (wanted && slots.get(i).active() && luks.takes(slots.get(i), old, work)) {
          found.add(i);
        }
      }
    }
    if (found.isEmpty()) {
      throw new IllegalOptionException(
          slot.isPresent()
              ? "Given keyslot " + slot.getAsLong() + " doesn't contain the given (old) password"
              : "No keyslots match given (old) password for erase operation");
    }
    return found;
  }

  private void write(Luks1Header header) throws IOException {
    MemorySegment bytes = MemorySegment.ofArray(new byte[Luks1Header.LENGTH]);
    header.writeTo(bytes);
    storage.write(start, bytes);
    storage.sync();
  }

  /** What is left of a key that was split is of no use. */
  private void overwrite(Luks1Header.Slot slot) throws IOException {
    byte[] noise = new byte[luks.spec().keyBytes() * Luks1.STRIPES];
    new SecureRandom().nextBytes(noise);
    storage.write(start + slot.offset(), MemorySegment.ofArray(noise));
  }
}
