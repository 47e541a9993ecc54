package dev.platter.server.health;

import dev.platter.server.config.HealthSettings;
import dev.platter.server.db.Database;
import dev.platter.server.db.DatabaseException;
import dev.platter.server.node.Nodes;
import dev.platter.server.store.Stores;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/**
 * Looks whether the service can do its work. Without its database it can do nothing. A store that
 * is away or a disk that is full makes some requests fail: that is told, and no reason to send it
 * none at all, when it may be the same for all nodes. Any thread may ask.
 */
public final class Health {
  /** Below that, imports and changes are refused, bytes. */
  private static final long LEAST_ROOM = 64 << 20;

  /** How long stores are waited for. */
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  private final HealthSettings settings;
  private final Database database;
  private final Path data;
  private final Path staging;
  private final Nodes nodes;
  private final List<StoreProbe> stores;

  /**
   * What was found out about one thing.
   *
   * @param kind what it is: {@code database}, {@code disk}, {@code staging}, {@code workers},
   *     {@code store}, {@code disabled}
   * @param name which one
   * @param reason what is wrong, for administrators; empty: nothing is
   * @param needed whether the service is of no use without it
   * @param freeBytes the room that it has; nothing: unknown, or without a bound
   */
  public record Finding(
      String kind, String name, String reason, boolean needed, OptionalLong freeBytes) {
    public boolean isWell() {
      return reason.isEmpty();
    }
  }

  /**
   * @param data the directory of the service's own files
   * @param staging the directory where uploads wait
   */
  public Health(
      HealthSettings settings,
      Database database,
      Path data,
      Path staging,
      Nodes nodes,
      Stores stores) {
    this.nodes = nodes;
    this.settings = settings;
    this.database = database;
    this.data = data;
    this.staging = staging;
    this.stores = stores.all().stream().map(StoreProbe::new).toList();
  }

  /** Whether everybody may know all. */
  boolean isOpen() {
    return settings.detailed();
  }

  /** What is the service's own: found out in no more than the database's patience. */
  List<Finding> own() {
    List<Finding> found = new ArrayList<>();
    settings
        .disabledBy()
        .filter(Files::exists)
        .ifPresent(file -> found.add(needed("disabled", "file", "DISABLED BY FILE")));
    String fault = databaseFault();
    found.add(needed("database", "", fault));
    if (fault.isEmpty()) {
      found.add(workers());
    }
    found.add(room("disk", data));
    found.add(room("staging", staging));
    return found;
  }

  /** All of it, the stores too: found out in some seconds. */
  List<Finding> all() {
    List<Finding> found = new ArrayList<>(own());
    found.addAll(stores());
    return found;
  }

  /** The stores, found out in no more than some seconds, however many do not answer. */
  public List<Finding> stores() {
    stores.forEach(StoreProbe::begin); // all at once
    long end = System.nanoTime() + PATIENCE.toNanos();
    return stores.stream().map(store -> store.end(end)).toList();
  }

  private static Finding needed(String kind, String name, String reason) {
    return new Finding(kind, name, reason, true, OptionalLong.empty());
  }

  private String databaseFault() {
    try {
      database.read(session -> session.first("SELECT 1", row -> row.getInt(1)));
      return "";
    } catch (DatabaseException e) {
      return "it does not answer: " + e.getMessage();
    }
  }

  private Finding workers() {
    String reason = "";
    try {
      reason = nodes.workers() > 0 ? "" : "no node is seen that runs imports: they wait";
    } catch (DatabaseException e) {
      reason = "nobody knows: " + e.getMessage();
    }
    return new Finding("workers", "", reason, false, OptionalLong.empty());
  }

  private static Finding room(String kind, Path directory) {
    String reason = "";
    long free = directory.toFile().getUsableSpace();
    if (!Files.isDirectory(directory) || !Files.isWritable(directory)) {
      reason = directory + " is no directory that can be written to";
    } else if (free < LEAST_ROOM) {
      reason = directory + " is on a disk that is full";
    }
    return new Finding(kind, "", reason, false, OptionalLong.of(free));
  }
}
