package dev.platter.server.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.server.db.Database;
import dev.platter.server.identity.Caller;
import dev.platter.server.identity.Credentials;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Lists in every order that one may ask for, beside a comparator of the same records. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ImageOrderTest {
  private static final int IMAGES = 60;
  private static final Caller ADMIN =
      new Caller(Credentials.inProject("u", "p", Set.of("admin")), true, "req");
  private static final ImageLimits LIMITS =
      new ImageLimits(Set.of(), Set.of(), 0, 0, 0, 0, 0, 7, IMAGES, MetadataLimits.DEFAULT);

  private static final Comparator<String> TEXT = Comparator.nullsFirst(Comparator.naturalOrder());

  private static final Map<String, Comparator<Image>> KEYS =
      Map.of(
          "name", Comparator.comparing(image -> image.fields().name(), TEXT),
          "disk_format", Comparator.comparing(image -> image.fields().diskFormat(), TEXT),
          "container_format", Comparator.comparing(image -> image.fields().containerFormat(), TEXT),
          "size",
              Comparator.comparing(
                  image -> image.data().size(), Comparator.nullsFirst(Comparator.naturalOrder())),
          "status", Comparator.comparing(Image::status),
          "id", Comparator.comparing(Image::id),
          "created_at", Comparator.comparing(Image::createdAt),
          "updated_at", Comparator.comparing(Image::updatedAt));

  private final List<Image> images = new ArrayList<>();
  private Database database;

  @BeforeAll
  void fill(@TempDir Path directory) throws Exception {
    database = new Database(Database.embedded(directory.resolve("database")), "", "", 2);
    Instant begun = Instant.parse("2026-01-01T00:00:00Z");
    database.transaction(session -> {
      for (int i = 0; i < IMAGES; i++) {
        ImageFields fields =
            new ImageFields(
                i % 5 == 0 ? null : "n" + i % 7,
                "shared",
                "p",
                i % 3 == 0 ? null : i % 2 == 0 ? "raw" : "qcow2",
                i % 4 == 0 ? null : "bare",
                0,
                0,
                false,
                false,
                new TreeMap<>(),
                new TreeSet<>());
        ImageData data =
            i % 6 == 0 ? ImageData.NONE : new ImageData(i % 8L, null, null, null, null);
        Image image =
            new Image(
                "%08d-1111-4111-8111-111111111111".formatted(i * 7919 % 100_003),
                fields,
                i % 2 == 0 ? Image.Status.QUEUED : Image.Status.ACTIVE,
                data,
                List.of(),
                begun.plusSeconds(i % 11),
                begun.plusSeconds(100 - i % 13));
        ImageTable.insert(session, image);
        if (data.size() != null) {
          ImageTable.saveData(session, image.id(), data);
        }
        session.update(
            "UPDATE images SET updated_at = ? WHERE id = ?", image.updatedAt(), image.id());
        images.add(image);
      }
      return null;
    });
  }

  @AfterAll
  void close() {
    database.close();
  }

  static Stream<List<String>> ordersByOneKey() {
    return KEYS.keySet().stream()
        .flatMap(key -> Stream.of(List.of(key + ":asc"), List.of(key + ":desc")));
  }

  static Stream<List<String>> orders() {
    return Stream.concat(
        ordersByOneKey(),
        Stream.of(
            List.of("name:asc", "size:desc"),
            List.of("status:desc", "name:desc", "created_at:asc")));
  }

  private Comparator<Image> comparator(List<String> order) {
    List<String> keys = new ArrayList<>(order);
    String first = order.getFirst();
    for (String last : List.of("created_at", "id")) {
      if (order.stream().noneMatch(key -> key.startsWith(last + ":"))) {
        keys.add(last + first.substring(first.indexOf(':')));
      }
    }
    return keys.stream()
        .map(key -> {
          Comparator<Image> one = KEYS.get(key.substring(0, key.indexOf(':')));
          return key.endsWith(":asc") ? one : Collections.reverseOrder(one);
        })
        .reduce(Comparator::thenComparing)
        .orElseThrow();
  }

  private static ImageQuery query(List<String> order, String marker) {
    List<Map.Entry<String, String>> asked = new ArrayList<>();
    asked.add(Map.entry("sort", String.join(",", order)));
    if (marker != null) {
      asked.add(Map.entry("marker", marker));
    }
    return new ImageQuery(asked, LIMITS, property -> true);
  }

  @ParameterizedTest
  @MethodSource("orders")
  void pagesAreThoseOfTheSortedRecords(List<String> order) {
    List<String> expected = images.stream().sorted(comparator(order)).map(Image::id).toList();
    List<String> read = new ArrayList<>();
    while (read.size() < IMAGES) {
      String marker = read.isEmpty() ? null : read.getLast();
      List<ImageQuery.Hit> page =
          database.read(session -> query(order, marker).run(session, ADMIN));
      assertEquals(Math.min(7, IMAGES - read.size()), page.size());
      page.forEach(hit -> read.add(hit.id()));
    }
    assertEquals(expected, read);
  }

  /** However many images there are: a page is read off an index, beginning at its marker. */
  @ParameterizedTest
  @MethodSource("ordersByOneKey")
  void aPageIsReadOffAnIndex(List<String> order) {
    for (String marker : new String[] {null, images.getFirst().id()}) {
      String plan =
          database.read(session -> {
            ImageQuery.Statement asked = query(order, marker).statement(session, ADMIN);
            return session
                .first(
                    "EXPLAIN " + asked.sql(), row -> row.getString(1), asked.parameters().toArray())
                .orElseThrow();
          });
      assertTrue(plan.contains("index sorted"), plan);
      assertTrue(marker == null || plan.matches("(?s).*/\\* [^*]*[<>]= \\?.*"), plan);
    }
  }
}
