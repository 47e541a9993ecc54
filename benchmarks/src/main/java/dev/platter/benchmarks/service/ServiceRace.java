package dev.platter.benchmarks.service;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Races the two services on the same disk, in turn, and prints a table in Markdown. All clients run
 * on the same machine, and take their part of it from both.
 */
public final class ServiceRace {
  private static final int AT_ONCE = 8;
  private static final int LISTED = 25;

  private final Path directory;
  private final Path raw;
  private final Path packed;
  private final String program;
  private final int rounds;
  private final int images;
  private final double seconds;
  private final Pattern only;

  private enum Who {
    PLATTER,
    GLANCE
  }

  private ServiceRace(
      Path directory, String program, int rounds, int images, double seconds, Pattern only) {
    this.directory = directory;
    this.program = program;
    this.rounds = rounds;
    this.images = images;
    this.seconds = seconds;
    this.only = only;
    raw = directory.resolve("disk.raw");
    packed = directory.resolve("disk.qcow2");
  }

  /** Arguments: DIRECTORY PROGRAM ROUNDS IMAGES SECONDS PATTERN, which the names of rows hold. */
  public static void main(String[] arguments) throws Exception {
    new ServiceRace(
            Path.of(arguments[0]).toAbsolutePath(),
            arguments[1],
            Integer.parseInt(arguments[2]),
            Integer.parseInt(arguments[3]),
            Double.parseDouble(arguments[4]),
            Pattern.compile(arguments[5]))
        .run();
  }

  /** One kind of work: what it takes in seconds, or how much is done a second. */
  @FunctionalInterface
  private interface Work {
    double measure(RacedService service, Client client) throws IOException;
  }

  private record Row(String name, boolean lessIsBetter, Work work) {}

  private void run() throws Exception {
    List<Row> rows = rows().stream().filter(row -> only.matcher(row.name()).find()).toList();
    if (rows.isEmpty()) {
      throw new IllegalArgumentException("no row's name holds " + only);
    }
    double digest = digestSeconds();
    print(
        ("%s. A disk of %d MiB, %d MiB of them data; requests %d at a time for %.0f s, after as"
                + " much to warm up; %d rounds, medians.")
            .formatted(LocalDate.now(), mib(Files.size(raw)), used(), AT_ONCE, seconds, rounds));
    print(
        "SHA-512 of the disk alone: %.2f s. Load of the machine before: %s."
            .formatted(digest, Files.readString(Path.of("/proc/loadavg")).substring(0, 4)));
    print("");
    print("| work | platter service | Glance | times as fast | processor time, of Glance's |");
    print("|---|---|---|---|---|");
    Map<Who, RacedService> services = new EnumMap<>(Who.class);
    try {
      services.put(Who.PLATTER, RacedService.platter(fresh("platter"), program));
      services.put(Who.GLANCE, RacedService.glance(fresh("glance")));
      for (RacedService service : services.values()) {
        warmUp(service);
      }
      for (Row row : rows) {
        measure(row, services);
      }
      print("");
      for (RacedService service : services.values()) {
        print("Peak memory of %s: %d MiB.".formatted(service.name(), service.peakMiB()));
      }
    } finally {
      for (RacedService service : services.values()) {
        service.close();
      }
    }
    if (only.matcher("download").find()) {
      overTls();
    }
    if (images > 0) {
      crowd();
    }
  }

  /** One download over TLS, of which Glance leaves it to others to speak it. */
  private void overTls() throws IOException {
    try (RacedService service = RacedService.platterOverTls(fresh("tls"), program)) {
      Process made =
          new ProcessBuilder(
                  "curl",
                  "-ksf",
                  "-H",
                  "Content-Type: application/json",
                  "-d",
                  Client.document("raw"),
                  service.url() + "/v2/images")
              .start();
      String id =
          Client.identifierIn(
              new String(made.getInputStream().readAllBytes(), StandardCharsets.UTF_8));
      seconds(
          "curl",
          "-ksf",
          "-T",
          raw.toString(),
          "-H",
          "Content-Type: application/octet-stream",
          service.url() + "/v2/images/" + id + "/file");
      List<Double> all = new ArrayList<>();
      double before = service.processorSeconds();
      for (int round = 0; round < rounds; round++) {
        all.add(
            seconds(
                "curl", "-ksf", "-o", "/dev/null", service.url() + "/v2/images/" + id + "/file"));
      }
      print("");
      print(
          "Platter alone, download over TLS: %.2f s, of which its processor time is %.2f s."
              .formatted(median(all), (service.processorSeconds() - before) / rounds));
    }
  }

  private List<Row> rows() {
    return List.of(
        new Row("create", false, (s, c) -> Client.rate(() -> c.create("raw"), AT_ONCE, seconds)),
        new Row("show", false, this::show),
        new Row(
            "list of " + LISTED,
            false,
            (s, c) ->
                Client.rate(
                    () -> c.ask("GET", "/v2/images?limit=" + LISTED, null), AT_ONCE, seconds)),
        new Row("upload", true, this::upload),
        new Row("download", true, (s, c) -> download(s, c)),
        new Row("download of 1,000 ranges of 1 MiB", true, (s, c) -> ranges(s, c)),
        new Row("import of a zlib qcow2, stored as raw", true, this::convert));
  }

  /** Both are services that run for months. */
  private void warmUp(RacedService service) throws IOException {
    try (Client client = new Client(service)) {
      Client.rate(() -> client.create("raw"), AT_ONCE, seconds);
      show(service, client);
      upload(service, client);
    }
  }

  private double show(RacedService service, Client client) throws IOException {
    String id = client.create("raw");
    return Client.rate(() -> client.ask("GET", "/v2/images/" + id, null), AT_ONCE, seconds);
  }

