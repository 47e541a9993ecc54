package dev.platter.server.db;

import java.sql.SQLException;

/** A statement failed. */
public final class DatabaseException extends RuntimeException {
  private static final String UNIQUE_VIOLATION = "23505";

  DatabaseException(SQLException cause) {
    super(cause.getMessage(), cause);
  }

  /** Whether a row with the same key was there already. */
  public boolean isDuplicate() {
    return getCause() instanceof SQLException sql && UNIQUE_VIOLATION.equals(sql.getSQLState());
  }
}
