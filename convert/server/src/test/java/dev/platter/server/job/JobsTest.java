package dev.platter.server.job;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.server.config.IniFile;
import dev.platter.server.config.NodeSettings;
import dev.platter.server.db.Database;
import dev.platter.server.http.Json;
import dev.platter.server.identity.Caller;
import dev.platter.server.identity.Credentials;
import dev.platter.server.node.Nodes;
import dev.platter.server.task.Tasks;
import dev.platter.server.turn.TurnLimits;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.function.BooleanSupplier;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Who gets work when, and what happens to that of the dead. */
@Timeout(60)
class JobsTest {
  /** What the library tells is not for the tests' output. */
  private static final Logger LIBRARY = Logger.getLogger("com.github.kagkarlsson.scheduler");

  static {
    LIBRARY.setLevel(Level.SEVERE);
  }

  @TempDir Path directory;
  private final List<AutoCloseable> opened = new ArrayList<>();
  private Database database;
  private Tasks tasks;

  /** Does what the order says: "wait" until it is told to end, "again" once more, or nothing. */
  private static final class Recorder implements Jobs.Work {
    private final List<String> begun = new CopyOnWriteArrayList<>();
    private final List<Integer> deaths = new CopyOnWriteArrayList<>();
    private final Set<String> running = ConcurrentHashMap.newKeySet();
    private final CountDownLatch end = new CountDownLatch(1);

    @Override
    public Outcome run(String id, byte[] order, int died) {
      String what = new String(order, StandardCharsets.UTF_8);
      begun.add(what);
      deaths.add(died);
      running.add(id);
      try {
        if (what.startsWith("wait")) {
          end.await();
        }
        boolean first = begun.stream().filter(what::equals).count() == 1;
        return what.startsWith("again") && first
            ? new Outcome.Again(Duration.ofMillis(300))
            : Outcome.DONE;
      } catch (InterruptedException e) {
        return Outcome.LOST;
      } finally {
        running.remove(id);
      }
    }

    @Override
    public boolean runs(String id) {
      return running.contains(id);
    }
  }

