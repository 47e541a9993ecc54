package dev.platter.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The assembled program as others start it: from anywhere, under any name, in any environment. */
class DistributionIT {
  private static final Path HOME = Path.of("target/platter").toAbsolutePath();
  private static final Path GOLDEN = Path.of("../../testdata/golden").toAbsolutePath().normalize();
  private static final Path IMAGE = GOLDEN.resolve("v3.qcow2");
  private static final List<String> CACHES = List.of("info.aot", "other.aot", "convert.aot");
  private static final String QEMU_IMG = "qemu-img version 10.2.2 (Platter";

  @TempDir Path scratch;
  private Path cwd;

  private record Result(int exitCode, String out, String err) {}

  @BeforeEach
  void workInAnEmptyDirectory() throws IOException {
    cwd = Files.createDirectory(scratch.resolve("cwd"));
  }

  @AfterEach
  void nothingIsLeftInTheWorkingDirectory() throws IOException {
    try (DirectoryStream<Path> left = Files.newDirectoryStream(cwd)) {
      left.forEach(path -> fail("left behind: " + path));
    }
  }

  @Test
  void answersToBothNames() throws Exception {
    assertVersion("platter ", HOME.resolve("bin/platter"));
    assertVersion(QEMU_IMG, HOME.resolve("bin/qemu-img"));
  }

  @Test
  void pagesOfTheManualAndScriptsOfShellsLieWhereSystemsLookForThem() throws Exception {
    Path share = HOME.resolve("share");
    for (String command : List.of("", "convert", "manual")) {
      String page = command.isEmpty() ? "platter.1" : "platter-" + command + ".1";
      List<String> line = new ArrayList<>(List.of("manual", command));
      line.remove("");
      assertEquals(
          Run.platter(line.toArray()).mustWork(),
          Files.readString(share.resolve("man/man1").resolve(page)));
    }
    for (String program : List.of("platter", "qemu-img")) {
      Map<String, String> scripts =
          Map.of(
              "bash", "bash-completion/completions/" + program,
              "zsh", "zsh/site-functions/_" + program,
              "fish", "fish/vendor_completions.d/" + program + ".fish");
      for (Map.Entry<String, String> script : scripts.entrySet()) {
        assertEquals(
            Run.platter("completion", "--program", program, script.getKey()).mustWork(),
            Files.readString(share.resolve(script.getValue())));
      }
    }
  }

  @Test
  void theNameOfALinkDecides() throws Exception {
    Path directory = Files.createDirectory(scratch.resolve("with a space"));
    Path named = directory.resolve("qemu-img");
    Files.createSymbolicLink(named, HOME.resolve("bin/platter"));
    assertVersion(QEMU_IMG, named);
    Path relative = Files.createSymbolicLink(scratch.resolve("qi"), scratch.relativize(named));
    assertVersion(QEMU_IMG, relative);
    Path other = Files.createSymbolicLink(scratch.resolve("disks"), HOME.resolve("bin/platter"));
    assertVersion("platter ", other);
  }

  @Test
  void startsFromThePathAndFromTheWorkingDirectory() throws Exception {
    Path link = Files.createSymbolicLink(cwd.resolve("qemu-img"), HOME.resolve("bin/platter"));
    Map<String, String> path = Map.of("PATH", cwd + ":/usr/bin:/bin");
    Result found = run(path, List.of("/bin/sh", "-c", "cd / && qemu-img --version"));
    assertTrue(found.out().startsWith(QEMU_IMG), found::toString);
    Result relative = run(Map.of(), List.of("./qemu-img", "--version"));
    assertTrue(relative.out().startsWith(QEMU_IMG), relative::toString);
    Result script = run(Map.of(), List.of("/bin/sh", "qemu-img", "--version"));
    assertTrue(script.out().startsWith(QEMU_IMG), script::toString);
    Files.delete(link);
  }

  @Test
  void ignoresWhatTheEnvironmentSaysToJava() throws Exception {
    Map<String, String> hostile =
        Map.of(
            "JAVA_TOOL_OPTIONS", "-Xnonsense",
            "JDK_JAVA_OPTIONS", "-Xnonsense",
            "_JAVA_OPTIONS", "-Xnonsense",
            "CLASSPATH", "/nowhere.jar",
            "CDPATH", "/usr");
    assertGood(run(hostile, command("info", IMAGE)));
    assertGood(run(Map.of("PATH", "/nonexistent"), command("info", IMAGE)));
  }

  @Test
  void argumentsReachTheProgramAsTheyAre() throws Exception {
    Files.writeString(cwd.resolve("args"), "--version");
    Result at = run(Map.of(), command("info", "@args"));
    assertEquals(1, at.exitCode());
    assertTrue(at.err().contains("'@args'"), at::toString);
    Result vm = run(Map.of(), command("info", "-Jnonsense"));
    assertEquals(1, vm.exitCode());
    assertTrue(vm.err().contains("J"), vm::toString);
    Path odd = Files.copy(IMAGE, cwd.resolve("a 'quoted' * $HOME\\.qcow2"));
    Result quoted = assertGood(run(Map.of(), command("info", odd.getFileName())));
    assertTrue(quoted.out().contains("image: " + odd.getFileName()), quoted::toString);
    Files.delete(odd);
    Files.delete(cwd.resolve("args"));
  }

