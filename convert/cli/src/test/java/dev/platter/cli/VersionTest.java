package dev.platter.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.cli.line.Profile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The version is told by the parent POM, and what repeats it says the same. */
class VersionTest {
  private static final Path ROOT = Path.of("../..").toAbsolutePath().normalize();

  private static String revision() throws IOException {
    return only("<revision>(.+?)</revision>", ROOT.resolve("pom.xml"));
  }

  /** What the expression finds in a file, which is there once. */
  private static String only(String expression, Path file) throws IOException {
    List<String> found =
        Pattern.compile(expression)
            .matcher(Files.readString(file))
            .results()
            .map(match -> match.group(1))
            .toList();
    assertEquals(1, found.size(), file + ": " + expression);
    return found.getFirst();
  }

  @Test
  void theProgramHasTheVersionOfThePom() throws IOException {
    assertEquals(revision().replace("-SNAPSHOT", ""), Profile.VERSION);
  }

  @Test
  void theReadmeTellsUsersOfMavenTheSame() throws IOException {
    String version =
        only(
            "<artifactId>platter-api</artifactId>\\s*<version>(.+?)</version>",
            ROOT.resolve("README.md"));
    assertEquals(revision(), version);
  }

  @Test
  void everyModuleTakesTheVersionFromTheParent() throws IOException {
    String parent = Files.readString(ROOT.resolve("pom.xml"));
    Matcher module = Pattern.compile("<module>(.+?)</module>").matcher(parent);
    int seen = 0;
    while (module.find()) {
      Path pom = ROOT.resolve(module.group(1)).resolve("pom.xml");
      String version = only("(?s)<parent>.*?<version>(.+?)</version>.*?</parent>", pom);
      assertEquals("${revision}", version, pom::toString);
      seen++;
    }
    assertTrue(seen > 20, "modules: " + seen);
  }

  @Test
  void theChangesAreThoseOfThatVersion() throws IOException {
    String changes = Files.readString(ROOT.resolve("CHANGELOG.md"));
    Matcher first = Pattern.compile("(?m)^## (\\S+)").matcher(changes);
    assertTrue(first.find());
    assertEquals(Profile.VERSION, first.group(1));
  }
}
