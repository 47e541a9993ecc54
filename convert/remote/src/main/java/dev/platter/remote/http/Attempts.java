package dev.platter.remote.http;

import java.io.IOException;
import java.util.Set;

/** Asks again where that may help: after a broken connection, or what a server says of a moment. */
public final class Attempts {
  /** How often something is tried. */
  public static final int MOST = 4;

  private static final Set<Integer> PASSING = Set.of(408, 429, 500, 502, 503, 504);

  private Attempts() {}

  /** What may be tried again. */
  @FunctionalInterface
  public interface Attempt<T> {
    T run() throws IOException;
  }

  /**
   * Tries, with pauses, until there is an answer or an {@link HttpException}.
   *
   * @param patience how long the pauses are
   * @throws HttpException the last failure
   */
  public static <T> T repeated(Patience patience, Attempt<T> attempt) throws HttpException {
    for (int number = 1; ; number++) {
      try {
        return attempt.run();
      } catch (HttpException e) {
        throw e;
      } catch (IOException e) {
        if (number == MOST) {
          throw new HttpException(e.getMessage() + " (" + MOST + " attempts)", e);
        }
        pause(patience, number);
      }
    }
  }

  /**
   * Waits, longer each time.
   *
   * @param patience how long
   * @param number the attempt that failed, from 1
   */
  public static void pause(Patience patience, int number) throws HttpException {
    try {
      Thread.sleep(patience.after(number));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new HttpException("interrupted while waiting for a server", e);
    }
  }

  /** Whether a status may be another one soon. */
  public static boolean isPassing(int status) {
    return PASSING.contains(status);
  }

  /** The failure that a status is: one for {@link #repeated} to try again, or not. */
  public static IOException failed(int status) {
    String message = "the server answers " + status;
    return isPassing(status) ? new IOException(message) : new HttpException(message);
  }
}
