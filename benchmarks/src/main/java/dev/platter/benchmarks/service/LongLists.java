package dev.platter.benchmarks.service;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * How long pages of lists take, with many images in a PostgreSQL: 100 to a project, of which a
 * hundredth is for everybody, and some are shared with others.
 */
public final class LongLists {
  private static final int LIMIT_MILLIS = 100;
  private static final Pattern EACH = Pattern.compile("\"checksum\"");

  private final Psql psql;
  private final long images;
  private final int rounds;
  private final Map<String, String> markers = new LinkedHashMap<>();

  private LongLists(Psql psql, long images, int rounds) {
    this.psql = psql;
    this.images = images;
    this.rounds = rounds;
  }

  /** Arguments: DIRECTORY PROGRAM PORT IMAGES ROUNDS. */
  public static void main(String[] arguments) throws IOException {
    Psql psql = new Psql(Integer.parseInt(arguments[2]));
    new LongLists(psql, Long.parseLong(arguments[3]), Integer.parseInt(arguments[4]))
        .run(Path.of(arguments[0]).resolve("lists"), arguments[1]);
  }

  private void run(Path place, String program) throws IOException {
    Files.createDirectories(place.resolve("images"));
    Path tokens = place.resolve("tokens.yaml");
    Files.writeString(tokens, token("admin", "p0", "admin") + token("member", "p7", "member"));
    String settings =
        """
        limit_param_default = 100
        node_staging_uri = %1$s/staging
        [glance_store]
        filesystem_store_datadir = %1$s/images
        [paste_deploy]
        flavor = token-file
        [token_file]
        path = %2$s
        [database]
        connection = %3$s
        user = %4$s
        """
            .formatted(place, tokens, psql.fresh("lists"), Psql.USER);
    try (RacedService service =
        RacedService.node(place.resolve("node"), program, settings, false)) {
      long begun = System.nanoTime();
      fill();
      System.out.printf(
          Locale.ROOT,
          "%,d images, filled in %.0f s. Pages of 100, one at a time, of %d the median and the worst;"
              + " more than %d ms is marked.%n%n",
          images,
          (System.nanoTime() - begun) / 1e9,
          rounds,
          LIMIT_MILLIS);
      System.out.println("| who | list | images | ms | worst | |");
      System.out.println("|---|---|---|---|---|---|");
      int slow = 0;
      for (String who : List.of("admin", "member")) {
        try (Client client = new Client(service, who)) {
          for (String query : queries(who)) {
            slow += measure(client, who, query) ? 1 : 0;
          }
        }
      }
      System.out.printf("%n%d lists take more than %d ms.%n", slow, LIMIT_MILLIS);
    }
  }

