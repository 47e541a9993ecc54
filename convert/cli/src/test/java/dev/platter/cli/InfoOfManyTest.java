package dev.platter.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.image.name.JsonParser;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** {@code info} of several images. */
class InfoOfManyTest {
  private static final Path GOLDEN = Path.of("..", "..", "testdata", "golden");
  private static final Path TOP = GOLDEN.resolve("chain-top.qcow2");
  private static final Path LVM = GOLDEN.resolve("guest/lvm.qcow2");
  private static final Path LUKS = GOLDEN.resolve("luks.qcow2");

  @Test
  void eachHasALine() {
    List<String> lines = Run.platter("info", TOP, LVM).mustWork().lines().toList();
    assertEquals(3, lines.size(), lines.toString());
    assertTrue(
        lines.get(0).matches("IMAGE +FORMAT +VIRTUAL SIZE +DISK SIZE +BACKING FILE"), lines.get(0));
    assertTrue(lines.get(1).matches(TOP + " +qcow2 .*chain-middle.qcow2"), lines.get(1));
    assertTrue(lines.get(2).matches(LVM + " +qcow2 +48 MiB +[0-9]+ KiB"), lines.get(2));
  }

  @Test
  void whatTheyHoldIsToldWhereThatIsAsked() {
    List<String> lines = Run.platter("info", "--deep", LVM, LVM).mustWork().lines().toList();
    assertTrue(lines.get(0).endsWith("HOLDS"), lines.get(0));
    assertTrue(lines.get(1).endsWith("  Rooted Linux 4"), lines.get(1));
  }

  @Test
  void programsGetAListOfWhatEachWouldBeByItself() throws Exception {
    String both = Run.platter("info", "--output=json", LVM, LUKS).mustWork();
    List<?> list = (List<?>) JsonParser.parseObject("{\"all\": " + both + "}").get("all");
    Map<?, ?> one = JsonParser.parseObject(Run.platter("info", "--output=json", LVM).mustWork());
    assertEquals(one, list.getFirst());
    assertEquals(2, list.size());
  }

  @Test
  void oneThatCannotBeReadIsNamedAndTheOthersAreTold() {
    Run run = Run.platter("info", GOLDEN.resolve("none"), LVM);
    assertEquals(1, run.exitCode());
    assertTrue(run.err().contains("none"), run.err());
    assertEquals(1, run.err().lines().count(), run.err());
    assertEquals(2, run.out().lines().count(), run.out());
  }

  @Test
  void whatIsOfOneImageAloneIsRefused() {
    for (String option : List.of("--backing-chain", "--limits")) {
      Run run = Run.platter("info", option, TOP, LVM);
      assertEquals(1, run.exitCode());
      assertEquals("", run.out());
      assertTrue(run.err().contains("tell of one image"), run.err());
    }
    Run qemu = Run.qemuImg("info", TOP, LVM);
    assertEquals(1, qemu.exitCode());
    assertTrue(qemu.err().contains("Expecting one image file name"), qemu.err());
    assertFalse(Run.qemuImg("info", "--help").mustWork().contains("FILE..."));
  }
}
