package dev.platter.server.image;

import dev.platter.server.db.Session;
import dev.platter.server.http.ApiException;
import dev.platter.server.identity.Caller;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** A list of images: filters, order and page, as one statement. */
public final class ImageQuery {
  private static final Map<String, String> SORT_COLUMNS =
      Map.of(
          "name", "i.sort_name",
          "status", "i.status",
          "container_format", "i.sort_container_format",
          "disk_format", "i.sort_disk_format",
          "size", "i.sort_size",
          "id", "i.id",
          "created_at", "i.created_at",
          "updated_at", "i.updated_at");

  private static final Set<String> TEXTS =
      Set.of(
          "id",
          "name",
          "status",
          "owner",
          "disk_format",
          "container_format",
          "checksum",
          "os_hash_algo",
          "os_hash_value");
  private static final Set<String> LISTS =
      Set.of("id", "name", "status", "disk_format", "container_format");

  /** Filters for which there is an index under another name. */
  private static final Set<String> INDEXED = Set.of("disk_format", "container_format");

  private static final Set<String> NUMBERS = Set.of("min_disk", "min_ram", "size", "virtual_size");
  private static final Map<String, String> COMPARISONS =
      Map.of("gt", ">", "gte", ">=", "lt", "<", "lte", "<=", "eq", "=", "neq", "<>");

  private static final int LONGEST_SEARCH = 255;

  private final List<String> conditions = new ArrayList<>();
  private final List<Object> parameters = new ArrayList<>();
  private final List<String> keys = new ArrayList<>();
  private final List<String> directions = new ArrayList<>();
  private String visibility;
  private String memberStatus = "accepted";
  private boolean hidden;
  private String marker;

  /** Which notations of the order there were: 1 the newer, 2 the older. */
  private int sorts;

  private int limit;
  private final Predicate<String> readable;

  /**
   * @param readable which properties the caller may read: others match nothing
   */
  ImageQuery(
      List<Map.Entry<String, String>> query, ImageLimits limits, Predicate<String> readable) {
    this.readable = readable;
    limit = limits.defaultPage();
    for (Map.Entry<String, String> entry : query) {
      read(entry.getKey(), entry.getValue());
    }
    if (sorts == 3) {
      throw ApiException.badRequest("Old and new sorting syntax cannot be combined");
    }
    limit = Math.min(limit, limits.largestPage());
    while (directions.size() < keys.size()) {
      directions.add(directions.isEmpty() ? "desc" : directions.getLast());
    }
    if (keys.isEmpty()) {
      keys.add("created_at");
      if (directions.isEmpty()) {
        directions.add("desc");
      }
    }
    // The order is a total one, so that pages neither overlap nor leave anything out.
    for (String key : List.of("created_at", "id")) {
      if (!keys.contains(key)) {
        keys.add(key);
        directions.add(keys.size() - 1, directions.getFirst());
      }
    }
  }

  int limit() {
    return limit;
  }

  private void read(String name, String value) {
    switch (name) {
      case "limit" -> limit = readLimit(value);
      case "marker" -> marker = value;
      case "sort_key" -> {
        addKey(value);
        sorts |= 2;
      }
      case "sort_dir" -> {
        directions.add(direction(value));
        sorts |= 2;
      }
      case "sort" -> {
        readSort(value);
        sorts |= 1;
      }
      case "visibility" -> readVisibility(value);
      case "member_status" -> readMemberStatus(value);
      case "os_hidden" -> hidden = flag("os_hidden", value);
      case "protected" -> where("i.protected = ?", flag("protected", value));
      case "tag" ->
          where("EXISTS (SELECT 1 FROM image_tags t WHERE t.image_id = i.id AND t.tag = ?)", value);
      case "os_glance_search" -> search(value);
      case "size_min" -> where("i.sort_size >= 0 AND i.sort_size >= ?", number(name, value));
      case "size_max" -> where("i.sort_size >= 0 AND i.sort_size <= ?", number(name, value));
      case "created_at", "updated_at" -> readTime(name, value);
      default -> readField(name, value);
    }
  }

  private void readField(String name, String value) {
    if (LISTS.contains(name) && value.startsWith("in:")) {
      List<String> values =
          Arrays.stream(value.substring(3).split(",")).map(this::unquote).toList();
      conditions.add(column(name, values) + " IN (?" + ", ?".repeat(values.size() - 1) + ")");
      parameters.addAll(values);
    } else if (TEXTS.contains(name)) {
      where(column(name, List.of(value)) + " = ?", value);
    } else if (NUMBERS.contains(name)) {
      where("i." + name + " = ?", number(name, value));
    } else if (!readable.test(name)) {
      where("1 = 0");
    } else {
      where(
          "EXISTS (SELECT 1 FROM image_properties p WHERE p.image_id = i.id AND p.name = ?"
              + " AND p.content_start = LEFT(?, 100) AND p.content = ?)",
          name,
          value,
          value);
    }
  }

