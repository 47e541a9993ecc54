package dev.platter.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Links between pages lead somewhere, and every page of the documentation is found. */
class DocumentationTest {
  private static final Path ROOT = Path.of("../..").toAbsolutePath().normalize();
  private static final Pattern LINK = Pattern.compile("\\]\\(([^)\\s]+)\\)");
  private static final Pattern HEADING = Pattern.compile("(?m)^#+ +(.*?) *$");

  private static List<Path> pages(Path directory) throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      return files
          .filter(file -> file.toString().endsWith(".md"))
          .filter(file -> !ROOT.relativize(file).toString().matches("(.*/)?(target|\\.git)/.*"))
          .sorted()
          .toList();
    }
  }

  /** Text outside of blocks and of code within lines. */
  private static String prose(Path page) throws IOException {
    return Files.readString(page)
        .replaceAll("(?ms)^```.*?^```$", "")
        .replaceAll("(?m)^    .*$", "");
  }

  /** Where the links of a page lead: paths, each perhaps with an anchor. */
  private static List<String> links(Path page) throws IOException {
    List<String> links = new ArrayList<>();
    Matcher link = LINK.matcher(prose(page));
    while (link.find()) {
      if (!link.group(1).matches("[a-z]+:.*")) {
        links.add(link.group(1));
      }
    }
    return links;
  }

  private static Path target(Path page, String link) {
    String path = link.replaceFirst("#.*", "");
    return path.isEmpty() ? page : page.resolveSibling(path).normalize();
  }

  /** The anchors of a page's headings, as the usual hosts make them. */
  private static Set<String> anchors(Path page) throws IOException {
    Set<String> anchors = new HashSet<>();
    Matcher heading = HEADING.matcher(prose(page));
    while (heading.find()) {
      String text = heading.group(1).replaceAll("\\[([^]]*)\\]\\([^)]*\\)", "$1");
      anchors.add(
          text.toLowerCase(Locale.ROOT).replaceAll("[^\\p{L}\\p{N} _-]", "").replace(' ', '-'));
    }
    return anchors;
  }

  @Test
  void everyLinkLeadsToAFileAndAHeading() throws IOException {
    List<String> dead = new ArrayList<>();
    int seen = 0;
    for (Path page : pages(ROOT)) {
      for (String link : links(page)) {
        Path target = target(page, link);
        String anchor = link.contains("#") ? link.substring(link.indexOf('#') + 1) : "";
        if (!Files.exists(target) || !anchor.isEmpty() && !anchors(target).contains(anchor)) {
          dead.add(ROOT.relativize(page) + ": " + link);
        }
        seen++;
      }
    }
    assertEquals(List.of(), dead);
    assertEquals(true, seen > 100, "links: " + seen);
  }

  @Test
  void everyPageOfTheDocumentationIsTwoClicksFromTheReadme() throws IOException {
    Set<Path> reached = new HashSet<>(Set.of(ROOT.resolve("README.md")));
    for (int click = 1; click <= 2; click++) {
      for (Path page : List.copyOf(reached)) {
        for (String link : page.toString().endsWith(".md") ? links(page) : List.<String>of()) {
          reached.add(target(page, link));
        }
      }
    }
    Set<Path> missed = new TreeSet<>(pages(ROOT.resolve("docs")));
    missed.removeAll(reached);
    assertEquals(Set.of(), missed);
  }

  @Test
  void everyFormatHasAPage() throws IOException {
    String list = Files.readString(ROOT.resolve("docs/formats/README.md"));
    List<String> missing = new ArrayList<>();
    for (String name :
        Run.platter("--version").mustWork().split("formats: ")[1].split("\n")[0].split(" ")) {
      if (!Pattern.compile("\\b" + name + "\\b").matcher(list + rawFamily()).find()) {
        missing.add(name);
      }
    }
    assertEquals(List.of(), missing);
  }

  private static String rawFamily() throws IOException {
    return Files.readString(ROOT.resolve("docs/formats/raw.md"));
  }
}
