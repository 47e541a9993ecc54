package dev.platter.server.node;

import dev.platter.server.config.NodeSettings;
import dev.platter.server.config.NodeSettings.Role;
import dev.platter.server.db.Database;
import dev.platter.server.db.DatabaseException;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * The processes that share the database. Each has an identifier of its own, which it has never had
 * before and never has again, and says in regular steps that it is there; the clock for that is the
 * database's. Who has not for too long is dead: what it was doing is somebody else's to put right.
 * Any thread may ask.
 */
public final class Nodes implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(Nodes.class.getName());

  /** For how long it is known when a node was seen last. */
  private static final Duration MEMORY = Duration.ofDays(2);

  private static final long NEVER = Long.MAX_VALUE;

  private final Database database;
  private final NodeSettings settings;
  private final Optional<String> url;
  private final boolean alone;
  private final String id = UUID.randomUUID().toString();
  private final ScheduledExecutorService clock =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("node").factory());

  /** Since when it was seen without a gap, and when last, by {@link System#nanoTime}. */
  private long steadySince = NEVER;

  private long lastBeat;

  /**
   * Joins those that share the database.
   *
   * @param url where others reach this node, where that is known
   * @param alone whether nobody else can have the database: what others left is dead for certain
   * @throws IOException if another process goes by the same name
   */
  public Nodes(Database database, NodeSettings settings, Optional<String> url, boolean alone)
      throws IOException {
    this.database = database;
    this.settings = settings;
    this.url = url;
    this.alone = alone;
    if (alone) {
      database.update("DELETE FROM nodes");
    }
    requireName();
    beat();
    long step = settings.sharing().heartbeat().toMillis();
    var unused = clock.scheduleWithFixedDelay(this::beat, step, step, TimeUnit.MILLISECONDS);
  }

  /**
   * What is bound to a name is for one process. One that was killed may seem to be there: whether
   * it is seen once more tells.
   */
  private void requireName() throws IOException {
    Set<String> before = namesakes();
    long end = System.nanoTime() + settings.sharing().heartbeat().multipliedBy(2).toNanos();
    while (!before.isEmpty() && System.nanoTime() < end) {
      try {
        Thread.sleep(100);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IOException("interrupted", e);
      }
      Set<String> now = namesakes();
      if (!before.containsAll(now)) {
        throw new IOException(
            "[DEFAULT] node_name = " + name() + " is the name of another node that is running");
      }
    }
    database.update("UPDATE nodes SET ended = TRUE WHERE name = ? AND NOT ended", name());
  }

  /** Others of the same name, each with when it was seen last. */
  private Set<String> namesakes() {
    return new HashSet<>(
        database.read(session ->
            session.list(
                "SELECT id, seen_at FROM nodes WHERE name = ? AND " + present(),
                row -> row.getString(1) + " " + Database.instant(row, "seen_at"),
                name())));
  }

  /** Names this process, among all that ever were. */
  public String id() {
    return id;
  }

  /** The node's name, which it keeps when it is started again. */
  public String name() {
    return settings.name();
  }

  /** Whether nobody else can have the database. */
  public boolean alone() {
    return alone;
  }

  /** A new mark of this node, for what it alone works on. */
  public String newClaim() {
    return id + "/" + UUID.randomUUID();
  }

  /** The node that made a mark. */
  public static String ownerOf(String claim) {
    int end = claim.indexOf('/');
    return end < 0 ? claim : claim.substring(0, end);
  }

  private void beat() {
    try {
      boolean known =
          database.update("UPDATE nodes SET seen_at = CURRENT_TIMESTAMP WHERE id = ?", id) > 0;
      if (!known) {
        enter();
      }
      seen(System.nanoTime());
    } catch (DatabaseException e) {
      LOG.log(System.Logger.Level.WARNING, "node {0} is not seen: {1}", name(), e.getMessage());
      unseen();
    }
  }

  private void enter() {
    database.transaction(session -> {
      session.update(
          "DELETE FROM nodes WHERE seen_at < ?", Instant.now().minus(MEMORY)); // who is long gone
      return session.update(
          "INSERT INTO nodes (id, name, url, works, ended, seen_at)"
              + " VALUES (?, ?, ?, ?, FALSE, CURRENT_TIMESTAMP)",
          id,
          name(),
          url.orElse(null),
          settings.sharing().role() != Role.API);
    });
  }

  private synchronized void seen(long now) {
    boolean gap = now - lastBeat > 2 * settings.sharing().heartbeat().toNanos();
    if (steadySince == NEVER || gap) {
      steadySince = now;
    }
    lastBeat = now;
  }

  private synchronized void unseen() {
    steadySince = NEVER;
  }

  /**
   * Whether others that are not seen are dead. After the database was away, or this process was
   * stopped, nobody was seen for a while, and that means nothing.
   */
  public synchronized boolean mayJudge() {
    if (alone) {
      return true;
    }
    long now = System.nanoTime();
    long silence = settings.sharing().silence().toNanos();
    return steadySince != NEVER
        && now - steadySince >= silence
        && now - lastBeat <= 2 * settings.sharing().heartbeat().toNanos();
  }

  /** In SQL: nodes that are there. */
  private String present() {
    return "NOT ended AND EXTRACT(EPOCH FROM CURRENT_TIMESTAMP) - EXTRACT(EPOCH FROM seen_at) < "
        + settings.sharing().silence().toSeconds();
  }

  /** The identifiers of all that are there. */
  public Set<String> ids() {
    return new HashSet<>(
        database.read(session ->
            session.list("SELECT id FROM nodes WHERE " + present(), row -> row.getString(1))));
  }

  /** How many are there that run imports. */
  public int workers() {
    return database
        .read(session ->
            session.first(
                "SELECT COUNT(*) FROM nodes WHERE works AND " + present(), row -> row.getInt(1)))
        .orElse(0);
  }

  /** Where the nodes are reached whose caches have an image. */
  public List<String> cachesOf(String imageId) {
    return database.read(session ->
        session.list(
            "SELECT DISTINCT n.url FROM nodes n JOIN cached_images c ON c.node = n.name"
                + " WHERE c.image_id = ? AND n.url IS NOT NULL AND "
                + present()
                + " ORDER BY n.url",
            row -> row.getString(1),
            imageId));
  }

  /**
   * For how long no node of a name was seen; zero while one is there. A name that nobody remembers
   * has been away for ever.
   */
  public Duration absence(String nodeName) {
    return database.read(session -> {
      boolean there =
          session
              .first(
                  "SELECT id FROM nodes WHERE name = ? AND " + present(),
                  row -> row.getString(1),
                  nodeName)
              .isPresent();
      if (there) {
        return Duration.ZERO;
      }
      return session
          .first(
              "SELECT MAX(seen_at) AS seen_at, CURRENT_TIMESTAMP AS told_at FROM nodes WHERE name = ?",
              row -> {
                Instant seen = Database.instant(row, "seen_at");
                return seen == null
                    ? MEMORY
                    : Duration.between(seen, Database.instant(row, "told_at"));
              },
              nodeName)
          .orElse(MEMORY);
    });
  }

  /** Says that this node ends: what it had is somebody else's at once. */
  @Override
  public void close() {
    clock.shutdown();
    try {
      database.update("UPDATE nodes SET ended = TRUE WHERE id = ?", id);
    } catch (DatabaseException e) {
      LOG.log(System.Logger.Level.DEBUG, "node {0} ends unsaid: {1}", name(), e.getMessage());
    }
  }
}
