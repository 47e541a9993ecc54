package dev.platter.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code tree}: which images lie over which. */
class TreeCommandTest {
  @TempDir Path directory;

  @BeforeEach
  void makeImages() {
    Run.platter("create", "-q", "-f", "qcow2", image("base"), "1M").mustWork();
    over("left", "base");
    over("right", "base");
    over("top", "left");
    Run.platter("create", "-q", "-f", "qcow2", image("other"), "2M").mustWork();
  }

  private Path image(String name) {
    return directory.resolve(name + ".qcow2");
  }

  private void over(String name, String base) {
    Run.platter("create", "-q", "-f", "qcow2", "-b", image(base), "-F", "qcow2", image(name))
        .mustWork();
  }

  /** The lines without directories and what the images take on the medium. */
  private List<String> lines(Run run) {
    return run.out()
        .lines()
        .map(line -> line.replace(directory + "/", "").replaceFirst(", [^,]* on disk", ""))
        .toList();
  }

  @Test
  void whatSeveralHaveBelowThemIsToldOnce() throws Exception {
    Path link = Files.createSymbolicLink(image("link"), image("right"));
    Run run =
        Run.platter("tree", image("top"), image("right"), image("base"), image("other"), link);
    assertEquals(0, run.exitCode(), run.err());
    assertEquals(
        List.of(
            "base.qcow2 (qcow2, 1 MiB)",
            "|-- left.qcow2 (qcow2, 1 MiB)",
            "|   `-- top.qcow2 (qcow2, 1 MiB)",
            "`-- right.qcow2 (qcow2, 1 MiB)",
            "other.qcow2 (qcow2, 2 MiB)"),
        lines(run));
  }

  @Test
  void programsAreToldTheSame() {
    String json = Run.platter("tree", "--output=json", image("top")).mustWork();
    int base = json.indexOf("base.qcow2");
    int left = json.indexOf("left.qcow2");
    assertTrue(
        base >= 0 && base < json.indexOf("\"above\"") && json.indexOf("\"above\"") < left, json);
    assertTrue(json.contains("\"virtual-size\": 1048576"), json);
  }

  @Test
  void whatCannotBeReadIsNamedAndTheRestIsTold() throws Exception {
    Files.delete(image("left"));
    Run run = Run.platter("tree", image("top"), image("right"));
    assertEquals(1, run.exitCode());
    assertTrue(run.err().contains("left.qcow2"), run.err());
    assertEquals(
        List.of("base.qcow2 (qcow2, 1 MiB)", "`-- right.qcow2 (qcow2, 1 MiB)"), lines(run));
    assertEquals(1, Run.platter("tree").exitCode());
  }
}
