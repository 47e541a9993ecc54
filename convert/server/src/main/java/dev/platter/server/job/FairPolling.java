package dev.platter.server.job;

import com.github.kagkarlsson.scheduler.jdbc.DefaultJdbcCustomization;
import dev.platter.server.db.Database;
import dev.platter.server.turn.TurnLimits;
import java.util.Map;

/**
 * Which jobs a node takes next: those of projects of the highest priority, of these those of the
 * project that has the least under way on all nodes, of several such the one whose last turn is the
 * longest ago, and of a project the oldest. Of none more than may be under way on this node. So one
 * that asks a thousand times, or for what never ends, does not keep the others waiting. A job that
 * is bound to a node is taken by that one alone.
 *
 * <p>The rows are locked as they are chosen, and skipped by others who choose at the same time. The
 * same statement is understood by H2 and PostgreSQL.
 */
final class FairPolling extends DefaultJdbcCustomization {
  private static final String CHOICE =
      """
      SELECT * FROM scheduled_tasks
       WHERE picked = ? AND execution_time <= ? %1$s AND task_instance IN (
        SELECT q.task_instance FROM (
          SELECT w.task_instance, w.execution_time,
                 %7$s AS priority, l.taken_at, w.place + COALESCE(r.everywhere, 0) AS turn,
                 w.place + COALESCE(r.here, 0) AS own_turn
            FROM (
              SELECT s.task_instance, s.execution_time, COALESCE(t.owner, '') AS project,
                     ROW_NUMBER() OVER (PARTITION BY COALESCE(t.owner, '')
                                        ORDER BY s.execution_time, s.task_instance) AS place
                FROM scheduled_tasks s JOIN tasks t ON t.id = s.task_instance
               WHERE NOT s.picked AND s.execution_time <= TIMESTAMP WITH TIME ZONE '%6$s' AND %2$s
            ) w LEFT JOIN (
              SELECT COALESCE(u.owner, '') AS project, COUNT(*) AS everywhere,
                     SUM(CASE WHEN p.picked_by = '%3$s' THEN 1 ELSE 0 END) AS here
                FROM scheduled_tasks p JOIN tasks u ON u.id = p.task_instance
               WHERE p.picked GROUP BY COALESCE(u.owner, '')
            ) r ON r.project = w.project LEFT JOIN project_turns l ON l.project = w.project
        ) q
         WHERE q.own_turn <= %4$d
         ORDER BY q.priority DESC, q.turn, q.taken_at NULLS FIRST, q.execution_time, q.task_instance
        OFFSET 0 ROWS FETCH FIRST %5$d ROWS ONLY)
       FOR UPDATE SKIP LOCKED\
      """;

  private final String mine;
  private final String priority;
  private final String nodeId;
  private final TurnLimits limits;

  /**
   * @param nodeId this process's identifier
   * @param nodeName its name
   * @param boundOnly whether it takes nothing but what is bound to it
   * @param priorities of projects; others have 0
   */
  FairPolling(
      String nodeId,
      String nodeName,
      boolean boundOnly,
      TurnLimits limits,
      Map<String, Integer> priorities) {
    super(false);
    this.nodeId = literal(nodeId);
    this.limits = limits;
    String bound = "t.bound_to = '" + literal(nodeName) + "'";
    mine = boundOnly ? bound : "(t.bound_to IS NULL OR " + bound + ")";
    StringBuilder choice = new StringBuilder("CASE");
    priorities.forEach((project, number) ->
        choice.append(" WHEN w.project = '%s' THEN %d".formatted(literal(project), number)));
    priority = priorities.isEmpty() ? "0" : choice + " ELSE 0 END";
  }

  /** Within the quotes of SQL. */
  private static String literal(String text) {
    return text.replace("'", "''");
  }

  @Override
  public String getName() {
    return "fair";
  }

  @Override
  public boolean supportsGenericLockAndFetch() {
    return true;
  }

  /**
   * @param among further conditions of the library, beginning with "and"
   */
  @Override
  public String createGenericSelectForUpdateQuery(
      String tableName, int limit, String among, boolean orderByPriority) {
    return CHOICE.formatted(
        among, mine, nodeId, limits.perProject(), limit, Database.now(), priority);
  }
}
