package dev.platter.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code ./platter} in a checkout, on a machine that cannot build. */
class CheckoutScriptTest {
  @TempDir Path checkout;
  private Path tools;

  private record Result(int exitCode, String out, String err) {}

  @BeforeEach
  void haveAllToolsButMaven() throws IOException {
    Files.copy(Path.of("../../platter"), checkout.resolve("platter"));
    tools = Files.createDirectory(checkout.resolve("tools"));
    for (String tool : List.of("dirname", "readlink", "find", "head")) {
      Files.createSymbolicLink(tools.resolve(tool), Path.of("/usr/bin", tool));
    }
  }

  private Result run(String... arguments) throws Exception {
    List<String> command = new ArrayList<>(List.of("/bin/sh"));
    command.add(checkout.resolve("platter").toString());
    command.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().clear();
    builder.environment().put("PATH", tools.toString());
    Process process = builder.start();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    String err = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
    return new Result(process.waitFor(), out, err);
  }

  @Test
  void runsAReleaseThatIsUnpackedThere() throws Exception {
    Path bin = Files.createDirectories(checkout.resolve("platter-1.2.3/bin"));
    Path release = Files.writeString(bin.resolve("platter"), "#!/bin/sh\necho \"$1:$2\"\nexit 3\n");
    assertTrue(release.toFile().setExecutable(true));
    Result result = run("info", "a disk");
    assertEquals("info:a disk\n", result.out());
    assertEquals(3, result.exitCode());
    assertEquals(1, result.err().lines().count());
    assertTrue(result.err().contains("platter-1.2.3/bin/platter"), result::err);
  }

  @Test
  void saysWhatIsMissingWhereThereIsNone() throws Exception {
    assumeFalse(
        Files.exists(Path.of("/usr/lib/platter/bin/platter")), "a release is installed here");
    Result result = run("info", "disk");
    assertEquals(1, result.exitCode());
    assertEquals("", result.out());
    assertTrue(result.err().startsWith("platter: building needs Maven"), result::err);
  }
}
