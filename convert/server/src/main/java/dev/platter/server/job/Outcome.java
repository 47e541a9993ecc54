package dev.platter.server.job;

import java.time.Duration;

/** What becomes of a job after a try. */
public sealed interface Outcome {
  /** It is done, or has failed for good. */
  Outcome DONE = new Done();

  /** Another node has it meanwhile. */
  Outcome LOST = new Lost();

  /** It is done, or has failed for good. */
  record Done() implements Outcome {}

  /** Another node has it meanwhile, whatever this one does. */
  record Lost() implements Outcome {}

  /**
   * It is to be tried again, by whoever is free.
   *
   * @param after how long from now
   */
  record Again(Duration after) implements Outcome {}
}
