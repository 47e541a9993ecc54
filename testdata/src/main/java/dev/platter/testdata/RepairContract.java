package dev.platter.testdata;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.image.CheckReport;
import dev.platter.image.DiskImage;
import dev.platter.image.Repair;
import dev.platter.image.RepairReport;
import dev.platter.image.Snapshot;
import dev.platter.image.UnsupportedFeatureException;
import dev.platter.image.spi.EditRequest;
import dev.platter.image.spi.ImageEditor;
import dev.platter.image.spi.ImageFormat;
import dev.platter.image.spi.OpenRequest;
import dev.platter.storage.MemoryStorage;
import dev.platter.storage.WritableStorage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * What every repair keeps to, whatever the damage: each guest byte that could be read before reads
 * the same afterwards, in snapshots too, or the repair is refused and has changed nothing. A format
 * module extends this with sound images and the places of their numbers.
 *
 * <p>{@code -Drepair.cases=40000 -Drepair.seed=2} asks for more cases, and for others. A case that
 * fails is printed as one line, with as few changes as it needs, and then belongs to {@link #kept}.
 */
public abstract class RepairContract {
  private static final int CASES = Integer.getInteger("repair.cases", 400);
  private static final long SEED = Long.getLong("repair.seed", 1);
  private static final int FAULTS = 20;

  /** How many repairs are broken off, each in every way. */
  private static final int BROKEN = Integer.getInteger("repair.broken", 4);

  /** A repair may need new tables; it does not need this much more, bytes. */
  private static final long GROWTH = 16 << 20;

  /** The format under test. */
  protected abstract ImageFormat format();

  /** The images to damage, sound ones. */
  protected abstract List<Specimen> specimens() throws IOException;

  /** Cases that once failed, as they were printed. */
  protected List<String> kept() {
    return List.of();
  }

  /** Cases, as they are printed, whose repair breaks off in every way besides those drawn. */
  protected List<String> brokenOff() {
    return List.of();
  }

  /** How many faults of an image say only that a repair of it broke off. */
  protected int marks() {
    return 0;
  }

  /**
   * What another program holds against a repair; empty: nothing. Asked where nothing that could be
   * read reads otherwise afterwards.
   */
  protected String judged(byte[] damaged, byte[] repaired, RepairReport report) throws IOException {
    return "";
  }

  /**
   * @param how far the repair goes
   */
  private record Case(Specimen specimen, Repair extent, Damage damage) {
    Case without(int step) {
      return new Case(specimen, extent, damage.without(step));
    }

    @Override
    public String toString() {
      return specimen.name() + " " + extent.name().toLowerCase(Locale.ROOT) + ": " + damage;
    }
  }

  @Test
  void specimensAreSound() throws IOException {
    for (Specimen specimen : specimens()) {
      MemoryStorage storage = MemoryStorage.of(specimen.name(), specimen.image());
      try (DiskImage image = open(storage)) {
        CheckReport report = image.check().orElseThrow();
        assertEquals(
            0, report.corruptions() + report.leaks() + report.checkErrors(), report.toString());
      }
      assertTrue(Arrays.equals(specimen.image(), specimen.seal(specimen.image())), specimen.name());
    }
  }

  @Test
  void whatCouldBeReadReadsTheSameAfterARepair() throws IOException {
    List<Specimen> specimens = specimens();
    Random random = new Random(SEED);
    List<String> faults = new ArrayList<>();
    for (int i = 0; i < CASES && faults.size() < FAULTS; i++) {
      Specimen specimen = specimens.get(random.nextInt(specimens.size()));
      Repair extent = random.nextInt(3) == 0 ? Repair.LEAKS : Repair.ALL;
      Case drawn = new Case(specimen, extent, Damage.random(random, specimen));
      if (!fault(drawn).isEmpty()) {
        faults.add(told(smallest(drawn)));
      }
    }
    assertEquals(List.of(), faults, () -> String.join("\n", faults));
  }

  /**
   * Wherever the power fails in a repair, and whichever of its changes cannot be made: what could
   * be read reads the same, and another repair comes to its end. Of the cases that are kept, no
   * more is wrong than was; of others that says nothing, since a table that nobody could read may
   * have hidden any number of faults until the repair named it.
   */
  @Test
  void aRepairThatBreaksOffCanBeRepeated() throws IOException {
    List<Specimen> specimens = specimens();
    for (String text : brokenOff()) {
      assertTrue(
          breakOffTelling(parse(text, specimens), true), () -> text + " has nothing to repair");
    }
    Random random = new Random(SEED);
    int broken = 0;
    for (int i = 0; i < CASES && broken < BROKEN; i++) {
      Specimen specimen = specimens.get(random.nextInt(specimens.size()));
      Repair extent = random.nextInt(3) == 0 ? Repair.LEAKS : Repair.ALL;
      Case drawn = new Case(specimen, extent, Damage.random(random, specimen));
      broken += breakOffTelling(drawn, false) ? 1 : 0;
    }
  }

  private boolean breakOffTelling(Case drawn, boolean counted) throws IOException {
    try {
      return breakOff(drawn, counted);
    } catch (AssertionError e) {
      throw new AssertionError("\"" + drawn + "\", // " + e.getMessage(), e);
    }
  }

  /** Whether there was anything to break off. */
  private boolean breakOff(Case drawn, boolean counted) throws IOException {
    String name = drawn.specimen().name();
    byte[] damaged = drawn.damage().applyTo(drawn.specimen());
    RecordingStorage recording = new RecordingStorage(name, damaged);
    try (ImageEditor editor = edit(recording)) {
      editor.repair(drawn.extent());
    } catch (IOException e) {
      return false; // Refused, and nothing was changed.
    }
    Optional<Map<String, GuestBytes>> before = seenBefore(MemoryStorage.of(name, damaged));
    if (recording.changes() == 0 || before.isEmpty()) {
      return false;
    }
    assertTrue(recording.isSynced(), "ends with a sync");
    long wrong = counted ? wrongIn(damaged, name) + marks() : Long.MAX_VALUE;
    PowerCuts.everywhere(
        recording, (medium, syncs) -> again(medium, before.get(), wrong, drawn.extent()));
    for (int n = 1; n <= recording.changes(); n++) {
      MemoryStorage dead = MemoryStorage.of(name, damaged);
      breakOff(new FaultyStorage(dead).failingFrom(n), drawn.extent());
      again(dead, before.get(), wrong, drawn.extent());
      MemoryStorage storage = MemoryStorage.of(name, damaged);
      breakOff(new FaultyStorage(storage).failingChange(n), drawn.extent());
      again(storage, before.get(), wrong, drawn.extent());
    }
    for (long end = damaged.length;
        end < recording.longest();
        end += Math.max(512, (recording.longest() - damaged.length) / 8)) {
      MemoryStorage storage = MemoryStorage.of(name, damaged);
      breakOff(new FaultyStorage(storage).endingAt(end), drawn.extent());
      again(storage, before.get(), wrong, drawn.extent());
    }
    return true;
  }

  /** How many faults a check finds; more than any, where it cannot look. */
  private long wrongIn(byte[] image, String name) {
    try (DiskImage opened = open(MemoryStorage.of(name, image))) {
      return wrong(opened.check().orElseThrow());
    } catch (IOException e) {
      return Integer.MAX_VALUE;
    }
  }

  private void breakOff(FaultyStorage storage, Repair extent) throws IOException {
    try (ImageEditor editor = edit(storage)) {
      assertThrows(IOException.class, () -> editor.repair(extent));
    }
  }

  private void again(
      MemoryStorage medium, Map<String, GuestBytes> before, long wrong, Repair extent)
      throws IOException {
    assertEquals("", lost(before, seen(medium)));
    try (DiskImage image = open(medium)) {
      CheckReport found = image.check().orElseThrow();
      assertTrue(wrong(found) <= wrong, () -> "more is wrong: " + found.messages());
    }
    try (ImageEditor editor = edit(medium)) {
      editor.repair(extent);
    }
    assertEquals("", lost(before, seen(medium)));
  }

  /** Leaks are no fault: what was to be written stays behind. */
  private static long wrong(CheckReport found) {
    return found.corruptions() + found.checkErrors();
  }

  @Test
  void whatOnceFailedDoesNotFail() throws IOException {
    List<String> faults = new ArrayList<>();
    List<Specimen> specimens = specimens();
    for (String text : kept()) {
      Case once = parse(text, specimens);
      if (!fault(once).isEmpty()) {
        faults.add(told(once));
      }
    }
    assertEquals(List.of(), faults, () -> String.join("\n", faults));
  }

  private static Case parse(String text, List<Specimen> specimens) {
    int space = text.indexOf(' ');
    int colon = text.indexOf(": ");
    Specimen specimen =
        specimens.stream()
            .filter(known -> known.name().equals(text.substring(0, space)))
            .findFirst()
            .orElseThrow();
    Repair extent = Repair.valueOf(text.substring(space + 1, colon).toUpperCase(Locale.ROOT));
    return new Case(specimen, extent, Damage.parse(text.substring(colon + 2)));
  }

  private String told(Case failing) {
    return "\"" + failing + "\", // " + fault(failing);
  }

  private Case smallest(Case failing) {
    for (int i = 0; i < failing.damage().steps().size(); i++) {
      Case fewer = failing.without(i);
      if (!fault(fewer).isEmpty()) {
        return smallest(fewer);
      }
    }
    return failing;
  }

  /** What is wrong with the repair of this image; empty: nothing. */
  private String fault(Case tried) {
    byte[] damaged = tried.damage().applyTo(tried.specimen());
    MemoryStorage storage = MemoryStorage.of(tried.specimen().name(), damaged);
    try {
      return isUnsupported(storage) ? "" : fault(storage, damaged, tried.extent());
    } catch (IOException e) {
      return "not readable: " + e;
    } catch (RuntimeException | StackOverflowError | OutOfMemoryError e) {
      return e + " at " + e.getStackTrace()[0];
    }
  }

  /** A disk of a kind that nobody can read here shows nothing of a repair. */
  private boolean isUnsupported(MemoryStorage storage) {
    try {
      open(storage).close();
      return false;
    } catch (UnsupportedFeatureException e) {
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  private String fault(MemoryStorage storage, byte[] damaged, Repair extent) throws IOException {
    Optional<Map<String, GuestBytes>> before = seenBefore(storage);
    RepairReport report;
    try (ImageEditor editor = edit(storage)) {
      report = editor.repair(extent);
    } catch (IOException e) {
      boolean same = storage.size() == damaged.length && same(storage, damaged);
      return same ? "" : "changed and then refused: " + e.getMessage();
    }
    if (storage.size() > 2L * damaged.length + GROWTH) {
      return "the file grew to " + storage.size() + " bytes";
    }
    if (!report.anyFixed() && extent == Repair.LEAKS && !same(storage, damaged)) {
      return "changed, and says that nothing was put right";
    }
    if (before.isEmpty() && same(storage, damaged)) {
      return "";
    }
    long wrong = wrongIn(damaged, storage.name());
    if (wrong(report.after()) > wrong) {
      return "more is wrong than the " + wrong + " faults that were: " + report.after().messages();
    }
    String lost = lost(before.orElse(Map.of()), seen(storage));
    String unsettled = lost.isEmpty() ? settled(storage, report) : lost;
    return unsettled.isEmpty() ? judged(damaged, storage.toByteArray(), report) : unsettled;
  }

  /** Empty where there is no disk to be seen at all. */
  private Optional<Map<String, GuestBytes>> seenBefore(MemoryStorage storage) {
    try {
      return Optional.of(seen(storage));
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  private static String lost(Map<String, GuestBytes> before, Map<String, GuestBytes> after) {
    for (Map.Entry<String, GuestBytes> disk : before.entrySet()) {
      GuestBytes now = after.get(disk.getKey());
      if (now == null && !disk.getValue().isLost()) {
        return disk.getKey() + " is gone";
      }
      String lost = now == null ? "" : disk.getValue().lostIn(now);
      if (!lost.isEmpty()) {
        return disk.getKey() + ": " + lost;
      }
    }
    return "";
  }

  /** The report tells what a check finds, and where that is nothing nobody repairs again. */
  private String settled(MemoryStorage storage, RepairReport report) throws IOException {
    try (DiskImage image = open(storage)) {
      CheckReport now = image.check().orElseThrow();
      if (!now.equals(report.after())) {
        return "a check finds " + now.messages() + ", was told " + report.after().messages();
      }
    }
    if (report.after().corruptions() + report.after().leaks() + report.after().checkErrors() > 0) {
      return "";
    }
    byte[] bytes = storage.toByteArray();
    try (ImageEditor editor = edit(storage)) {
      editor.repair(Repair.ALL);
    }
    return same(storage, bytes) ? "" : "a second repair changed something";
  }

  private static boolean same(MemoryStorage storage, byte[] bytes) throws IOException {
    return storage.size() == bytes.length && Arrays.equals(storage.toByteArray(), bytes);
  }

  /** The disk and those of its snapshots, as far as they can be read. */
  private Map<String, GuestBytes> seen(MemoryStorage storage) throws IOException {
    Map<String, GuestBytes> disks = new LinkedHashMap<>();
    try (DiskImage image = open(storage)) {
      boolean overParent = image.parent().isPresent();
      disks.put("the disk", GuestBytes.of(image.map(), overParent));
      for (Snapshot snapshot : snapshots(image)) {
        try {
          GuestBytes bytes = GuestBytes.of(image.snapshotMap(snapshot), overParent);
          disks.put("snapshot " + snapshot.id() + " '" + snapshot.name() + "'", bytes);
        } catch (IOException e) {
          // Not readable, so there is nothing to keep.
        }
      }
    }
    return disks;
  }

  private static List<Snapshot> snapshots(DiskImage image) {
    try {
      return image.info().snapshots();
    } catch (IOException e) {
      return List.of();
    }
  }

  private DiskImage open(MemoryStorage storage) throws IOException {
    return format().open(storage, OpenRequest.strict());
  }

  private ImageEditor edit(WritableStorage storage) throws IOException {
    return format().edit(storage, EditRequest.strict());
  }
}
