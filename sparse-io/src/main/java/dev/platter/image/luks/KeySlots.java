package dev.platter.image.luks;

import dev.platter.cipher.Secret;
import dev.platter.image.Fault;
import dev.platter.image.FormatOptions;
import dev.platter.image.IllegalOptionException;
import dev.platter.image.OptionSpec;
import dev.platter.storage.WritableStorage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/** The key slots of a header, to be filled and erased as qemu-img's options say. */
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
  private SlotTable table;

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

  /** Those that only version 2 has, as help lists them. */
  public static List<OptionSpec> specsOf2(String prefix) {
    return NewDerivation.specs(prefix);
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
    table =
        switch (LuksHeader.read(storage, start, fault)) {
          case Luks1 luks -> new Luks1Slots(storage, start, luks);
          case Luks2 luks -> new Luks2Slots(storage, start, fault, luks);
        };
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
    if (slot.isPresent() && (slot.getAsLong() < 0 || slot.getAsLong() >= table.most())) {
      throw new IllegalOptionException(
          "Invalid slot "
              + slot.getAsLong()
              + " specified, must be between 0 and "
              + (table.most() - 1));
    }
    return slot;
  }

  private void add(FormatOptions options, OptionalLong slot, PassphraseSource opening)
      throws IOException {
    if (options.string(prefix + NEW_SECRET).isEmpty()) {
      throw new IllegalOptionException("'new-secret' is required to activate a keyslot");
    }
    int number = slot.isPresent() ? (int) slot.getAsLong() : free();
    if (table.active().contains(number) && !forced) {
      throw new IllegalOptionException(
          "Refusing to overwrite active keyslot " + number + " - please erase it first");
    }
    PassphraseSource old =
        options.string(prefix + OLD_SECRET).isPresent()
            ? () -> options.secret(prefix + OLD_SECRET, storage.name())
            : opening;
    try (Secret fresh = options.secret(prefix + NEW_SECRET, storage.name());
        Secret present = old.get();
        Secret key = table.key(present)) {
      table.fill(number, key, fresh, options, prefix);
    }
  }

  private int free() throws IOException {
    List<Integer> active = table.active();
    for (int i = 0; i < table.most(); i++) {
      if (!active.contains(i)) {
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
    int active = table.active().size();
    if (!byOld && !table.active().contains(chosen.getFirst())) {
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
    table.erase(chosen);
  }

  private List<Integer> matching(FormatOptions options, OptionalLong slot) throws IOException {
    List<Integer> found = new ArrayList<>();
    Work work = new Work(fault);
    try (Secret old = options.secret(prefix + OLD_SECRET, storage.name())) {
      for (int number : table.active()) {
        boolean wanted = slot.isEmpty() || slot.getAsLong() == number;
        if (wanted && table.takes(number, old, work)) {
          found.add(number);
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
}