  private static String token(String name, String project, String role) {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256").digest(name.getBytes(StandardCharsets.UTF_8));
      return "- {token_sha256: %s, user: %s, project: %s, roles: [%s]}%n"
          .formatted(HexFormat.of().formatHex(digest), name, project, role);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Records as the service makes them; each project has 100, one of them for everybody. */
  private void fill() throws IOException {
    psql.ask(
        "lists",
        """
        INSERT INTO images (id, name, status, visibility, owner, disk_format, container_format, size,
          virtual_size, checksum, os_hash_algo, os_hash_value, min_disk, min_ram, protected,
          os_hidden, created_at, updated_at, metadata_bytes)
        SELECT gen_random_uuid()::text, 'image ' || n,
          CASE WHEN n %% 20 = 0 THEN 'queued' ELSE 'active' END,
          CASE WHEN n / 10000 %% 100 = 0 THEN 'public' WHEN n / 10000 %% 100 = 1 THEN 'community'
            WHEN n / 10000 %% 2 = 0 THEN 'shared' ELSE 'private' END,
          'p' || n %% (%1$d / 100),
          (ARRAY['qcow2', 'raw', 'vmdk', 'vhd'])[1 + (n %% 1000 > 500)::int + (n %% 1000 > 900)::int + (n %% 1000 = 999)::int],
          'bare', (n * 7919) %% 10000000000, 1 << 30, md5(n::text), 'sha512', repeat(md5(n::text), 4), 0,
          0, n %% 100 = 1, n %% 100 = 2, timestamptz '2020-01-01' + n * interval '1 minute',
          timestamptz '2024-01-01' + (n * 7919 %% %1$d) * interval '1 minute', 40
        FROM generate_series(1, %1$d) AS n
        """
            .formatted(images),
        """
        INSERT INTO image_properties (image_id, name, content)
        SELECT id, 'os_distro', (ARRAY['debian', 'fedora', 'ubuntu', 'rare'])[
          1 + (size % 3)::int + (size % 5003 = 0)::int * (3 - (size % 3)::int)] FROM images
        """,
        """
        INSERT INTO image_tags (image_id, tag)
        SELECT id, CASE WHEN size % 5009 = 0 THEN 'seldom' ELSE 'often' END FROM images
        """,
        """
        INSERT INTO image_members (image_id, member, status, created_at, updated_at)
        SELECT id, 'p' || size % 1000, 'accepted', created_at, created_at FROM images
        WHERE visibility = 'shared' AND size % 10 = 0
        """,
        "VACUUM ANALYZE");
  }

  /** The image that stands so far in an order, for who sees all. */
  private String marker(String key, String direction, double part) throws IOException {
    String known = key + direction + part;
    if (!markers.containsKey(known)) {
      String column =
          switch (key) {
            case "name", "size", "disk_format", "container_format" -> "sort_" + key;
            default -> key;
          };
      String order = "%1$s %2$s, created_at %2$s, id %2$s".formatted(column, direction);
      markers.put(
          known,
          psql.ask(
              "lists",
              "SELECT id FROM images WHERE NOT os_hidden AND visibility = 'public' ORDER BY %s"
                      .formatted(order)
                  + " OFFSET (SELECT COUNT(*) * %s FROM images WHERE NOT os_hidden AND visibility = 'public')::bigint LIMIT 1"
                      .formatted(part)));
    }
    return markers.get(known);
  }

  private List<String> queries(String who) throws IOException {
    List<String> all = new ArrayList<>();
    all.add("");
    for (String key :
        List.of(
            "created_at",
            "updated_at",
            "name",
            "size",
            "status",
            "disk_format",
            "container_format",
            "id")) {
      for (String direction : List.of("desc", "asc")) {
        String sort = "sort=" + key + ":" + direction;
        all.add(sort);
        all.add(sort + "&marker=" + marker(key, direction, 0.5));
        all.add(sort + "&marker=" + marker(key, direction, 0.99));
      }
    }
    all.add("sort=name:asc,size:desc");
    all.add("sort=name:asc,size:desc&marker=" + marker("name", "asc", 0.5));
    for (String filter :
        List.of(
            "name=image+777",
            "name=nothing",
            "status=active",
            "status=queued",
            "disk_format=vhd",
            "disk_format=nothing",
            "visibility=public",
            "visibility=private",
            "visibility=shared",
            "visibility=community",
            "visibility=all",
            "owner=p7",
            "tag=seldom",
            "tag=often",
            "tag=nothing",
            "os_distro=debian",
            "os_distro=rare",
            "os_distro=nothing",
            "protected=true",
            "os_hidden=true",
            "size_min=9999000000",
            "size_max=1000",
            "created_at=gt:2021-01-01T00:00:00Z",
            "created_at=lt:2020-01-02T00:00:00Z",
            "updated_at=gte:2025-01-01T00:00:00Z",
            "os_glance_search=777",
            "os_glance_search=nothing")) {
      all.add(filter);
    }
    if (who.equals("member")) {
      all.add("member_status=all");
      all.add("owner=p7&sort=name:asc");
    }
    return all;
  }

  /** Whether it takes too long. */
  private boolean measure(Client client, String who, String query) throws IOException {
    List<Double> times = new ArrayList<>();
    long found = 0;
    for (int i = 0; i <= rounds; i++) {
      long begun = System.nanoTime();
      String page = client.ask("GET", "/v2/images?limit=100&" + query, null);
      double millis = (System.nanoTime() - begun) / 1e6;
      found = EACH.matcher(page).results().count();
      if (i > 0) { // the first one warms up
        times.add(millis);
      }
    }
    times.sort(null);
    double median = times.get(times.size() / 2);
    System.out.printf(
        Locale.ROOT,
        "| %s | `%s` | %d | %.1f | %.1f | %s |%n",
        who,
        query.isEmpty() ? "all" : query.replaceAll("[0-9a-f-]{36}", "ID"),
        found,
        median,
        times.getLast(),
        median > LIMIT_MILLIS ? "**slow**" : "");
    return median > LIMIT_MILLIS;
  }
}
