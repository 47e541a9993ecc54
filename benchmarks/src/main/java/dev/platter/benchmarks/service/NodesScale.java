package dev.platter.benchmarks.service;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * How many images a minute so many workers import that share a PostgreSQL: all that is asked for at
 * once, until the last one is active.
 */
public final class NodesScale {
  private static final int AT_ONCE = 4;

  private final Path directory;
  private final String program;
  private final Psql psql;
  private final int images;
  private final int mib;

  private NodesScale(Path directory, String program, Psql psql, int images, int mib) {
    this.directory = directory;
    this.program = program;
    this.psql = psql;
    this.images = images;
    this.mib = mib;
  }

  /** Arguments: DIRECTORY PROGRAM PORT IMAGES MIB RATE WORKERS... */
  public static void main(String[] arguments) throws IOException {
    Psql psql = new Psql(Integer.parseInt(arguments[2]));
    NodesScale scale =
        new NodesScale(
            Path.of(arguments[0]),
            arguments[1],
            psql,
            Integer.parseInt(arguments[3]),
            Integer.parseInt(arguments[4]));
    double rate = Double.parseDouble(arguments[5]);
    List<Integer> workers = Arrays.stream(arguments).skip(6).map(Integer::valueOf).toList();
    System.out.printf(
        Locale.ROOT,
        "%d imports (web-download) of %d MiB, %d at a time on each worker, into one directory.%n%n",
        scale.images,
        scale.mib,
        AT_ONCE);
    System.out.println("| source | workers | imports a minute | times as many | processors used |");
    System.out.println("|---|---|---|---|---|");
    for (double each : new double[] {0, rate}) {
      double first = 0;
      for (int count : workers) {
        Figures found = scale.measure(count, each);
        first = first == 0 ? found.perMinute() : first;
        System.out.printf(
            Locale.ROOT,
            "| %s | %d | %.0f | %.2f | %.2f |%n",
            each == 0 ? "as fast as it can" : "%.0f MiB/s each".formatted(each),
            count,
            found.perMinute(),
            found.perMinute() / first,
            found.processors());
      }
    }
    System.out.println();
  }

  private record Figures(double perMinute, double processors) {}

  private Figures measure(int workers, double rate) throws IOException {
    Path place = fresh();
    String database = psql.fresh("scale");
    List<RacedService> nodes = new ArrayList<>();
    try (PacedFiles web = new PacedFiles(mib, rate)) {
      String settings =
          """
          node_staging_uri = %1$s/staging
          [glance_store]
          filesystem_store_datadir = %1$s/images
          [import_filtering_opts]
          allowed_ports = %2$d
          allowed_networks = 127.0.0.0/8
          [import_limits]
          per_project = %3$d
          [taskflow_executor]
          max_workers = %3$d
          conversion_workers = 1
          [database]
          connection = %4$s
          user = %5$s
          [nodes]
          shared_staging = true
          """
              .formatted(place, web.port(), AT_ONCE, database, Psql.USER);
      Files.createDirectories(place.resolve("images"));
      RacedService api =
          RacedService.node(
              place.resolve("api"),
              program,
              "node_name = api\n" + settings + "role = api\n",
              false);
      nodes.add(api);
      for (int i = 0; i < workers; i++) {
        nodes.add(
            RacedService.node(
                place.resolve("worker" + i), program, "node_name = w" + i + "\n" + settings, true));
      }
      return run(api, nodes, web);
    } finally {
      for (RacedService node : nodes.reversed()) {
        node.close();
      }
      fresh();
    }
  }

  private Figures run(RacedService api, List<RacedService> nodes, PacedFiles web)
      throws IOException {
    try (Client client = new Client(api)) {
      List<String> ids = new ArrayList<>();
      for (int i = 0; i < images; i++) {
        ids.add(client.create("raw"));
      }
      double before = used(nodes);
      long begun = System.nanoTime();
      for (int i = 0; i < images; i++) {
        String body =
            "{\"method\":{\"name\":\"web-download\",\"uri\":\"%s\"}}".formatted(web.url(i));
        client.ask("POST", "/v2/images/" + ids.get(i) + "/import", body);
      }
      for (String id : ids) {
        client.awaitActive(id);
      }
      double seconds = (System.nanoTime() - begun) / 1e9;
      return new Figures(images * 60 / seconds, (used(nodes) - before) / seconds);
    }
  }

  private static double used(List<RacedService> nodes) {
    return nodes.stream().mapToDouble(RacedService::processorSeconds).sum();
  }

  /** An empty directory; what was in it is gone. */
  private Path fresh() throws IOException {
    Path place = directory.resolve("nodes");
    if (Files.exists(place)) {
      try (Stream<Path> files = Files.walk(place)) {
        for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(file);
        }
      }
    }
    return Files.createDirectories(place);
  }
}
