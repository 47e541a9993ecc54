package dev.platter.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What platter says to somebody who mistypes, and qemu-img does not. */
class SuggestionsTest {
  @TempDir Path directory;

  @BeforeEach
  void makeDisk() throws IOException {
    Files.write(directory.resolve("disk"), new byte[4096]);
  }

  private Object[] words(String line) {
    return line.replace("D/", directory + "/").split(" ");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "convrt D/disk D/new | convert",
        "ifno D/disk | info",
        "compatc D/disk | compact",
        "info --ouptut=json D/disk | output",
        "convert --taget-format qcow2 D/disk D/new | target-format",
        "info -f gcow2 D/disk | qcow2",
        "convert -f rwa -O qcow2 D/disk D/new | raw",
        "create -f vmkd D/new 1M | vmdk",
        "convert -O qcwo2 D/disk D/new | qcow2",
        "create -f qcow2 -o clustersize=64k D/new 1M | cluster_size",
        "create -f vmdk -o sub_format=streamOptimized D/new 1M | subformat"
      })
  void theNearestWordIsSuggested(String line, String word) {
    Run run = Run.platter(words(line));
    assertEquals(1, run.exitCode());
    assertTrue(run.err().contains("; did you mean '" + word + "'?"), run.err());
    assertFalse(Run.qemuImg(words(line)).err().contains("did you mean"), line);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "frobnicate D/disk",
        "x D/disk",
        "info --frobnicate D/disk",
        "info -f luxury D/disk",
        "create -f qcow2 -o frobnicate=1 D/new 1M",
        "create -f qcow2 -o cluster_size=3 D/new 1M"
      })
  void nothingIsSuggestedForWhatIsNoTypo(String line) {
    Run run = Run.platter(words(line));
    assertEquals(1, run.exitCode());
    assertFalse(run.err().contains("did you mean"), run.err());
  }

  @ParameterizedTest
  @CsvSource({
    "convert D/disk D/new.qcow2, -O qcow2",
    "convert D/disk D/new.vhd, -O vpc",
    "create D/new.vmdk 1M, -f vmdk"
  })
  void aRawDiskUnderAnotherNameIsSaid(String line, String option) {
    Run run = Run.platter(words(line));
    assertEquals(0, run.exitCode());
    assertTrue(run.err().contains("becomes a raw disk; " + option + " makes"), run.err());
    assertEquals("", Run.qemuImg(words(line)).err(), "qemu-img says nothing");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "convert D/disk D/new.raw",
        "convert D/disk D/new",
        "convert D/disk D/new.img",
        "convert -O raw D/disk D/new.qcow2",
        "convert -q D/disk D/new.qcow2",
        "convert -O qcow2 D/disk D/new.qcow2",
        "create -q -f raw D/new.vmdk 1M"
      })
  void whatIsMeantIsNotTalkedAbout(String line) {
    Run.platter(words(line)).mustWork();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "info a:b",
        "convert -O raw D/disk a:b",
        "create -f raw a:b 1M",
        "compare a:b a:b"
      })
  void aNameWithAColonIsExplained(String line) {
    String hint = "Unknown protocol 'a'; a file of that name is './a:b'";
    assertTrue(Run.platter(words(line)).err().contains(hint), line);
    assertFalse(Run.qemuImg(words(line)).err().contains("./a:b"), line);
  }

  @ParameterizedTest
  @ValueSource(strings = {"info gopher://host/disk", "info json:{", "info ./a:b", "info D/a:b"})
  void whatIsNoFileOfThisMachineIsNot(String line) {
    Run run = Run.platter(words(line));
    assertEquals(1, run.exitCode());
    assertFalse(run.err().contains("a file of that name"), run.err());
  }

  @Test
  void twoWordsThatAreEquallyNearAreNoHelp() {
    Run run = Run.platter(words("info -f vdx D/disk"));
    assertFalse(run.err().contains("did you mean"), run.err());
  }
}
