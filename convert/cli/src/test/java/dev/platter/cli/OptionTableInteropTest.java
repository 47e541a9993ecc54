package dev.platter.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.platter.testdata.ExternalTool;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Each command takes the options that qemu-img takes there, and refuses the others. The stable
 * version knows fewer of them; what it takes is taken here. Against the newest one ({@code
 * PLATTER_NEWEST_QEMU_IMG}) both must agree, but for what is listed.
 */
@Tag("interop")
class OptionTableInteropTest {
  /** What options say where they are none; all else is said of what they ask for. */
  private static final Pattern REFUSAL =
      Pattern.compile("unrecognized option|invalid option|requires an argument|ambiguous");

  /** Follows the option: nobody gets further, and whoever complains of it took what came before. */
  private static final String STOP = "--stop-here";

  private static final List<String> OPTIONS =
      List.of(
          ("-r 1M|-W|-U|--object secret,id=s,data=x|--trace x|-T none|-t none|-q|-p|-f qcow2"
                  + "|-F qcow2|--image-opts|--output=json|-n|-S 4k|-m 2|-c|-l|-b x|-u|--bogus")
              .split("\\|"));

  /** Where the newest one refuses and we take, or the other way round. */
  private static final Map<String, String> KNOWN =
      Map.of(
          "dd -n", "what Proxmox adds",
          "dd -l", "what Proxmox adds");

  @Test
  void takesWhatTheStableQemuImgTakes() {
    List<String> refused = new ArrayList<>();
    for (String line : differences(ExternalTool.qemuImg())) {
      if (line.startsWith("refused: ")) {
        refused.add(line);
      }
    }
    assertEquals(List.of(), refused);
  }

  @Test
  void takesAndRefusesWhatTheNewestQemuImgDoes() {
    String newest = System.getenv("PLATTER_NEWEST_QEMU_IMG");
    assumeTrue(newest != null, "there is no newest qemu-img (PLATTER_NEWEST_QEMU_IMG)");
    Set<String> found = new TreeSet<>();
    for (String line : differences(ExternalTool.at(Path.of(newest)))) {
      found.add(line.replaceFirst("\\w+: ", ""));
    }
    assertEquals(new TreeSet<>(KNOWN.keySet()), found);
  }

  /** {@code refused: COMMAND OPTION}, what only we refuse, and {@code taken: ...}. */
  private static List<String> differences(ExternalTool qemuImg) {
    List<String> differences = new ArrayList<>();
    for (String command : Commands.NAMES) {
      for (String option : OPTIONS) {
        List<Object> words = new ArrayList<>(List.of(command));
        words.addAll(Arrays.asList(option.split(" ")));
        words.add(STOP);
        boolean theirs = isRefused(qemuImg.run(words.toArray()).stderr());
        boolean ours = isRefused(Run.qemuImg(words.toArray()).err());
        if (theirs != ours) {
          String what = command + " " + option.split("[ =]")[0];
          differences.add((ours ? "refused: " : "taken: ") + what);
        }
      }
    }
    return differences;
  }

  private static boolean isRefused(String error) {
    return REFUSAL.matcher(error).find() && !error.contains(STOP);
  }
}
