package dev.platter.packages;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What looks at a bundle for Maven Central finds what is missing in one. */
class BundleIT {
  private static final String PARENT = "org/example/p-parent/1.0/p-parent-1.0";
  private static final String CORE = "org/example/p-core/1.0/p-core-1.0";

  @TempDir static Path classes;

  @TempDir Path scratch;
  private final Map<String, String> files = new TreeMap<>();

  private record Result(int exitCode, List<String> lines) {}

  @BeforeAll
  static void compile() throws Exception {
    Tools.run(java("javac"), "-d", classes, "src/central/CheckBundle.java");
  }

  private static Path java(String program) {
    return Path.of(System.getProperty("java.home"), "bin", program);
  }

  @BeforeEach
  void haveASoundBundle() throws Exception {
    put(
        PARENT + ".pom",
        """
        <project><groupId>org.example</groupId><artifactId>p-parent</artifactId>
        <version>1.0</version><packaging>pom</packaging><name>P</name>
        <properties><home>https://example.org</home></properties>
        <description>all</description><url>${home}</url>
        <licenses><license><name>Apache-2.0</name><url>https://example.org/l</url></license>
        </licenses><developers><developer><name>n</name><email>a@example.org</email></developer>
        </developers><scm><connection>scm:git:x</connection><url>https://example.org/x</url>
        <developerConnection>scm:git:x</developerConnection></scm></project>
        """);
    put(
        CORE + ".pom",
        """
        <project><parent><groupId>org.example</groupId><artifactId>p-parent</artifactId>
        <version>1.0</version></parent><artifactId>p-core</artifactId>
        <name>core</name><description>the core</description></project>
        """);
    for (String jar : List.of(".jar", "-sources.jar", "-javadoc.jar")) {
      put(CORE + jar, jar);
    }
  }

  /** Adds a file with all that belongs beside it. */
  private void put(String name, String content) throws Exception {
    files.put(name, content);
    for (Map.Entry<String, String> kind : Map.of("md5", "MD5", "sha1", "SHA-1").entrySet()) {
      byte[] digest =
          MessageDigest.getInstance(kind.getValue())
              .digest(content.getBytes(StandardCharsets.UTF_8));
      files.put(name + "." + kind.getKey(), HexFormat.of().formatHex(digest));
    }
    files.put(name + ".asc", "-----BEGIN PGP SIGNATURE-----\n");
  }

  private void replace(String pom, String old, String now) throws Exception {
    String changed = files.get(pom).replace(old, now);
    assertTrue(!changed.equals(files.get(pom)), old);
    put(pom, changed);
  }

  private Result check(String... options) throws Exception {
    Path bundle = scratch.resolve("bundle.zip");
    try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(bundle))) {
      for (Map.Entry<String, String> file : files.entrySet()) {
        zip.putNextEntry(new ZipEntry(file.getKey()));
        zip.write(file.getValue().getBytes(StandardCharsets.UTF_8));
      }
    }
    List<String> command = new ArrayList<>();
    command.addAll(List.of(java("java").toString(), "-XX:+UseSerialGC"));
    command.addAll(List.of("-cp", classes.toString(), "CheckBundle"));
    command.addAll(List.of(options));
    command.add(bundle.toString());
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    process.getOutputStream().close();
    String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return new Result(process.waitFor(), printed.lines().toList());
  }

  private void assertFaults(List<String> faults, String... options) throws Exception {
    Result result = check(options);
    assertEquals(faults, result.lines().subList(0, result.lines().size() - 1));
    assertEquals(faults.isEmpty() ? 0 : 1, result.exitCode());
  }

  @Test
  void findsNothingInASoundBundle() throws Exception {
    assertFaults(List.of());
    files.keySet().removeIf(name -> name.endsWith(".asc"));
    replace(PARENT + ".pom", "https://example.org</home>", "https://p.invalid</home>");
    files.keySet().removeIf(name -> name.endsWith(".asc"));
    assertFaults(List.of(), "--rehearsal");
  }

  @Test
  void tellsAllThatIsMissing() throws Exception {
    files.remove(CORE + "-javadoc.jar");
    files.remove(CORE + "-sources.jar.sha1");
    files.put(CORE + ".jar.md5", "0");
    files.remove(CORE + ".jar.asc");
    replace(CORE + ".pom", "<description>the core</description>", "");
    replace(PARENT + ".pom", "<email>a@example.org</email>", "");
    replace(PARENT + ".pom", "scm:git:x</connection>", "${nowhere}</connection>");
    replace(PARENT + ".pom", "https://example.org</home>", "https://p.invalid</home>");
    assertFaults(
        List.of(
            CORE + ".pom: no description",
            CORE + ".pom: url is nobody's: https://p.invalid",
            CORE + ".pom: no developers",
            CORE + ".pom: scm/connection is not resolved: ${nowhere}",
            CORE + "-javadoc.jar: is not there",
            PARENT + ".pom: url is nobody's: https://p.invalid",
            PARENT + ".pom: no developers",
            PARENT + ".pom: scm/connection is not resolved: ${nowhere}",
            CORE + "-sources.jar.sha1: is not there",
            CORE + ".jar.md5: is of something else",
            CORE + ".jar.asc: is not there"));
  }

  @Test
  void knowsSnapshotsAndVersionsThatWereNotFilledIn() throws Exception {
    String pom = files.get(CORE + ".pom");
    files.keySet().removeIf(name -> name.startsWith(CORE));
    put(
        "org/example/p-core/1-SNAPSHOT/p-core-1-SNAPSHOT.pom",
        pom.replace("<artifactId>p-core", "<packaging>pom</packaging><artifactId>p-core")
            .replace("</parent>", "</parent><version>${revision}</version>"));
    String name = "org/example/p-core/1-SNAPSHOT/p-core-1-SNAPSHOT.pom";
    assertFaults(
        List.of(
            name + ": its version is ${revision}, not 1-SNAPSHOT",
            name + ": a snapshot, which is not published"));
  }

  @Test
  void anEmptyBundleIsNone() throws Exception {
    files.clear();
    assertFaults(List.of("there is no artifact"));
  }
}
