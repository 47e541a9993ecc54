package dev.platter.guest;

import dev.platter.testdata.ExternalTool;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.stream.Stream;

/** Databases of RPM that RPM itself makes, or Berkeley DB of what RPM made. */
final class RpmTrees {
  static final int PARTS = 20;

  /** How rpm prints what tests compare. */
  private static final String FORM =
      "%{NAME} | %|EPOCH?{%{EPOCH}:}:{}|%{VERSION}-%{RELEASE} | %{ARCH} | %{SOURCERPM} | %{VENDOR}"
          + " | %{LICENSE}\\n";

  private RpmTrees() {}

  /** Builds packages, of which some have headers of more than a page, and one a large one. */
  static List<Path> build(Path directory) throws IOException {
    StringBuilder spec = new StringBuilder();
    spec.append("Name: main\nVersion: 1.0\nRelease: 3.test\nEpoch: 2\nSummary: main\n");
    spec.append("License: MIT AND (GPLv2+ or Artistic)\nVendor: Somebody Ltd.\n");
    spec.append("%description\nmain\n\n");
    Random random = new Random(3);
    for (int i = 0; i < PARTS; i++) {
      spec.append("%package -n part-")
          .append(i)
          .append("\nVersion: ")
          .append(i)
          .append("~rc1^git\n");
      spec.append("Summary: part\n").append(i % 2 == 0 ? "BuildArch: noarch\n" : "");
      spec.append("%description -n part-").append(i).append('\n');
      for (int line = 0; line < (i == 7 ? 3000 : i * 20); line++) {
        spec.append(Long.toHexString(random.nextLong())).append(" of a long text\n");
      }
      spec.append("\n%files -n part-").append(i).append("\n\n");
    }
    spec.append("%files\n");
    Path file = Files.writeString(directory.resolve("main.spec"), spec);
    ExternalTool.named("rpmbuild")
        .mustRun("-bb", "--quiet", "--define", "_topdir " + directory.resolve("build"), file);
    try (Stream<Path> found = Files.walk(directory.resolve("build/RPMS"))) {
      return found.filter(path -> path.toString().endsWith(".rpm")).sorted().toList();
    }
  }

  /** A new database of SQLite, with all packages. */
  static void install(List<Path> packages, Path database) throws IOException {
    Files.createDirectories(database);
    List<Object> words = new ArrayList<>(options(database));
    words.addAll(List.of("-i", "--justdb", "--nodeps"));
    words.addAll(packages);
    ExternalTool.named("rpm").mustRun(words.toArray());
  }

  private static List<Object> options(Path database) {
    return List.of(
        "--dbpath", database, "--define", "_db_backend sqlite", "--nosignature", "--nodigest");
  }

  /** A database of RPM's own kind, which not every RPM makes; its README tells who made it. */
  static byte[] ndb() throws IOException {
    return resource("Packages.db");
  }

  /** What RPM lists in {@link #ndb}. */
  static List<String> ndbPackages() throws IOException {
    return new String(resource("packages.txt"), StandardCharsets.UTF_8).lines().toList();
  }

  private static byte[] resource(String name) throws IOException {
    try (InputStream in = RpmTrees.class.getResourceAsStream("ndb/" + name)) {
      return in.readAllBytes();
    }
  }

  /** What RPM finds in a database of SQLite: sorted lines, empty where nothing is said. */
  static List<String> query(Path database) {
    List<Object> words = new ArrayList<>(options(database));
    words.addAll(List.of("-qa", "--qf", FORM));
    String said = ExternalTool.named("rpm").mustRun(words.toArray());
    return said.lines().map(line -> line.replace("(none)", "").strip()).sorted().toList();
  }

  /** Has Berkeley DB store the headers of a database of SQLite, and a number that is no package. */
  static void convertToBerkeley(Path sqlite, Path target, int pageSize, boolean big) {
    String rows =
        ExternalTool.named("sqlite3").mustRun(sqlite, "SELECT hnum, hex(blob) FROM Packages");
    StringBuilder dump = new StringBuilder("VERSION=3\nformat=bytevalue\ntype=hash\n");
    dump.append("db_pagesize=").append(pageSize).append('\n');
    dump.append("db_lorder=").append(big ? 4321 : 1234).append("\nHEADER=END\n");
    dump.append(" 00000000\n 19000000\n");
    rows.lines()
        .forEach(row -> {
          String[] parts = row.split("\\|", -1);
          String key = HexFormat.of().toHexDigits(Integer.reverseBytes(Integer.parseInt(parts[0])));
          dump.append(' ').append(key).append("\n ");
          dump.append(parts[1].toLowerCase(Locale.ROOT)).append('\n');
        });
    dump.append("DATA=END\n");
    ExternalTool.named("db_load")
        .runWithInput(null, dump.toString().getBytes(StandardCharsets.US_ASCII), target)
        .mustExit(0);
  }
}
