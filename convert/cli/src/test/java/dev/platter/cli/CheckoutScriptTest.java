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

/**
 * {@code ./platter} in a checkout, with a Maven that is none, or on a machine that cannot build.
 */
class CheckoutScriptTest {
  @TempDir Path checkout;
  private Path tools;

  private record Result(int exitCode, String out, String err) {}

  @BeforeEach
  void haveAllToolsButMaven() throws IOException {
    Files.copy(Path.of("../../platter"), checkout.resolve("platter"));
    tools = Files.createDirectory(checkout.resolve("tools"));
    for (String tool : List.of("dirname", "readlink", "find", "head", "mkdir", "rm", "grep")) {
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

  /** What takes Maven's place runs these lines; what they make must be executable. */
  private void haveMaven(String... lines) throws IOException {
    Path maven = Files.writeString(tools.resolve("mvn"), "#!/bin/sh\n" + String.join("\n", lines));
    assertTrue(maven.toFile().setExecutable(true));
  }

  @Test
  void tellsHowFarTheBuildIs() throws Exception {
    Path built = Files.createDirectories(checkout.resolve("convert/cli/target/platter"));
    Files.createDirectory(built.resolve("lib"));
    Path bin = Files.createDirectory(built.resolve("bin"));
    Path program = Files.writeString(bin.resolve("platter"), "#!/bin/sh\necho \"ran:$*\"\n");
    assertTrue(program.toFile().setExecutable(true));
    haveMaven(
        "i=0; while [ $i -lt 250 ]; do echo '[INFO] Downloaded from central: a'; i=$((i + 1)); done",
        "echo '[INFO] Building Platter Core 1-SNAPSHOT                       [2/18]'",
        "echo '[INFO] Building jar: core.jar'",
        "echo '[INFO] --- exec-maven-plugin:3.6.4:exec (assemble) @ platter-cli ---'",
        "echo a warning >&2",
        ": >convert/cli/target/platter/lib/convert.aot");
    Result result = run("info", "*");
    assertEquals("ran:info *\n", result.out());
    List<String> told = result.err().lines().toList();
    assertEquals(5, told.size(), result::err);
    assertTrue(told.get(0).startsWith("platter: building the program (once"), result::err);
    assertEquals("platter: 100 files loaded for the build", told.get(1));
    assertEquals("platter: 200 files loaded for the build", told.get(2));
    assertEquals("platter: building Platter Core 1-SNAPSHOT [2/18]", told.get(3));
    assertTrue(told.get(4).startsWith("platter: linking"), result::err);
    String log = Files.readString(checkout.resolve("target/platter-build.log"));
    assertEquals(254, log.lines().count());
    assertTrue(log.endsWith("a warning\n"));

    haveMaven("echo never", "exit 9");
    assertEquals("ran:info again\n", run("info", "again").out(), "what was built is not again");
  }

  @Test
  void aBuildThatFailsRunsNothingAndSaysWhy() throws Exception {
    haveMaven("echo '[INFO] Building'", "echo '[ERROR] no room'", "echo '[ERROR] more'", "exit 1");
    Result result = run("info", "disk");
    assertEquals(1, result.exitCode());
    assertEquals("", result.out());
    String last = result.err().lines().toList().getLast();
    assertTrue(last.startsWith("platter: the build failed, see "), result::err);
    assertTrue(last.endsWith("target/platter-build.log: [ERROR] no room"), result::err);

    haveMaven("echo '[ERROR] Cannot find matching toolchain definitions'", "exit 1");
    last = run("info", "disk").err().lines().toList().getLast();
    assertTrue(last.contains("a JDK 25, and none was found"), last);
  }
}
