package dev.platter.fuzz;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the fuzzer calls, with the seeds, some edits of them, and all that was ever found. */
class FuzzTargetsTest {
  private static final Path GOLDEN = Path.of("../golden");
  private static final Path FINDINGS = Path.of("findings");
  private static final int EDITS = 25;

  private static Seeds seeds;

  @BeforeAll
  static void writeSeeds(@TempDir Path directory) throws IOException {
    SeedFiles.write(GOLDEN, directory);
    seeds = Seeds.in(directory);
    assertTrue(seeds.count() > 40, "of each format at least one");
  }

  @Test
  void soundFilesStayAsTheyAreWhenTheirChecksumsArePutRight() {
    for (int i = 0; i < seeds.count(); i++) {
      assertArrayEquals(seeds.at(i), Seal.applied(seeds.at(i).clone()));
    }
  }

  @Test
  void aChecksumIsRightAgainAfterAnEdit() {
    int sealed = 0;
    for (int i = 0; i < seeds.count(); i++) {
      byte[] file = seeds.at(i);
      for (int at : placesBehindChecksums(file)) {
        byte[] edited = file.clone();
        edited[at] ^= 1;
        byte[] once = Seal.applied(edited.clone());
        assertFalse(Arrays.equals(edited, once), "the checksum followed");
        assertArrayEquals(once, Seal.applied(once.clone()));
        sealed++;
      }
    }
    assertTrue(sealed >= 5, "VHD's footer and header, VHDX's headers and regions, LUKS2");
  }

  /** A byte behind each checksum that is found, none of which says where the checksum reaches. */
  private static List<Integer> placesBehindChecksums(byte[] file) {
    List<Integer> places = new ArrayList<>();
    for (int at = 0; at + 512 <= file.length; at += 512) {
      String magic = new String(file, at, 4, StandardCharsets.ISO_8859_1);
      switch (magic) {
        case "cone" -> places.add(at + 30);
        case "cxsp" -> places.add(at + 400);
        case "head" -> places.add(at + 100);
        case "regi" -> places.add(at + 900);
        default -> {}
      }
    }
    return places;
  }

  @Test
  void readersOfSeedsAndOfEditedSeedsSayWhatIsWrongAndNothingElse() {
    Random random = new Random(24);
    for (int i = 0; i < seeds.count(); i++) {
      Reading.ofFile(seeds.at(i));
      for (int j = 0; j < EDITS; j++) {
        byte[] edits = new byte[8 * (1 + random.nextInt(3))];
        random.nextBytes(edits);
        edits[3] &= (byte) random.nextInt(256); // most of what readers look at is at the beginning
        Reading.ofFile(Seal.applied(Edits.applied(seeds.at(i), edits, 0)));
      }
    }
  }

  /** A file in {@code findings} is what a target was given; its name begins with the target's. */
  @Test
  void whatWasFoundOnceStaysMended() throws IOException {
    if (!Files.isDirectory(FINDINGS)) {
      return;
    }
    try (Stream<Path> found = Files.list(FINDINGS)) {
      for (Path file : found.sorted().toList()) {
        byte[] input = Files.readAllBytes(file);
        if (file.getFileName().toString().startsWith("name")) {
          NameTarget.fuzzerTestOneInput(input);
        } else {
          ImageTarget.fuzzerTestOneInput(input);
        }
      }
    }
  }
}
