package dev.platter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The README's Java is compiled as it stands there, and run. */
class ReadmeTest {
  private static final Path ROOT = Path.of("../..");

  @TempDir Path directory;

  @Test
  void theExampleCompilesAndRuns() throws Exception {
    String readme = Files.readString(ROOT.resolve("README.md"));
    Matcher matcher = Pattern.compile("(?s)```java\n(.*?)```").matcher(readme);
    assertTrue(matcher.find(), "the README has an example in Java");
    // The example's files lie in a directory of the test's own.
    String example = matcher.group(1).replace("Path.of(\"", "in.resolve(\"");
    Path source = directory.resolve("Example.java");
    Files.writeString(
        source,
        """
        import dev.platter.Disk;
        import dev.platter.Platter;
        import java.io.InputStream;
        import java.io.OutputStream;
        import java.lang.foreign.Arena;
        import java.lang.foreign.MemorySegment;
        import java.nio.file.Path;

        public class Example {
          public static void main(String[] args) throws Exception {
            Path in = Path.of(args[0]);
        """
            + example
            + "  }\n}\n");
    Path raw = directory.resolve("source.raw");
    Files.write(raw, new byte[1 << 20]);
    Platter.convert(raw).to(directory.resolve("disk.vmdk")).format("vmdk").run();

    Path java = Path.of(System.getProperty("java.home"), "bin", "java");
    String classPath =
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    Process process =
        new ProcessBuilder(
                java.toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                classPath,
                source.toString(),
                directory.toString())
            .redirectErrorStream(true)
            .start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor(), said);
    assertTrue(said.contains("100 %"), said);
    try (Disk disk = Platter.open(directory.resolve("disk.qcow2"))) {
      assertEquals(1 << 20, disk.size());
    }
  }

  @Test
  void theCoordinatesAreThisModules() throws IOException {
    String readme = Files.readString(ROOT.resolve("README.md"));
    String pom = Files.readString(Path.of("pom.xml"));
    Matcher artifact = Pattern.compile("<artifactId>(convert-api)</artifactId>").matcher(readme);
    assertTrue(artifact.find());
    assertTrue(pom.contains(artifact.group()));
    Matcher version = Pattern.compile("<version>(.*?)</version>").matcher(readme);
    assertTrue(version.find());
    assertTrue(pom.contains(version.group()));
  }
}
