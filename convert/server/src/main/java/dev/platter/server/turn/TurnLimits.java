package dev.platter.server.turn;

/**
 * How much may be under way, and wait.
 *
 * @param count how much at once
 * @param perProject how much of one project at once
 * @param mostWaiting how much of one project waits
 */
public record TurnLimits(int count, int perProject, int mostWaiting) {
  public TurnLimits {
    if (count < 1 || perProject < 1 || mostWaiting < 0) {
      throw new IllegalArgumentException("turns: at least one at once is needed");
    }
  }
}
