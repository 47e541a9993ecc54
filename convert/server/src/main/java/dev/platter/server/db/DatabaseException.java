package dev.platter.server.db;

import java.sql.SQLException;

/** A statement failed, or the database is not there. */
public final class DatabaseException extends RuntimeException {
  private static final String UNIQUE_VIOLATION = "23505";

  private final boolean unavailable;

  DatabaseException(SQLException cause, boolean unavailable) {
    super(cause.getMessage(), cause);
    this.unavailable = unavailable;
  }

  DatabaseException(String message) {
    super(message);
    unavailable = true;
  }

  /** Whether the database is not there, or takes no changes, for now: later it may. */
  public boolean isUnavailable() {
    return unavailable;
  }

  /** Whether a row with the same key was there already. */
  public boolean isDuplicate() {
    return getCause() instanceof SQLException sql && UNIQUE_VIOLATION.equals(sql.getSQLState());
  }
}