  /**
   * What people type: a part of the name, the beginning of the identifier, or a tag. No property
   * that users make up has this name.
   */
  private void search(String text) {
    if (text.length() > LONGEST_SEARCH) {
      throw ApiException.badRequest(
          "What is searched for is longer than " + LONGEST_SEARCH + " characters");
    }
    String lower = text.toLowerCase(Locale.ROOT).replaceAll("[!%_]", "!$0");
    where(
        "(LOWER(i.name) LIKE ? ESCAPE '!' OR i.id LIKE ? ESCAPE '!' OR EXISTS"
            + " (SELECT 1 FROM image_tags t WHERE t.image_id = i.id AND t.tag = ?))",
        "%" + lower + "%",
        lower + "%",
        text);
  }

  private String unquote(String text) {
    boolean quoted = text.length() > 1 && text.startsWith("\"") && text.endsWith("\"");
    return quoted ? text.substring(1, text.length() - 1) : text;
  }

  private void where(String condition, Object... values) {
    conditions.add(condition);
    parameters.addAll(Arrays.asList(values));
  }

  private static int readLimit(String value) {
    long number;
    try {
      number = Long.parseLong(value.strip());
    } catch (NumberFormatException e) {
      throw ApiException.badRequest("limit param must be an integer");
    }
    if (number < 0) {
      throw ApiException.badRequest("limit param must be positive");
    }
    return (int) Math.min(number, Integer.MAX_VALUE);
  }

  private static long number(String name, String value) {
    try {
      long number = Long.parseLong(value);
      if (number >= 0) {
        return number;
      }
    } catch (NumberFormatException e) {
      // said below
    }
    throw ApiException.badRequest("Invalid value '" + value + "' for filter " + name);
  }

  private static boolean flag(String name, String value) {
    return switch (value.toLowerCase(Locale.ROOT)) {
      case "true" -> true;
      case "false" -> false;
      default ->
          throw ApiException.badRequest(
              "Invalid value '%s' for '%s': true or false is expected".formatted(value, name));
    };
  }

  private void addKey(String key) {
    if (!SORT_COLUMNS.containsKey(key)) {
      throw ApiException.badRequest(
          "Invalid sort key: %s. It must be one of the following: %s."
              .formatted(key, String.join(", ", new TreeSet<>(SORT_COLUMNS.keySet()))));
    }
    if (!keys.contains(key)) {
      keys.add(key);
    }
  }

  private static String direction(String value) {
    if (!value.equals("asc") && !value.equals("desc")) {
      throw ApiException.badRequest(
          "Invalid sort direction: %s. It must be one of the following: asc, desc."
              .formatted(value));
    }
    return value;
  }

  private void readSort(String value) {
    for (String part : value.split(",")) {
      String[] keyAndDirection = part.strip().split(":", 2);
      addKey(keyAndDirection[0]);
      directions.add(direction(keyAndDirection.length > 1 ? keyAndDirection[1] : "desc"));
    }
  }

  private void readVisibility(String value) {
    if (!value.equals("all") && !Visibility.ALL.contains(value)) {
      throw ApiException.badRequest("Invalid visibility value: " + value);
    }
    visibility = value;
  }

  private void readMemberStatus(String value) {
    if (!Set.of("pending", "accepted", "rejected", "all").contains(value)) {
      throw ApiException.badRequest("Invalid status: " + value);
    }
    memberStatus = value;
  }

  private void readTime(String name, String value) {
    int colon = value.indexOf(':');
    String operator = colon < 0 ? "" : value.substring(0, colon);
    boolean named = COMPARISONS.containsKey(operator);
    where(
        "i." + name + " " + (named ? COMPARISONS.get(operator) : "=") + " ?",
        time(named ? value.substring(colon + 1) : value));
  }

  private static Instant time(String text) {
    try {
      return OffsetDateTime.parse(text).toInstant();
    } catch (DateTimeParseException e) {
      try {
        return LocalDateTime.parse(text.length() == 10 ? text + "T00:00" : text)
            .toInstant(ZoneOffset.UTC);
      } catch (DateTimeParseException again) {
        throw ApiException.badRequest("Invalid time: " + text);
      }
    }
  }

  /** An image of a page, and how many bytes users say about it. */
  record Hit(String id, long bytes) {}

  /** Runs the query: the images of the page that the caller may see. */
  List<Hit> run(Session session, Caller caller) throws SQLException {
    Statement statement = statement(session, caller);
    return session.list(
        statement.sql(),
        row -> new Hit(row.getString(1), row.getLong(2)),
        statement.parameters().toArray());
  }

  /** What the database is asked. */
  record Statement(String sql, List<Object> parameters) {}

