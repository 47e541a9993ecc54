package dev.platter.cli.line;

import java.time.DateTimeException;
import java.time.Instant;
import java.util.Optional;

/** The time that reproducible builds set for all that they make. */
public final class BuildTime {
  private static final String EPOCH = "SOURCE_DATE_EPOCH";

  private BuildTime() {}

  /** What the environment says; empty: nothing. */
  public static Optional<Instant> set() throws Failure {
    return parse(System.getenv(EPOCH));
  }

  /** A number of seconds as a time. */
  static Optional<Instant> parse(String seconds) throws Failure {
    if (seconds == null || seconds.isEmpty()) {
      return Optional.empty();
    }
    try {
      return Optional.of(Instant.ofEpochSecond(Long.parseLong(seconds)));
    } catch (NumberFormatException | DateTimeException e) {
      throw new Failure(EPOCH + " is not a number of seconds: '" + seconds + "'");
    }
  }
}
