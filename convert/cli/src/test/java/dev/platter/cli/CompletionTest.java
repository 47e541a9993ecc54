package dev.platter.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What bash offers with the script that the program prints. */
class CompletionTest {
  @TempDir Path directory;

  @ParameterizedTest
  @CsvSource({
    "platter conv, convert",
    "platter che, check",
    "platter convert -O qco, qcow2",
    "platter info -f vd, vdi",
    "platter info --outp, --output",
    "platter check --output js, json",
    "platter convert --salv, --salvage",
    "platter completion b, bash",
    "platter info dis, disk.raw",
  })
  void bashCompletes(String line, String expected) throws Exception {
    assumeTrue(Files.isExecutable(Path.of("/bin/bash")), "there is no /bin/bash");
    Files.createFile(directory.resolve("disk.raw"));
    Path script = directory.resolve("script");
    String test =
        Run.platter("completion", "bash").mustWork()
            + "COMP_WORDS=("
            + line
            + ")\nCOMP_CWORD=$((${#COMP_WORDS[@]} - 1))\n_platter\nprintf '%s\\n' \"${COMPREPLY[@]}\"\n";
    Files.writeString(script, test);
    Process bash =
        new ProcessBuilder("/bin/bash", script.toString())
            .directory(directory.toFile())
            .redirectErrorStream(true)
            .start();
    String answer = new String(bash.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, bash.waitFor(), answer);
    assertEquals(List.of(expected), answer.lines().toList());
  }

  @Test
  void onlyPlatterHasIt() {
    assertNotEquals(0, Run.qemuImg("completion", "bash").exitCode());
    assertTrue(Run.platter("--help").mustWork().contains("completion"));
  }

  @Test
  void otherShellsAreRefused() {
    assertEquals(1, Run.platter("completion", "csh").exitCode());
  }
}
