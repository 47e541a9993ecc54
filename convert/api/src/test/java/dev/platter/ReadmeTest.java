package dev.platter;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.testdata.ExternalTool;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The README's Java is compiled as it stands there, and run. */
class ReadmeTest {
  private static final Path ROOT = Path.of("../..");

  @TempDir Path directory;

  /** With native calls, without, and where they are forbidden. */
  @ParameterizedTest
  @ValueSource(strings = {"--enable-native-access=ALL-UNNAMED", "", "--illegal-native-access=deny"})
  void theExampleCompilesAndRuns(String nativeAccess) throws Exception {
    String readme = Files.readString(ROOT.resolve("README.md"));
    Matcher matcher = Pattern.compile("(?s)```java\n(.*?)```").matcher(readme);
    assertTrue(matcher.find(), "the README has an example in Java");
    // The example's files lie in a directory of the test's own.
    String example = matcher.group(1).replace("Path.of(\"", "in.resolve(\"");
    boolean denied = nativeAccess.contains("deny");
    if (denied) {
      example = example.replace("zstd", "zlib"); // zstd needs a library of its own
    }
    Path source = directory.resolve("Example.java");
    Files.writeString(
        source,
"""
        import dev.platter.Disk;
        import dev.platter.Inspection;
        import dev.platter.Platter;
        import dev.platter.WritableDisk;
        import dev.platter.convert.Cancellation;
        import java.io.InputStream;
        import java.io.OutputStream;
        import java.lang.foreign.Arena;
        import java.lang.foreign.MemorySegment;
        import java.nio.charset.StandardCharsets;
        import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

        public class Example {
          public static void main(String[] args) throws Exception {
            Path in = Path.of(args[0]);
"""
            + example
            + "  }\n}\n");
    byte[] content = new byte[1 << 20];
    new Random(1).nextBytes(content);
    Path raw = directory.resolve("source.raw");
    Files.write(raw, content);
    Platter.convert(raw).to(directory.resolve("disk.vmdk")).format("vmdk").run();

    Path java = Path.of(System.getProperty("java.home"), "bin", "java");
    String classPath =
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    List<String> command = new ArrayList<>(List.of(java.toString(), "-cp", classPath));
    if (!nativeAccess.isEmpty()) {
      command.add(nativeAccess);
    }
    command.addAll(List.of(source.toString(), directory.toString()));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor(), said);
    assertTrue(said.contains("100 %"), said);
    assertTrue(said.contains("0 errors"), said);
    int warnings = said.split("--enable-native-access=ALL-UNNAMED", -1).length - 1;
    assertTrue(nativeAccess.contains("enable") ? warnings == 0 : warnings >= 1, said);
    assertEquals(
        nativeAccess.contains("enable") ? 0 : 1, said.split("more slowly", -1).length - 1, said);
    assertTrue(!denied || warnings == 1, said);
    System.arraycopy("hello".getBytes(StandardCharsets.UTF_8), 0, content, 4096, 5);
    Arrays.fill(content, 8192, 8192 + 65536, (byte) 0);
    Arrays.fill(content, 1 << 19, (1 << 19) + (1 << 16), (byte) 0);
    try (Disk disk = Platter.open(directory.resolve("disk.qcow2"))) {
      assertEquals(20L << 30, disk.size());
      byte[] found = disk.read(0, 1 << 20);
      // What was discarded may be there still.
      Arrays.fill(found, 1 << 19, (1 << 19) + (1 << 16), (byte) 0);
      assertArrayEquals(content, found);
    }
    ExternalTool.qemuImg().mustRun("check", directory.resolve("disk.qcow2"));
  }

  @Test
  void whereNativeCallsAreForbiddenZstdIsRefusedInOneLine() throws Exception {
    Path raw = directory.resolve("source.raw");
    byte[] text = new byte[1 << 20];
    Arrays.fill(text, (byte) 'a');
    Files.write(raw, text);
    Platter.convert(raw)
        .to(directory.resolve("zstd.qcow2"))
        .format("qcow2")
        .option("compression_type", "zstd")
        .compress()
        .run();
    Path source = directory.resolve("Refused.java");
    Files.writeString(
        source,
        """
        import dev.platter.Disk;
        import dev.platter.Platter;
        import dev.platter.image.ImageException;
        import java.nio.file.Path;

        public class Refused {
          public static void main(String[] args) throws Exception {
            Path in = Path.of(args[0]);
            try (Disk disk = Platter.open(in.resolve("zstd.qcow2"))) {
              disk.read(0, 512);
            } catch (ImageException e) {
              System.out.println("read " + e.getMessage());
            }
            try {
              Platter.convert(in.resolve("source.raw")).to(in.resolve("new.qcow2"))
                  .format("qcow2").option("compression_type", "zstd").compress().run();
            } catch (ImageException e) {
              System.out.println("write " + e.getMessage());
            }
          }
        }
        """);
    Path java = Path.of(System.getProperty("java.home"), "bin", "java");
    String classPath =
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    Process process =
        new ProcessBuilder(
                java.toString(),
                "-cp",
                classPath,
                "--illegal-native-access=deny",
                source.toString(),
                directory.toString())
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor(), said);
    List<String> lines = said.lines().toList();
    assertEquals(2, lines.size(), said);
    assertTrue(lines.get(0).matches("read .*zstd.qcow2: zstd-jni's library cannot be.*"), said);
    assertTrue(lines.get(1).matches("write .*new.qcow2: zstd-jni's library cannot be.*"), said);
    assertTrue(Files.notExists(directory.resolve("new.qcow2")));
  }

  @Test
  void theCoordinatesAreThisModules() throws IOException {
    String readme = Files.readString(ROOT.resolve("README.md"));
    assertTrue(readme.contains("<artifactId>platter-api</artifactId>"));
    assertTrue(
        Files.readString(Path.of("pom.xml")).contains("<artifactId>platter-api</artifactId>"));
    Matcher version = Pattern.compile("<version>(.*?)</version>").matcher(readme);
    assertTrue(version.find());
    assertTrue(
        Files.readString(ROOT.resolve("pom.xml"))
            .contains("<revision>" + version.group(1) + "</revision>"));
  }

  @Test
  void theBomListsEveryModuleThatIsPublished() throws IOException {
    Set<String> modules = new TreeSet<>();
    String parent = Files.readString(ROOT.resolve("pom.xml"));
    Matcher module = Pattern.compile("<module>(.*?)</module>").matcher(parent);
    while (module.find()) {
      if (!module
          .group(1)
          .matches("benchmarks|testdata/(format-toy|fuzz)|convert/(bom|packages)")) {
        String pom = Files.readString(ROOT.resolve(module.group(1)).resolve("pom.xml"));
        modules.add(pom.replaceFirst("(?s).*?</parent>.*?<artifactId>(.*?)</artifactId>.*", "$1"));
      }
    }
    Set<String> listed = new TreeSet<>();
    Matcher artifact =
        Pattern.compile("<groupId>dev.platter</groupId><artifactId>(.*?)</artifactId>")
            .matcher(Files.readString(ROOT.resolve("convert/bom/pom.xml")));
    while (artifact.find()) {
      listed.add(artifact.group(1));
    }
    assertTrue(modules.size() > 10, modules::toString);
    assertEquals(modules, listed);
  }
}
