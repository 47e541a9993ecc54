package dev.platter.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What the distribution holds of others is named in it, with its licence and that one's text. */
class LicensesIT {
  private static final Path HOME = Path.of("target/platter").toAbsolutePath();
  private static final Path LICENSES = HOME.resolve("licenses");
  private static final Pattern LINE =
      Pattern.compile("(lib/[^:]+): ([^;]+); ([A-Za-z0-9. -]+); (\\S+)");

  private static List<Matcher> lines() throws IOException {
    return Files.readAllLines(LICENSES.resolve("THIRD-PARTY.txt")).stream()
        .map(LINE::matcher)
        .filter(Matcher::matches)
        .toList();
  }

  private static List<String> places() throws IOException {
    return lines().stream().map(line -> line.group(1)).toList();
  }

  private static List<Path> files(String directory) throws IOException {
    try (Stream<Path> files = Files.list(HOME.resolve(directory))) {
      return files.filter(file -> !file.getFileName().toString().startsWith("platter-")).toList();
    }
  }

  @Test
  void everyJarAndNativeLibraryIsListed() throws IOException {
    int seen = 0;
    for (String directory : List.of("lib/native", "lib/service")) {
      for (Path file : files(directory)) {
        if (!file.getFileName().toString().equals("remote-stores.jar")) {
          assertTrue(places().contains(HOME.relativize(file).toString()), file::toString);
          seen++;
        }
      }
    }
    assertTrue(seen > 40, "jars and libraries: " + seen);
  }

  @Test
  void everyModuleOfTheRuntimeThatIsNeitherTheJdksNorOursIsListed() throws Exception {
    Process java =
        new ProcessBuilder(HOME.resolve("lib/runtime/bin/java").toString(), "--list-modules")
            .start();
    String modules = new String(java.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, java.waitFor());
    int seen = 0;
    for (String module : modules.lines().map(line -> line.replaceFirst("@.*", "")).toList()) {
      if (!module.matches("(java|jdk|dev\\.platter)\\..*")) {
        assertTrue(places().contains("lib/runtime (module " + module + ")"), module);
        seen++;
      }
    }
    assertTrue(seen >= 4, modules);
    assertTrue(places().contains("lib/runtime"));
    assertTrue(Files.exists(HOME.resolve("lib/runtime/legal/java.base/LICENSE")));
  }

  @Test
  void everyTextIsThere() throws IOException {
    for (Matcher line : lines()) {
      Path text =
          line.group(4).startsWith("lib/")
              ? HOME.resolve(line.group(4))
              : LICENSES.resolve(line.group(4));
      assertTrue(Files.exists(text), line.group());
      assertTrue(Files.isDirectory(text) || Files.size(text) > 500, text::toString);
    }
  }

  @Test
  void theBillOfMaterialsHasTheSame() throws IOException {
    String bill = Files.readString(LICENSES.resolve("platter.cdx.json"));
    assertTrue(bill.contains("\"bomFormat\" : \"CycloneDX\""));
    for (Path jar : files("lib/service")) {
      Matcher name = Pattern.compile("(.+?)-(\\d.*)\\.jar").matcher(jar.getFileName().toString());
      if (name.matches()) {
        String entry = "\"name\" : \"%s\",\\s+\"version\" : \"%s\"";
        assertTrue(
            Pattern.compile(entry.formatted(name.group(1), Pattern.quote(name.group(2))))
                .matcher(bill)
                .find(),
            jar::toString);
      }
    }
    for (Path library : files("lib/native")) {
      assertTrue(bill.contains("\"description\" : \"" + HOME.relativize(library) + "\""));
    }
    assertTrue(bill.contains("\"name\" : \"OpenJDK\""));
    for (String tool : List.of("junit", "s3proxy", "archunit")) {
      assertTrue(!bill.contains("\"name\" : \"" + tool), tool);
    }
  }
}
