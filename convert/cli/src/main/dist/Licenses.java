import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.stream.Stream;

/**
 * Lays out {@code licenses/}: what the distribution holds of others ({@code THIRD-PARTY.txt}), the
 * texts of its licences, and its bill of materials ({@code platter.cdx.json}, CycloneDX).
 *
 * <p>Nothing gets into a distribution without a line in {@code components.txt}.
 */
class Licenses {
  /** One line of {@code components.txt}. */
  private record Component(List<String> files, String name, String license, String text) {
    static Component parse(String line) {
      String[] columns = line.split("\\|");
      List<String> files = List.of(columns[0].strip().split(",\\s*"));
      return new Component(files, columns[1].strip(), columns[2].strip(), columns[3].strip());
    }
  }

  /** What is in the distribution, and where. */
  private record Part(String place, String version, Component component) {}

  private final Path sources;
  private final Path distribution;
  private final List<Component> components = new ArrayList<>();
  private final List<Part> parts = new ArrayList<>();

  /** Reads {@code components.txt} in {@code sources}. */
  Licenses(Path sources, Path distribution) throws IOException {
    this.sources = sources;
    this.distribution = distribution;
    for (String line : Files.readAllLines(sources.resolve("components.txt"))) {
      if (!line.isBlank() && !line.startsWith("#")) {
        components.add(Component.parse(line));
      }
    }
  }

  /** Adds what was linked into the runtime from a jar; our own jars need no licence. */
  void addLinked(Path jar, String module) throws IOException {
    add(jar.getFileName().toString(), "lib/runtime (module " + module + ")");
  }

  /** Adds the files of {@code lib/native} and {@code lib/service}. */
  void addFiles() throws IOException {
    for (String directory : List.of("lib/native", "lib/service")) {
      try (Stream<Path> files = Files.list(distribution.resolve(directory))) {
        for (Path file : files.sorted().toList()) {
          add(file.getFileName().toString(), directory + "/" + file.getFileName());
        }
      }
    }
  }

  private void add(String file, String place) throws IOException {
    if (file.matches("(platter-|remote-stores).*\\.jar")) {
      return;
    }
    String name = file.replaceFirst("-\\d.*\\.jar$", "");
    String version = file.equals(name) ? "" : file.substring(name.length() + 1).replace(".jar", "");
    List<Component> found = components.stream().filter(c -> c.files().contains(name)).toList();
    if (found.isEmpty()) {
      throw new IOException(place + ": " + name + " has no line in components.txt");
    }
    found.forEach(component -> parts.add(new Part(place, version, component)));
  }

  /**
   * Writes all files.
   *
   * @param mavenBill the bill of materials that Maven made of its artifacts; absent: it was offline
   */
  void write(Path mavenBill) throws IOException {
    Path directory = Files.createDirectories(distribution.resolve("licenses"));
    StringBuilder list = new StringBuilder();
    list.append(
        """
        Platter is under the Apache License 2.0 (LICENSE). It comes with work of others, listed here:
        where it is, what it is, its licence (SPDX), the file that has the text. Jars may hold notices
        of their own, in their META-INF.

        """);
    for (Part part : parts) {
      Component component = part.component();
      String name = (component.name() + " " + part.version()).strip();
      list.append(
          "%s: %s; %s; %s%n".formatted(part.place(), name, component.license(), component.text()));
      if (!component.text().startsWith("..")) {
        Files.write(
            directory.resolve(component.text()),
            Files.readAllBytes(sources.resolve(component.text())));
      }
    }
    Properties java = java();
    list.append(
        "lib/runtime: OpenJDK %s; GPL-2.0-only WITH Classpath-exception-2.0; lib/runtime/legal%n%n"
            .formatted(java.getProperty("version")));
    list.append(
        "OpenJDK's source is %s, commit %s.%n"
            .formatted(java.getProperty("SOURCE_REPO"), java.getProperty("SOURCE")));
    Files.writeString(directory.resolve("THIRD-PARTY.txt"), list);
    if (Files.exists(mavenBill)) {
      Files.writeString(
          directory.resolve("platter.cdx.json"), bill(Files.readString(mavenBill), java));
    } else {
      // Maven's plugin does nothing where Maven is told to be offline. LicensesIT lets none pass.
      System.err.println(
          "[WARNING] built offline: there is no bill of materials (platter.cdx.json)");
    }
  }

  /** What the JDK that links says of itself, quotation marks removed. */
  private static Properties java() throws IOException {
    Properties properties = new Properties();
    Path release = Path.of(System.getProperty("java.home"), "release");
    for (String line : Files.readAllLines(release, StandardCharsets.UTF_8)) {
      int equals = line.indexOf('=');
      properties.setProperty(
          line.substring(0, equals), line.substring(equals + 1).replace("\"", ""));
    }
    properties.setProperty("version", Runtime.version().toString());
    properties.setProperty(
        "SOURCE", properties.getProperty("SOURCE", "unknown").replaceFirst("^\\.:git:", ""));
    properties.putIfAbsent("SOURCE_REPO", "that of its vendor");
    return properties;
  }

  /** Maven's bill of materials, and what Maven does not know of: native libraries and the JDK. */
  private String bill(String maven, Properties java) throws IOException {
    StringBuilder more = new StringBuilder();
    for (Part part : parts) {
      if (part.place().startsWith("lib/native")) {
        more.append(
            entry(
                "library",
                part.component().name(),
                part.version(),
                part.component().license(),
                part.place()));
      }
    }
    more.append(
        entry(
            "platform",
            "OpenJDK",
            java.getProperty("version"),
            "GPL-2.0-only WITH Classpath-exception-2.0",
            "lib/runtime"));
    int list = maven.lastIndexOf("\n  \"components\" : [");
    if (list < 0) {
      throw new IOException("Maven's bill of materials has no list of components");
    }
    int begin = maven.indexOf('[', list) + 1;
    return maven.substring(0, begin) + more + maven.substring(begin);
  }

  private static String entry(
      String type, String name, String version, String license, String place) {
    return """

    {
      "type" : "%s",
      "name" : "%s",%s
      "description" : "%s",
      "licenses" : [ { "expression" : "%s" } ]
    },\
    """
        .formatted(
            type,
            name,
            version.isEmpty() ? "" : "\n      \"version\" : \"" + version + "\",",
            place,
            license);
  }
}
