package dev.platter.server.db;

import java.sql.SQLException;

/** A statement failed, or the database is not there. */
public final class DatabaseException extends RuntimeException {
  private static final String UNIQUE_VIOLATION = "23505";

  /** Whose fault it is. */
  enum Kind {
    /** The statement's. */
    FAILED,
    /** The database is there, and has too much to do. */
    BUSY,
    /** The database is not there, or takes no changes. */
    GONE
  }

  private final Kind kind;

  DatabaseException(SQLException cause, Kind kind) {
    super(cause.getMessage(), cause);
    this.kind = kind;
  }

  DatabaseException(String message) {
    super(message);
    kind = Kind.GONE;
  }

  /**
   * Whether the database is not there, takes no changes, or has too much to do, for now: later it
   * may do what was asked.
   */
  public boolean isUnavailable() {
    return kind != Kind.FAILED;
  }

  /** Whether the database is there, and has too much to do. */
  boolean isBusy() {
    return kind == Kind.BUSY;
  }

  /** Whether the database is not there, or takes no changes. */
  boolean isGone() {
    return kind == Kind.GONE;
  }

  /** Whether a row with the same key was there already. */
  public boolean isDuplicate() {
    return getCause() instanceof SQLException sql && UNIQUE_VIOLATION.equals(sql.getSQLState());
  }
}