  @Test
  void standardInputIsUnwrappedAndItsFormatTold() throws Exception {
    String script =
        "set -e; cd '"
            + cwd
            + "'; p='"
            + HOME
            + "/bin/platter'; \"$p\" convert -O raw '"
            + IMAGE
            + "' d.raw; \"$p\" convert --wrap xz d.raw - | \"$p\" convert -O qcow2 - d.qcow2;"
            + " \"$p\" compare d.raw d.qcow2; \"$p\" convert -O raw - e.raw <'"
            + IMAGE
            + "'; \"$p\" compare d.raw e.raw; \"$p\" convert --wrap zst d.raw - | head -c 100"
            + " | \"$p\" convert - f.raw || echo refused; ls; rm *";
    Result result = run(Map.of(), List.of("/bin/sh", "-c", script));
    assertEquals(0, result.exitCode(), result::toString);
    assertEquals(
        "Images are identical.\nImages are identical.\nrefused\nd.qcow2\nd.raw\ne.raw\n",
        result.out());
    assertTrue(result.err().contains("cut off"), result::toString);
  }

  @Test
  void namesOutsideAsciiWorkInTheCLocale() throws Exception {
    byte[] name = "disk-é-磁.qcow2".getBytes(StandardCharsets.UTF_8);
    StringBuilder octal = new StringBuilder();
    for (byte b : name) {
      octal.append("\\0").append(Integer.toOctalString(b & 0xff));
    }
    String script = // so that this test itself does not depend on the locale of the JVM it runs in
        "n=$(printf '%b' '"
            + octal
            + "'); cp '"
            + IMAGE
            + "' \"$n\"; '"
            + HOME
            + "/bin/platter' info \"$n\"; rm \"$n\"";
    Result result = assertGood(run(Map.of("LC_ALL", "C"), List.of("/bin/sh", "-c", script)));
    assertTrue(result.out().contains("disk-é-磁.qcow2"), result::toString);
  }

  @Test
  void describesEveryGoldenImageWithinTheLimitsOfOpenStack() throws Exception {
    assumeTrue(Files.exists(Path.of("/usr/bin/prlimit")), "there is no /usr/bin/prlimit");
    int seen = 0;
    try (DirectoryStream<Path> images = Files.newDirectoryStream(GOLDEN, "*.qcow2")) {
      for (Path image : images) {
        List<String> command =
            new ArrayList<>(List.of("/usr/bin/prlimit", "--as=1073741824", "--cpu=2"));
        command.addAll(command("info", "--output=json", image));
        Result result = run(Map.of(), command);
        boolean refused = image.getFileName().toString().equals("unknown-feature.qcow2");
        assertEquals(refused ? 1 : 0, result.exitCode(), image + ": " + result);
        assertEquals(refused, !result.err().isEmpty(), image + ": " + result);
        seen++;
      }
    }
    assertTrue(seen > 10, "golden images: " + seen);
  }

  @Test
  void saysSoWhereTheAddressSpaceIsTooSmall() throws Exception {
    String script = "ulimit -v 300000; exec '" + HOME + "/bin/platter' --help";
    Result result = run(Map.of(), List.of("/bin/sh", "-c", script));
    assertEquals(1, result.exitCode());
    assertEquals("", result.out());
    assertEquals(1, result.err().lines().count(), result::toString);
    assertTrue(result.err().contains("RLIMIT_AS"), result::toString);
  }

  @Test
  void theCachesFitWhereverTheDirectoryIsCopied() throws Exception {
    Path copy = scratch.resolve("a copy");
    assertGood(run(Map.of(), List.of("cp", "-r", HOME.toString(), copy.toString())));
    List<String> info = List.of(copy.resolve("bin/platter").toString(), "info", IMAGE.toString());
    assertGood(run(Map.of(), info));
    Path lib = copy.resolve("lib");
    for (String cache : CACHES) {
      assertGood(
          run(Map.of(), java(lib, cache, "-XX:AOTMode=on", "--version"))); // cannot do without
    }
    Files.write(lib.resolve("info.aot"), new byte[100]);
    assertGood(run(Map.of(), info));
  }

  @Test
  void tellsItsVersionWithoutJava() throws Exception {
    Path lib = HOME.resolve("lib");
    for (String program : List.of("platter", "qemu-img")) {
      String name = "-Dplatter.program=" + program;
      Result java = assertGood(run(Map.of(), java(lib, "info.aot", name, "--version")));
      String script = HOME.resolve("bin/" + program).toString();
      for (String option : List.of("--version", "-V")) {
        // No memory for a Java VM, and no other programs.
        String limited = "ulimit -v 100000; PATH=/nonexistent; exec '" + script + "' " + option;
        Result result = assertGood(run(Map.of(), List.of("/bin/sh", "-c", limited)));
        assertEquals(java.out(), result.out());
      }
      Result full =
          run(Map.of(), List.of("/bin/sh", "-c", "'" + script + "' --version >/dev/full"));
      assertEquals(1, full.exitCode());
      assertEquals(program + ": cannot write to standard output\n", full.err());
    }
  }

