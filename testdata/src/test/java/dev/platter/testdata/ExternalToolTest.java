package dev.platter.testdata;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.opentest4j.AssertionFailedError;

class ExternalToolTest {
  @Test
  void keepsExitCodeAndBothStreamsApart() {
    var result = ExternalTool.named("sh").run("-c", "echo out; echo err >&2; exit 3");
    assertEquals(3, result.exitCode());
    assertEquals("out\n", result.stdout());
    assertEquals("err\n", result.stderr());
  }

  @Test
  void passesStandardInputOn() {
    byte[] input = "a\0b".repeat(100_000).getBytes(StandardCharsets.UTF_8);
    assertEquals(
        input.length, ExternalTool.named("cat").runWithInput(null, input).stdoutBytes().length);
  }

  @Test
  void mustRunFailsTheTestAndShowsWhatWasPrinted() {
    var error =
        assertThrows(
            AssertionFailedError.class,
            () -> ExternalTool.named("sh").mustRun("-c", "echo why >&2; exit 1"));
    assertEquals(true, error.getMessage().contains("why"));
  }

  @Test
  void aMissingProgramNeverPasses() {
    assertFalse(ExternalTool.isPresent("no-such-program"));
    assertThrows(Throwable.class, () -> ExternalTool.named("no-such-program"));
  }
}
