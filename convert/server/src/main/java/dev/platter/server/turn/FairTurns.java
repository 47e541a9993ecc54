package dev.platter.server.turn;

import dev.platter.server.http.ApiException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Turns for requests that take long, whose threads wait for them. */
public final class FairTurns {
  private final FairQueue<CountDownLatch> queue;
  private final Duration patience;

  /**
   * @param patience how long a request waits before it is refused
   */
  public FairTurns(TurnLimits limits, Duration patience) {
    this.queue = new FairQueue<>(limits);
    this.patience = patience;
  }

  /** One request's turn; closing it lets the next one begin. */
  public final class Turn implements AutoCloseable {
    private final String project;

    private Turn(String project) {
      this.project = project;
    }

    @Override
    public void close() {
      synchronized (FairTurns.this) {
        queue.done(project);
        begin();
      }
    }
  }

  /**
   * Waits for a turn.
   *
   * @throws ApiException (429) if too many of the project's requests wait already, (503) if there
   *     is none for too long
   */
  public Turn take(String project) {
    CountDownLatch begun = new CountDownLatch(1);
    synchronized (this) {
      if (!queue.takes(project)) {
        throw new ApiException(429, "This project has too many requests that wait already");
      }
      queue.add(project, begun);
      begin();
    }
    boolean interrupted = false;
    try {
      if (begun.await(patience.toMillis(), TimeUnit.MILLISECONDS)) {
        return new Turn(project);
      }
    } catch (InterruptedException e) {
      interrupted = true;
    }
    synchronized (this) {
      if (!queue.remove(project, begun)) {
        queue.done(project); // it has begun at the last moment
        begin();
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    throw new ApiException(503, "The service has too much to do at the moment; try again later.");
  }

  private void begin() {
    for (Optional<FairQueue.Turn<CountDownLatch>> turn = queue.next();
        turn.isPresent();
        turn = queue.next()) {
      turn.get().item().countDown();
    }
  }
}