  /** Makes the statement, for which the marker is looked up. */
  Statement statement(Session session, Caller caller) throws SQLException {
    where("i.os_hidden = ?", hidden);
    restrictTo(caller);
    if (marker != null) {
      checkMarker(session, caller);
      continueAfterMarker(session);
    }
    List<String> order = new ArrayList<>();
    for (int i = 0; i < keys.size(); i++) {
      order.add(SORT_COLUMNS.get(keys.get(i)) + " " + directions.get(i));
    }
    return new Statement(
        "SELECT i.id, i.metadata_bytes FROM images i WHERE "
            + String.join(" AND ", conditions)
            + " ORDER BY "
            + String.join(", ", order)
            + " LIMIT "
            + limit,
        parameters);
  }

  private void restrictTo(Caller caller) {
    if (visibility != null && !visibility.equals("all")) {
      where("i.visibility = ?", visibility);
    }
    if (caller.isAdmin()) {
      restrictAdministrator(caller);
      return;
    }
    List<String> seen = new ArrayList<>(List.of("i.visibility = 'public'"));
    if (visibility != null && Set.of("all", Visibility.COMMUNITY).contains(visibility)) {
      seen.add("i.visibility = 'community'");
    }
    if (caller.projectId() != null) {
      seen.add("i.owner = ?");
      parameters.add(caller.projectId());
      seen.add(
          "i.visibility = 'shared' AND EXISTS (SELECT 1 FROM image_members m"
              + " WHERE m.image_id = i.id AND m.member = ?"
              + (memberStatus.equals("all") ? "" : " AND m.status = ?")
              + ")");
      parameters.add(caller.projectId());
      if (!memberStatus.equals("all")) {
        parameters.add(memberStatus);
      }
    }
    conditions.add("(" + String.join(" OR ", seen.stream().map(s -> "(" + s + ")").toList()) + ")");
  }

  /** Administrators see all that is there, other projects' community images when they ask. */
  private void restrictAdministrator(Caller caller) {
    if (visibility != null) {
      return;
    }
    if (caller.projectId() == null) {
      where("i.visibility <> 'community'");
    } else {
      where("(i.visibility <> 'community' OR i.owner = ?)", caller.projectId());
    }
  }

  /** Where the value of a filter is; what has none has an empty one in the index. */
  private static String column(String name, List<String> values) {
    return "i." + (INDEXED.contains(name) && !values.contains("") ? "sort_" + name : name);
  }

  private void checkMarker(Session session, Caller caller) throws SQLException {
    try {
      Images.visible(session, caller, marker);
    } catch (ApiException e) {
      throw ApiException.badRequest("Invalid marker: there is no image " + marker);
    }
  }

  /** Only what comes after the marker in the order. */
  private void continueAfterMarker(Session session) throws SQLException {
    List<String> columns = keys.stream().map(SORT_COLUMNS::get).toList();
    List<Object> values =
        session
            .first(
                "SELECT " + String.join(", ", columns) + " FROM images i WHERE i.id = ?",
                this::sortValues,
                marker)
            .orElseThrow();
    if (directions.stream().distinct().count() == 1) {
      // Databases find the place of a row in an index; of alternatives they read all before it.
      conditions.add(
          "(%s)%s(?%s)"
              .formatted(
                  String.join(", ", columns),
                  later(directions.getFirst()),
                  ", ?".repeat(columns.size() - 1)));
      parameters.addAll(values);
      return;
    }
    List<String> alternatives = new ArrayList<>();
    for (int i = 0; i < columns.size(); i++) {
      List<String> parts = new ArrayList<>();
      for (int j = 0; j <= i; j++) {
        parts.add(columns.get(j) + (j < i ? " = " : later(directions.get(j))) + "?");
        parameters.add(values.get(j));
      }
      alternatives.add("(" + String.join(" AND ", parts) + ")");
    }
    conditions.add("(" + String.join(" OR ", alternatives) + ")");
  }

  private static String later(String direction) {
    return direction.equals("asc") ? " > " : " < ";
  }

  private List<Object> sortValues(ResultSet row) throws SQLException {
    List<Object> values = new ArrayList<>();
    for (int i = 0; i < keys.size(); i++) {
      values.add(
          switch (keys.get(i)) {
            case "created_at", "updated_at" ->
                row.getObject(i + 1, OffsetDateTime.class).toInstant();
            case "size" -> row.getLong(i + 1);
            default -> row.getString(i + 1);
          });
    }
    return values;
  }

  /** The query of another page: without the marker of this one. */
  public static String withoutMarker(List<Map.Entry<String, String>> query) {
    Stream<String> parts =
        query.stream()
            .filter(entry -> !entry.getKey().equals("marker"))
            .map(entry -> encode(entry.getKey()) + "=" + encode(entry.getValue()));
    return String.join("&", parts.toList());
  }

  static String encode(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }
}