  private double upload(RacedService service, Client client) throws IOException {
    String id = client.create("raw");
    double took = seconds(put(service, id, "file", raw));
    client.ask("DELETE", "/v2/images/" + id, null);
    return took;
  }

  private static String[] put(RacedService service, String id, String what, Path file) {
    return new String[] {
      "curl",
      "-sf",
      "-T",
      file.toString(),
      "-H",
      "Content-Type: application/octet-stream",
      service.url() + "/v2/images/" + id + "/" + what
    };
  }

  private double download(RacedService service, Client client) throws IOException {
    String id = client.create("raw");
    seconds(put(service, id, "file", raw));
    String url = service.url() + "/v2/images/" + id + "/file";
    double took = seconds("curl", "-sf", "-o", "/dev/null", url);
    client.ask("DELETE", "/v2/images/" + id, null);
    return took;
  }

  private double ranges(RacedService service, Client client) throws IOException {
    String id = client.create("raw");
    seconds(put(service, id, "file", raw));
    String url = service.url() + "/v2/images/" + id + "/file";
    Path list = directory.resolve("ranges");
    StringBuilder requests = new StringBuilder();
    long parts = mib(Files.size(raw));
    for (int i = 0; i < 1000; i++) {
      long at = (i * 7919L % parts) << 20;
      requests.append(
          "%surl = \"%s\"\noutput = \"/dev/null\"\nrange = \"%d-%d\"\n"
              .formatted(i == 0 ? "" : "next\n", url, at, at + (1 << 20) - 1));
    }
    Files.writeString(list, requests);
    double took = seconds("curl", "-sf", "-K", list.toString());
    client.ask("DELETE", "/v2/images/" + id, null);
    return took;
  }

  private double convert(RacedService service, Client client) throws IOException {
    String id = client.create("qcow2");
    seconds(put(service, id, "stage", packed));
    long begun = System.nanoTime();
    client.ask("POST", "/v2/images/" + id + "/import", "{\"method\":{\"name\":\"glance-direct\"}}");
    client.awaitActive(id);
    double took = (System.nanoTime() - begun) / 1e9;
    client.ask("DELETE", "/v2/images/" + id, null);
    return took;
  }

  private void measure(Row row, Map<Who, RacedService> services) throws IOException {
    Map<Who, List<Double>> results = new EnumMap<>(Who.class);
    Map<Who, Double> costs = new EnumMap<>(Who.class);
    for (int round = 0; round < rounds; round++) {
      List<Who> order = new ArrayList<>(List.of(Who.values()));
      if (round % 2 == 1) {
        order = order.reversed();
      }
      for (Who who : order) {
        RacedService service = services.get(who);
        try (Client client = new Client(service)) {
          double before = service.processorSeconds();
          double result = row.work().measure(service, client);
          double used = service.processorSeconds() - before;
          results.computeIfAbsent(who, each -> new ArrayList<>()).add(result);
          costs.merge(who, row.lessIsBetter() ? used : used / result, Double::sum);
        }
      }
    }
    double ours = median(results.get(Who.PLATTER));
    double theirs = median(results.get(Who.GLANCE));
    String form = row.lessIsBetter() ? "%.2f s" : "%.0f /s";
    print(
        String.format(
            Locale.ROOT,
            "| %s | " + form + " | " + form + " | %.2f | %.2f |",
            row.name(),
            ours,
            theirs,
            row.lessIsBetter() ? theirs / ours : ours / theirs,
            costs.get(Who.PLATTER) / costs.get(Who.GLANCE)));
  }

  /** Many images, and many who ask at once: how much memory that takes. */
  private void crowd() throws Exception {
    try (RacedService service = RacedService.platter(fresh("crowd"), program);
        Client client = new Client(service)) {
      long begun = System.nanoTime();
      for (int made = 0; made < images; ) {
        made += (int) Math.ceil(Client.rate(() -> client.create("raw"), AT_ONCE, 1));
      }
      double made = (System.nanoTime() - begun) / 1e9;
      double rate =
          Client.rate(() -> client.ask("GET", "/v2/images?limit=100&sort=name:asc", null), 500, 10);
      print(
          String.format(
              Locale.ROOT,
              "With %,d images, made in %.0f s: 500 at once list 100 images each, %.0f lists a"
                  + " second; peak memory %d MiB.",
              images,
              made,
              rate,
              service.peakMiB()));
    }
  }

  private Path fresh(String name) throws IOException {
    Path made = directory.resolve(name);
    if (Files.exists(made)) {
      try (Stream<Path> files = Files.walk(made)) {
        for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(file);
        }
      }
    }
    return Files.createDirectories(made);
  }

  private double digestSeconds() throws IOException {
    seconds("sha512sum", raw.toString());
    return seconds("sha512sum", raw.toString());
  }

  private static double seconds(String... command) throws IOException {
    long begun = System.nanoTime();
    try {
      Process process =
          new ProcessBuilder(command)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .redirectError(ProcessBuilder.Redirect.INHERIT)
              .start();
      if (process.waitFor() != 0) {
        throw new IOException(Arrays.toString(command) + " failed: " + process.exitValue());
      }
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
    return (System.nanoTime() - begun) / 1e9;
  }

  private static double median(List<Double> values) {
    List<Double> sorted = values.stream().sorted().toList();
    return sorted.get(sorted.size() / 2);
  }

  private static long mib(long bytes) {
    return bytes >> 20;
  }

  /** What the disk takes in its file system, MiB. */
  private long used() throws IOException {
    Process du = new ProcessBuilder("du", "-Lm", raw.toString()).start();
    String line = new String(du.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
    return Long.parseLong(line.replaceAll("[^0-9].*", "").strip());
  }

  private static void print(String line) {
    System.out.println(line);
  }
}
