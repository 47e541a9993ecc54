package dev.platter.server.job;

import com.github.kagkarlsson.scheduler.Scheduler;
import com.github.kagkarlsson.scheduler.SchedulerName;
import com.github.kagkarlsson.scheduler.serializer.Serializer;
import com.github.kagkarlsson.scheduler.task.CompletionHandler;
import com.github.kagkarlsson.scheduler.task.Execution;
import com.github.kagkarlsson.scheduler.task.ExecutionComplete;
import com.github.kagkarlsson.scheduler.task.ExecutionOperations;
import com.github.kagkarlsson.scheduler.task.Task;
import com.github.kagkarlsson.scheduler.task.helper.Tasks;
import dev.platter.server.config.NodeSettings.Sharing;
import dev.platter.server.db.Database;
import dev.platter.server.db.Session;
import dev.platter.server.node.Nodes;
import dev.platter.server.turn.TurnLimits;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Work that waits in the database for a node, and is done by one at a time. Whoever is at it says
 * so in regular steps; when it has not for too long, another one takes over. That happens to a node
 * that lives, too, when it cannot reach the database: it may be at work still, and what it does
 * must have no effect any more, which is for the work to see to.
 */
public final class Jobs implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(Jobs.class.getName());
  private static final String NAME = "work";

  /** How often it is looked for work that other nodes have been asked for. */
  private static final Duration STEP = Duration.ofMillis(500);

  private static final Duration FIRST_DELAY = Duration.ofSeconds(1);
  private static final Duration LONGEST_DELAY = Duration.ofMinutes(5);

  private final Scheduler scheduler;
  private final Database database;
  private final Nodes nodes;
  private final Work work;

  /** What is done. */
  public interface Work {
    /**
     * Tries it once.
     *
     * @param id the task that tells of it
     * @param order what is to be done, as it was given
     * @param deaths how many nodes have died at it, one after the other
     */
    Outcome run(String id, byte[] order, int deaths);

    /** Whether this process is at it. */
    boolean runs(String id);
  }

  /**
   * @param boundOnly whether this node takes nothing but what is bound to it
   * @param limits how much this node does at once, in all and of one project
   */
  public Jobs(
      Database database,
      Nodes nodes,
      Sharing sharing,
      boolean boundOnly,
      TurnLimits limits,
      Work work) {
    this.database = database;
    this.nodes = nodes;
    this.work = work;
    Task<byte[]> task =
        Tasks.custom(NAME, byte[].class)
            .onFailure((complete, operations) -> postpone(complete, operations))
            .onDeadExecution(this::found)
            .execute((instance, context) ->
                run(instance.getId(), instance.getData(), context.getExecution()));
    scheduler =
        Scheduler.create(database.connections(), task)
            .schedulerName(new SchedulerName.Fixed(nodes.id()))
            .jdbcCustomization(
                new FairPolling(nodes.id(), nodes.name(), boundOnly, limits, sharing.priorities()))
            .serializer(new AsItIs())
            .threads(limits.count())
            .executorService(new Threads(limits.count()))
            .pollUsingLockAndFetch(0.5, 1)
            .pollingInterval(STEP)
            .heartbeatInterval(sharing.heartbeat())
            .missedHeartbeatsLimit(Sharing.MISSED)
            .deleteUnresolvedAfter(Duration.ofDays(36_500)) // newer nodes may know what it is
            .shutdownMaxWait(Duration.ofSeconds(5))
            .build();
  }

  /** Begins to take work. */
  public void start() {
    scheduler.start();
  }

  /**
   * Adds work in the transaction that makes its task; {@link #wake} afterwards lets this node look
   * for it at once.
   */
  public static void add(Session session, String id, byte[] order) throws SQLException {
    session.update(
        "INSERT INTO scheduled_tasks (task_name, task_instance, task_data, execution_time, picked,"
            + " version) VALUES (?, ?, ?, ?, FALSE, 1)",
        NAME,
        id,
        order,
        Database.now());
  }

  /** Takes work away that nobody is at; false: somebody is, or there is none. */
  public static boolean withdraw(Session session, String id) throws SQLException {
    return session.update("DELETE FROM scheduled_tasks WHERE task_instance = ? AND NOT picked", id)
        > 0;
  }

  /** Lets what processes before have left begin at once: for who has the database alone. */
  public static void takeOver(Database database) {
    database.update(
        "UPDATE scheduled_tasks SET picked = FALSE, picked_by = NULL, last_heartbeat = NULL,"
            + " consecutive_failures = COALESCE(consecutive_failures, 0) + 1,"
            + " version = version + 1 WHERE picked");
  }

  /** How much waits for a node. */
  public static int waiting(Database database) {
    return database
        .read(session ->
            session.first(
                "SELECT COUNT(*) FROM scheduled_tasks WHERE NOT picked", row -> row.getInt(1)))
        .orElse(0);
  }

  /** Looks for work now. */
  public void wake() {
    scheduler.triggerCheckForDueExecutions();
  }

  /** Takes no more work; what is under way goes on. */
  public void pause() {
    scheduler.pause();
  }

  private CompletionHandler<byte[]> run(String id, byte[] order, Execution execution) {
    noteTurn(id);
    Outcome outcome = work.run(id, order, execution.consecutiveFailures);
    if (outcome instanceof Outcome.Again again) {
      return (complete, operations) ->
          operations.reschedule(complete, Instant.now().plus(again.after()));
    }
    return outcome.equals(Outcome.LOST)
        ? (complete, operations) -> {} // what is in the database is another's
        : new CompletionHandler.OnCompleteRemove<>();
  }

  /** The project of a task has its turn now. */
  private void noteTurn(String id) {
    Instant now = Database.now();
    database.transaction(session -> {
      session.update(
          "INSERT INTO project_turns (project, taken_at)"
              + " SELECT COALESCE(owner, ''), created_at FROM tasks WHERE id = ?"
              + " ON CONFLICT DO NOTHING",
          id);
      return session.update(
          "UPDATE project_turns SET taken_at = ?"
              + " WHERE project = (SELECT COALESCE(owner, '') FROM tasks WHERE id = ?)",
          now,
          id);
    });
  }

  /** Somebody is not heard of who was at it. */
  private void found(ExecutionComplete complete, ExecutionOperations<byte[]> operations) {
    Execution execution = complete.getExecution();
    boolean own = nodes.id().equals(execution.pickedBy);
    if (own ? work.runs(execution.getId()) : !nodes.mayJudge()) {
      return; // it is looked at again soon
    }
    LOG.log(
        System.Logger.Level.WARNING,
        "task {0}: node {1} has died at it",
        execution.getId(),
        execution.pickedBy);
    postpone(complete, operations);
  }

  private static void postpone(ExecutionComplete complete, ExecutionOperations<byte[]> operations) {
    Duration delay = delay(complete.getExecution().consecutiveFailures);
    operations.reschedule(complete, Instant.now().plus(delay));
  }

  /** How long to wait after so many failures in a row. */
  public static Duration delay(int failures) {
    Duration delay = FIRST_DELAY.multipliedBy(1L << Math.min(failures, 20));
    return delay.compareTo(LONGEST_DELAY) < 0 ? delay : LONGEST_DELAY;
  }

  /** Ends; what is under way should have ended. */
  @Override
  public void close() {
    scheduler.stop();
  }

  /** Threads that look for more when they are free. */
  private final class Threads extends ThreadPoolExecutor {
    Threads(int count) {
      super(
          count,
          count,
          1,
          TimeUnit.MINUTES,
          new LinkedBlockingQueue<>(),
          Thread.ofPlatform().daemon().name("import-", 1).factory());
    }

    @Override
    protected void afterExecute(Runnable done, Throwable failure) {
      wake();
    }
  }

  /** Orders are bytes already. */
  private static final class AsItIs implements Serializer {
    @Override
    public byte[] serialize(Object data) {
      return (byte[]) data;
    }

    @Override
    public <T> T deserialize(Class<T> type, byte[] data) {
      return type.cast(data);
    }
  }
}
