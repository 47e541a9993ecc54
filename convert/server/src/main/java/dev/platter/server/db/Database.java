package dev.platter.server.db;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.platter.service.OwnerOnly;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;

/**
 * The database: embedded (H2, in one file) or PostgreSQL, with the same tables, which are made and
 * brought up to date on opening. Any number of threads may use it.
 */
public final class Database implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(Database.class.getName());

  /** How the URL of an embedded database begins. */
  public static final String EMBEDDED = "jdbc:h2:file:";

  /** What the last of the migrations has made. */
  private static final String NEWEST_TABLE = "migrated_records";

  private static final Duration PATIENCE = Duration.ofSeconds(5);
  private static final Duration LONG_PATIENCE = Duration.ofMinutes(1);

  /** H2's codes for a database that has ended, or could not read or write its file. */
  private static final Set<Integer> H2_GONE =
      Set.of(90_007, 90_020, 90_028, 90_030, 90_031, 90_098, 90_121);

  private final HikariDataSource source;
  private final Optional<DiskReserve> reserve;
  private volatile boolean closed;

  /** What is done within one transaction. */
  @FunctionalInterface
  public interface Work<T> {
    T run(Session session) throws SQLException;
  }

  /**
   * @param url a JDBC URL
   * @param user the user; empty for the embedded database
   * @param password the user's password
   * @param connections how many connections are kept at most
   */
  public Database(String url, String user, String password, int connections) throws IOException {
    this(url, user, password, connections, PATIENCE);
  }

  /**
   * @param patience how long whoever asks waits for a connection, or for a new one to be made
   */
  Database(String url, String user, String password, int connections, Duration patience)
      throws IOException {
    if (url.startsWith(EMBEDDED)) {
      Path file = closedToOthers(file(url));
      reserve = Optional.of(new DiskReserve(file.resolveSibling(file.getFileName() + ".reserve")));
    } else {
      reserve = Optional.empty();
    }
    source = pool(url, user, password, connections, patience);
    try {
      Flyway.configure()
          .dataSource(source)
          .locations("classpath:dev/platter/server/db")
          // What is generated is stored by H2 without saying so.
          .placeholders(Map.of("stored", url.startsWith("jdbc:h2:") ? "" : "STORED"))
          .load()
          .migrate();
    } catch (RuntimeException e) {
      source.close();
      throw e;
    }
  }

  /** One that is only looked at. */
  private Database(HikariDataSource source) {
    this.source = source;
    this.reserve = Optional.empty();
  }

  /**
   * Opens a database to look at it: nothing is made, and nothing brought up to date.
   *
   * @return nothing if there is none yet, or if its tables are not those of this release
   */
  public static Optional<Database> look(String url, String user, String password) {
    boolean embedded = url.startsWith(EMBEDDED);
    if (embedded && !Files.exists(Path.of(file(url) + ".mv.db"))) {
      return Optional.empty();
    }
    String readOnly = embedded ? url + ";ACCESS_MODE_DATA=r" : url;
    Database database = new Database(pool(readOnly, user, password, 2, PATIENCE));
    try (Connection connection = database.source.getConnection();
        ResultSet found = connection.getMetaData().getTables(null, null, NEWEST_TABLE, null)) {
      if (found.next()) {
        return Optional.of(database);
      }
    } catch (SQLException e) {
      database.close();
      throw new DatabaseException(e, DatabaseException.Kind.FAILED);
    }
    database.close();
    return Optional.empty();
  }

  private static HikariDataSource pool(
      String url, String user, String password, int connections, Duration patience) {
    HikariConfig configuration = new HikariConfig();
    configuration.setJdbcUrl(url);
    configuration.setUsername(user);
    configuration.setPassword(password);
    configuration.setMaximumPoolSize(connections);
    configuration.setAutoCommit(false);
    configuration.setConnectionTimeout(patience.toMillis());
    configuration.setTransactionIsolation("TRANSACTION_READ_COMMITTED");
    return new HikariDataSource(configuration);
  }

  /** The path of an embedded database, without the ending of its file. */
  private static String file(String url) {
    String path = url.substring(EMBEDDED.length()).split(";", 2)[0];
    return path.startsWith("~/") ? System.getProperty("user.home") + path.substring(1) : path;
  }

  /** H2 makes its file as the umask lets it, and takes an empty one for a new database. */
  private static Path closedToOthers(String database) throws IOException {
    Path file = Path.of(database + ".mv.db").toAbsolutePath();
    if (!Files.isDirectory(file.getParent())) {
      OwnerOnly.makeDirectory(file.getParent());
    }
    OwnerOnly.makeFile(file);
    return file;
  }

  /**
   * The URL of the embedded database. What was committed is in the file: an end of the process at
   * any moment loses nothing.
   *
   * @param file the database's file, without the ending that it gets
   */
  public static String embedded(Path file) {
    return EMBEDDED
        + file.toAbsolutePath()
        + ";MODE=PostgreSQL;DATABASE_TO_LOWER=TRUE;DEFAULT_NULL_ORDERING=HIGH"
        + ";WRITE_DELAY=0;LOCK_TIMEOUT=10000;DB_CLOSE_ON_EXIT=FALSE";
  }

  /** Runs the work in a transaction, which is undone when it throws. */
  public <T> T transaction(Work<T> work) {
    if (reserve.isPresent() && !reserve.get().hasRoom()) {
      throw new DatabaseException("the disk of the database is full: nothing is changed");
    }
    return run(work, Connection.TRANSACTION_READ_COMMITTED);
  }

  /**
   * The same for what must be written down sooner or later, because something was done already:
   * waits as long as the database is away or its disk full.
   *
   * @throws DatabaseException if it is closed meanwhile, or anything else is wrong
   */
  public <T> T persist(Work<T> work) {
    while (true) {
      try {
        return transaction(work);
      } catch (DatabaseException e) {
        if (!e.isUnavailable() || closed) {
          throw e;
        }
        LOG.log(System.Logger.Level.WARNING, "work waits for the database: {0}", e.getMessage());
      }
      try {
        Thread.sleep(1000);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new DatabaseException("the service ends");
      }
    }
  }

  /**
   * Reads, with any number of statements, one moment of the database, whatever others change
   * meanwhile.
   */
  public <T> T read(Work<T> work) {
    try {
      return run(work, Connection.TRANSACTION_REPEATABLE_READ);
    } catch (DatabaseException e) {
      if (!e.isGone() || closed) {
        throw e;
      }
      return run(work, Connection.TRANSACTION_REPEATABLE_READ); // by another connection
    }
  }

  /**
   * The same for what an answer goes on with that has begun, and that could only be cut off: waits
   * for a minute while others have all connections.
   */
  public <T> T readOn(Work<T> work) {
    long begun = System.nanoTime();
    while (true) {
      try {
        return read(work);
      } catch (DatabaseException e) {
        boolean waits = System.nanoTime() - begun < LONG_PATIENCE.toNanos();
        if (!e.isBusy() || !waits || closed) {
          throw e;
        }
      }
    }
  }

  private <T> T run(Work<T> work, int isolation) {
    try (Connection connection = source.getConnection()) {
      try {
        connection.setTransactionIsolation(isolation);
        T result = work.run(new Session(connection));
        connection.commit();
        return result;
      } catch (SQLException | RuntimeException e) {
        rollBack(connection);
        throw e;
      }
    } catch (SQLException e) {
      if (isBusy(e)) {
        throw new DatabaseException(e, DatabaseException.Kind.BUSY);
      }
      if (!isGone(e)) {
        throw new DatabaseException(e, DatabaseException.Kind.FAILED);
      }
      reopen();
      throw new DatabaseException(e, DatabaseException.Kind.GONE);
    }
  }

  /** A transaction of a database that is gone cannot be undone, and need not be. */
  private static void rollBack(Connection connection) {
    try {
      connection.rollback();
    } catch (SQLException e) {
      LOG.log(System.Logger.Level.DEBUG, "not rolled back", e);
    }
  }

  /** Whether others had all connections for so long, of which none had failed. */
  private static boolean isBusy(SQLException failure) {
    return failure instanceof SQLTransientConnectionException && failure.getCause() == null;
  }

  /** Whether it is the database that failed, and not the statement. */
  private boolean isGone(SQLException failure) {
    String state = String.valueOf(failure.getSQLState());
    return failure instanceof SQLTransientConnectionException
        || state.startsWith("08")
        || state.startsWith("57P")
        || state.equals("53100")
        || (reserve.isPresent() && H2_GONE.contains(failure.getErrorCode()));
  }

  /** Lets the next ones who ask open the database anew, with the room that it may need for that. */
  private void reopen() {
    reserve.ifPresent(DiskReserve::release);
    source.getHikariPoolMXBean().softEvictConnections();
  }

  /** Runs one statement that changes rows, and tells how many it changed. */
  public int update(String sql, Object... parameters) {
    return transaction(session -> session.update(sql, parameters));
  }

  /** For a library with statements of its own, which commits, and gives back, what it takes. */
  public DataSource connections() {
    return source;
  }

  /** The present, as exactly as the database keeps it. */
  public static Instant now() {
    return Instant.now().truncatedTo(ChronoUnit.MICROS);
  }

  /** A column that holds a moment. */
  public static Instant instant(ResultSet row, String column) throws SQLException {
    OffsetDateTime value = row.getObject(column, OffsetDateTime.class);
    return value == null ? null : value.toInstant();
  }

  /** A column that holds a number or nothing. */
  public static Long number(ResultSet row, String column) throws SQLException {
    long value = row.getLong(column);
    return row.wasNull() ? null : value;
  }

  /** Closes all connections, and with them an embedded database. */
  @Override
  public void close() {
    closed = true;
    source.close();
  }
}