  @BeforeEach
  void open() throws IOException {
    database = new Database(Database.embedded(directory.resolve("database")), "", "", 10);
    tasks = new Tasks(database, "n", Duration.ofHours(1));
  }

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable one : opened.reversed()) {
      one.close();
    }
    database.close();
  }

  private Jobs node(String name, TurnLimits limits, boolean boundOnly, Recorder work)
      throws IOException {
    IniFile ini = IniFile.empty();
    ini.set("DEFAULT", "node_name", name);
    ini.set("nodes", "heartbeat", "1");
    ini.set("nodes", "project_priorities", "o'clock: 2, late:-1");
    NodeSettings settings = NodeSettings.read(ini, directory);
    Nodes nodes = new Nodes(database, settings, Optional.empty(), false);
    opened.add(nodes);
    Jobs jobs = new Jobs(database, nodes, settings.sharing(), boundOnly, limits, work);
    opened.add(jobs);
    opened.add(work.end::countDown);
    return jobs;
  }

  private String add(String project, String order) {
    Caller caller = new Caller(Credentials.inProject("u", project, Set.of("member")), false, "req");
    return database.transaction(session -> {
      String id = tasks.create(session, "t", caller, null, Json.object()).id();
      Jobs.add(session, id, order.getBytes(StandardCharsets.UTF_8));
      return id;
    });
  }

  private static void eventually(BooleanSupplier state) throws InterruptedException {
    long end = System.nanoTime() + Duration.ofSeconds(30).toNanos();
    while (!state.getAsBoolean()) {
      assertTrue(System.nanoTime() < end, "it does not happen");
      Thread.sleep(10);
    }
  }

  private int left() {
    return database
        .read(
            session -> session.first("SELECT COUNT(*) FROM scheduled_tasks", row -> row.getInt(1)))
        .orElseThrow();
  }

  @Test
  void projectsTakeTurnsAndTheOldestOfEachIsFirst() throws Exception {
    for (int i = 0; i < 4; i++) {
      add("a", "a" + i);
    }
    add("b", "b0");
    add(null, "c0");
    add("b", "b1");
    Recorder work = new Recorder();
    node("n", new TurnLimits(1, 1, 0), false, work).start();
    eventually(() -> left() == 0);
    assertEquals(List.of("a0", "a1", "a2", "a3"), of(work, "a"));
    assertEquals(List.of("b0", "b1"), of(work, "b"));
    assertTrue(work.begun.indexOf("b0") < work.begun.indexOf("a1"), work.begun::toString);
    assertTrue(work.begun.indexOf("c0") < work.begun.indexOf("a1"), work.begun::toString);
    assertTrue(work.begun.indexOf("b1") < work.begun.indexOf("a2"), work.begun::toString);
    assertEquals(7, work.begun.size());
  }

  @Test
  void projectsOfAHigherPriorityAreFirstAndEqualOnesTakeTurns() throws Exception {
    for (int i = 0; i < 2; i++) {
      add("late", "late" + i);
      add("a", "a" + i);
      add("b", "b" + i);
      add("o'clock", "first" + i);
    }
    Recorder work = new Recorder();
    node("n", new TurnLimits(1, 1, 0), false, work).start();
    eventually(() -> left() == 0);
    assertEquals(List.of("first0", "first1", "a0", "b0", "a1", "b1", "late0", "late1"), work.begun);
  }

  private static List<String> of(Recorder work, String project) {
    return work.begun.stream().filter(order -> order.startsWith(project)).toList();
  }

  @Test
  void noProjectHasMoreThanItsShareOfANode() throws Exception {
    for (int i = 0; i < 5; i++) {
      add("a", "wait" + i);
    }
    Recorder work = new Recorder();
    Jobs jobs = node("n", new TurnLimits(3, 2, 0), false, work);
    jobs.start();
    eventually(() -> work.begun.size() == 2);
    Thread.sleep(1500); // three looks
    assertEquals(2, work.begun.size(), work.begun::toString);
    add("b", "quick");
    jobs.wake();
    eventually(() -> work.begun.contains("quick"));
    work.end.countDown();
    eventually(() -> left() == 0);
  }

  @Test
  void nodesShareWhatThereIsAndNothingIsDoneTwice() throws Exception {
    Recorder work = new Recorder();
    Jobs one = node("one", new TurnLimits(4, 4, 0), false, work);
    Jobs other = node("other", new TurnLimits(4, 4, 0), false, work);
    for (int i = 0; i < 40; i++) {
      add("p" + i % 3, "x" + i);
    }
    one.start();
    other.start();
    eventually(() -> left() == 0);
    assertEquals(40, work.begun.size(), work.begun::toString);
    assertEquals(40, Set.copyOf(work.begun).size(), work.begun::toString);
  }

  @Test
  void whatIsBoundIsDoneByThatNodeAlone() throws Exception {
    Recorder first = new Recorder();
    Recorder second = new Recorder();
    String bound = add("a", "bound");
    add("a", "free");
    database.update("UPDATE tasks SET bound_to = 'it''s' WHERE id = ?", bound);
    node("other", new TurnLimits(2, 2, 0), false, first).start();
    eventually(() -> first.begun.size() == 1);
    Thread.sleep(1000);
    assertEquals(List.of("free"), first.begun);
    add("a", "free too");
    node("it's", new TurnLimits(2, 2, 0), true, second).start();
    eventually(() -> left() == 0);
    assertEquals(List.of("bound"), second.begun);
  }

  @Test
  void whatIsToBeTriedAgainIs() throws Exception {
    add("a", "again");
    Recorder work = new Recorder();
    node("n", new TurnLimits(1, 1, 0), false, work).start();
    eventually(() -> left() == 0);
    assertEquals(List.of("again", "again"), work.begun);
    assertEquals(List.of(0, 0), work.deaths);
  }

  @Test
  void workOfTheDeadIsBegunAgainAndThatOfTheLivingIsNot() throws Exception {
    String dead = add("a", "dead");
    Instant longAgo = Instant.now().minusSeconds(60);
    database.update(
        "UPDATE scheduled_tasks SET picked = TRUE, picked_by = 'ghost', last_heartbeat = ?,"
            + " version = 2 WHERE task_instance = ?",
        longAgo,
        dead);
    add("a", "wait");
    Recorder work = new Recorder();
    long joined = System.nanoTime();
    node("n", new TurnLimits(2, 2, 0), false, work).start();
    eventually(() -> work.begun.contains("wait"));
    while (System.nanoTime() - joined < 3_500_000_000L) { // it may judge after four seconds
      assertFalse(work.begun.contains("dead"), "nobody is judged by who has just come");
      Thread.sleep(10);
    }
    eventually(() -> work.begun.contains("dead"));
    assertEquals(1, work.deaths.get(work.begun.indexOf("dead")));
    Thread.sleep(5000); // longer than a node may be silent
    assertEquals(2, work.begun.size(), work.begun::toString);
    work.end.countDown();
    eventually(() -> left() == 0);
  }

  @Test
  void delaysGrowAndHaveAnEnd() {
    assertEquals(Duration.ofSeconds(1), Jobs.delay(0));
    assertEquals(Duration.ofSeconds(8), Jobs.delay(3));
    assertEquals(Duration.ofMinutes(5), Jobs.delay(Integer.MAX_VALUE));
  }
}