  @Test
  void theCachesHoldTheCodeOfTheMethodHandlesThatNativeCallsNeed() throws Exception {
    String trace = "-Djava.lang.invoke.MethodHandle.TRACE_RESOLVE=true";
    for (String cache : CACHES) {
      Result result =
          assertGood(run(Map.of(), java(HOME.resolve("lib"), cache, trace, "info", IMAGE)));
      assertTrue(result.out().contains("[LF_RESOLVE]"), result::out);
      assertFalse(result.out().contains("(fail)"), result::out);
    }
  }

  /** Making one takes a millisecond, in each thread that comes by first. */
  @Test
  void conversionsMakeNoClassesOfOurOwnAtRunTime() throws Exception {
    Path lib = HOME.resolve("lib");
    for (String format : List.of("raw", "qcow2", "vmdk", "vdi", "vpc", "vhdx", "parallels")) {
      Path target = scratch.resolve("made." + format);
      List<String> command =
          java(lib, "convert.aot", "-Xlog:class+load", "convert", "-O", format, IMAGE, target);
      String loaded = assertGood(run(Map.of(), command)).out();
      assertTrue(loaded.contains("dev.platter.cli.Main source: shared objects file"), loaded);
      List<String> made =
          loaded
              .lines()
              .filter(line -> line.contains("] dev.platter."))
              .filter(line -> !line.endsWith("source: shared objects file"))
              .toList();
      assertEquals(List.of(), made, format);
    }
  }

  @Test
  void bothCompilersWorkOnWhatJavaItselfUnpacksOrDigests() throws Exception {
    Path bin = Files.createDirectories(scratch.resolve("stub/bin"));
    Path runtime = Files.createDirectories(scratch.resolve("stub/lib/runtime/bin"));
    Path program = Files.copy(HOME.resolve("bin/platter"), bin.resolve("platter"));
    Path java = Files.writeString(runtime.resolve("java"), "#!/bin/sh\necho \"$@\"\n");
    assertTrue(java.toFile().setExecutable(true));
    String both =
        """
        info a.qcow2.xz
        convert -O raw a.raw.bz2 b.raw
        convert -O ova a.raw b
        info b.ova
        """;
    for (String line : both.lines().toList()) {
      assertFalse(startOf(program, line).contains("TieredStopAtLevel=1"), line);
    }
    for (String line : List.of("info a.qcow2", "convert nova/a.raw b.qcow2", "--help")) {
      assertTrue(startOf(program, line).contains("TieredStopAtLevel=1"), line);
    }
  }

  private String startOf(Path program, String arguments) throws Exception {
    List<String> command = new ArrayList<>(List.of(program.toString()));
    command.addAll(List.of(arguments.split(" ", -1)));
    Result result = assertGood(run(Map.of(), command));
    assertTrue(result.out().endsWith(arguments + "\n"), result::toString);
    return result.out();
  }

  /** Starts the program without its launcher. */
  private static List<String> java(Path lib, String cache, String option, Object... arguments) {
    List<String> command = new ArrayList<>();
    command.add(lib.resolve("runtime/bin/java").toString());
    command.add("@" + lib.resolve("jvm.options"));
    command.add("-XX:AOTCache=" + lib.resolve(cache));
    command.add("-Dplatter.native.dir=" + lib.resolve("native"));
    command.add(option);
    command.addAll(List.of("-m", "dev.platter.cli/dev.platter.cli.Main"));
    for (Object argument : arguments) {
      command.add(argument.toString());
    }
    return command;
  }

  private void assertVersion(String start, Path program) throws Exception {
    Result result = assertGood(run(Map.of(), List.of(program.toString(), "--version")));
    assertTrue(result.out().startsWith(start), result::toString);
  }

  /** Succeeded, and said nothing on standard error. */
  private static Result assertGood(Result result) {
    assertEquals(0, result.exitCode(), result::toString);
    assertEquals("", result.err());
    return result;
  }

  private static List<String> command(Object... arguments) {
    List<String> command = new ArrayList<>(List.of(HOME.resolve("bin/platter").toString()));
    for (Object argument : arguments) {
      command.add(argument.toString());
    }
    return command;
  }

  private Result run(Map<String, String> environment, List<String> command) throws Exception {
    Path out = scratch.resolve("out");
    Path err = scratch.resolve("err");
    ProcessBuilder builder = new ProcessBuilder(command).directory(cwd.toFile());
    builder.environment().keySet().removeIf(name -> name.contains("JAVA") || name.equals("LC_ALL"));
    builder.environment().putAll(environment);
    Process process = builder.redirectOutput(out.toFile()).redirectError(err.toFile()).start();
    process.getOutputStream().close();
    assertTrue(process.waitFor(60, TimeUnit.SECONDS), () -> "does not end: " + command);
    return new Result(process.exitValue(), Files.readString(out), Files.readString(err));
  }
}
