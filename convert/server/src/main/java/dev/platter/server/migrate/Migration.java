package dev.platter.server.migrate;

import dev.platter.server.db.Database;
import dev.platter.server.db.Session;
import dev.platter.server.image.ImageTable;
import dev.platter.server.image.WholeImage;
import dev.platter.server.metadef.WholeNamespace;
import dev.platter.server.migrate.Ledger.Step;
import dev.platter.server.migrate.Report.Kind;
import dev.platter.server.migrate.Report.Outcome;
import dev.platter.server.task.Task;
import dev.platter.server.task.Tasks;
import java.io.IOException;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Takes over all records, a page in a transaction: whatever breaks it off, pages are whole or not
 * there, and another run goes on.
 */
final class Migration {
  /** How many images are looked for in their stores at a time. */
  private static final int LOOKERS = 16;

  private static final String NODE = "glance";

  private final GlanceDatabase source;
  private final Optional<Database> target;
  private final Places places;
  private final Report report;
  private final boolean dryRun;

  /**
   * @param target where records are written; nothing: there is none yet, which only a dry run may
   *     find so
   */
  Migration(
      GlanceDatabase source,
      Optional<Database> target,
      Places places,
      Report report,
      boolean dryRun) {
    this.source = source;
    this.target = target;
    this.places = places;
    this.report = report;
    this.dryRun = dryRun;
  }

  /**
   * @throws IOException if one of the databases fails; what was written before is whole
   */
  void run() throws IOException, SQLException, InterruptedException {
    moveImages();
    moveTasks();
    moveResourceTypes();
    moveNamespaces();
  }

  /** What becomes of a record, to be told once its page is written. */
  private record Told(Kind kind, Outcome outcome, String id, String why) {}

  /** Does the work of a page; what it tells counts only if all of it was done. */
  @FunctionalInterface
  private interface PageWork {
    void run(Session session, List<Told> told) throws SQLException;
  }

  private void page(PageWork work) throws SQLException {
    List<Told> told = new ArrayList<>();
    if (target.isEmpty()) {
      work.run(null, told);
    } else if (dryRun) {
      target
          .get()
          .read(session -> {
            work.run(session, told);
            return null;
          });
    } else {
      target
          .get()
          .transaction(session -> {
            told.clear();
            work.run(session, told);
            return null;
          });
    }
    for (Told one : told) {
      if (one.why() == null) {
        report.count(one.kind(), one.outcome());
      } else {
        report.count(one.kind(), one.outcome(), one.id(), one.why());
      }
    }
  }

  private void moveImages() throws SQLException, InterruptedException {
    GlanceImages images = new GlanceImages(source);
    long unreadable = images.unreadable();
    if (unreadable > 0) {
      report.count(
          Kind.IMAGE, Outcome.LEFT, "?", unreadable + " rows have identifiers that are none");
    }
    try (ExecutorService lookers = Executors.newFixedThreadPool(LOOKERS)) {
      try {
        for (List<GlanceImage> page = images.next(); !page.isEmpty(); page = images.next()) {
          Map<String, ImageMove.Outcome> outcomes = look(lookers, page);
          page((session, told) -> writeImages(session, outcomes, told));
          outcomes.forEach((id, outcome) -> {
            outcome.notes().forEach(note -> report.tell(Kind.IMAGE, noted(outcome), id, note));
            outcome.missed().forEach(missed -> report.miss(id, missed));
          });
        }
      } finally {
        lookers.shutdownNow();
      }
    }
  }

  private static Outcome noted(ImageMove.Outcome outcome) {
    return outcome.image() == null ? Outcome.SKIPPED : Outcome.ADDED;
  }

  private Map<String, ImageMove.Outcome> look(ExecutorService lookers, List<GlanceImage> page)
      throws InterruptedException {
    Map<String, Future<ImageMove.Outcome>> work = new LinkedHashMap<>();
    for (GlanceImage image : page) {
      work.put(image.id, lookers.submit(() -> ImageMove.of(image, places)));
    }
    Map<String, ImageMove.Outcome> outcomes = new LinkedHashMap<>();
    for (Map.Entry<String, Future<ImageMove.Outcome>> one : work.entrySet()) {
      try {
        outcomes.put(one.getKey(), one.getValue().get());
      } catch (ExecutionException e) {
        throw new IllegalStateException(
            "image " + one.getKey() + ": " + e.getCause().getMessage(), e);
      }
    }
    return outcomes;
  }

  private void writeImages(
      Session session, Map<String, ImageMove.Outcome> outcomes, List<Told> told)
      throws SQLException {
    Map<String, WholeImage> present =
        session == null ? Map.of() : WholeImage.find(session, outcomes.keySet(), !dryRun);
    Map<String, String> ledger =
        session == null ? Map.of() : Ledger.find(session, "image", outcomes.keySet());
    for (Map.Entry<String, ImageMove.Outcome> one : outcomes.entrySet()) {
      String id = one.getKey();
      ImageMove.Outcome outcome = one.getValue();
      WholeImage here = present.get(id);
      String own = here == null ? null : Ledger.digest(here.record());
      if (outcome.left() != null) {
        told.add(new Told(Kind.IMAGE, Outcome.LEFT, id, outcome.left()));
      } else if (outcome.image() == null) {
        told.add(retire(session, id, outcome, ledger.get(id), own));
      } else {
        told.add(write(session, outcome.image(), ledger.get(id), own));
      }
    }
  }

  private Told retire(
      Session session, String id, ImageMove.Outcome outcome, String recorded, String own)
      throws SQLException {
    if (own == null) {
      boolean known = session != null && ImageTable.knows(session, id);
      if (!known && !dryRun) {
        WholeImage.retire(session, id, outcome.retired());
      }
      return new Told(Kind.DELETED, known ? Outcome.UNCHANGED : Outcome.ADDED, id, null);
    }
    if (own.equals(recorded)) {
      if (!dryRun) {
        ImageTable.delete(session, id, outcome.retired());
      }
      return new Told(Kind.IMAGE, Outcome.REMOVED, id, "was deleted there since");
    }
    return new Told(
        Kind.IMAGE, Outcome.KEPT, id, "was deleted there, and is another one here, or was changed");
  }

  private Told write(Session session, WholeImage image, String recorded, String own)
      throws SQLException {
    String id = image.image().id();
    String wanted = Ledger.digest(image.record());
    Step step = Ledger.decide(wanted, recorded, own);
    if (step == Step.ADD && session != null && ImageTable.knows(session, id)) {
      step = Step.DELETED_HERE; // not by us
    }
    boolean writes = step == Step.ADD || step == Step.UPDATE;
    if (writes && !dryRun) {
      image.save(session);
    }
    if ((writes || step == Step.SAME && !wanted.equals(recorded)) && !dryRun) {
      Ledger.put(session, "image", id, wanted);
    }
    return told(Kind.IMAGE, id, step);
  }

  private static Told told(Kind kind, String id, Step step) {
    return switch (step) {
      case ADD -> new Told(kind, Outcome.ADDED, id, null);
      case UPDATE -> new Told(kind, Outcome.UPDATED, id, null);
      case SAME -> new Told(kind, Outcome.UNCHANGED, id, null);
      case CHANGED_HERE -> new Told(kind, Outcome.KEPT, id, null);
      case CHANGED_BOTH ->
          new Told(kind, Outcome.KEPT, id, "has changed there and here: ours stays");
      case DELETED_HERE ->
          new Told(kind, Outcome.KEPT, id, "is still there, and was deleted here: it stays so");
      case FOREIGN -> new Told(kind, Outcome.KEPT, id, "another one is here: ours stays");
    };
  }

  private void moveTasks() throws SQLException {
    GlanceTasks tasks = new GlanceTasks(source);
    for (List<GlanceTasks.Found> page = tasks.next(Database.now());
        !page.isEmpty();
        page = tasks.next(Database.now())) {
      List<GlanceTasks.Found> found = page;
      page((session, told) -> writeTasks(session, found, told));
    }
  }

  private void writeTasks(Session session, List<GlanceTasks.Found> page, List<Told> told)
      throws SQLException {
    List<String> ids = page.stream().map(GlanceTasks.Found::id).toList();
    Map<String, Task> present = new HashMap<>();
    if (session != null) {
      Tasks.find(session, ids).forEach(task -> present.put(task.id(), task));
    }
    Map<String, String> ledger = session == null ? Map.of() : Ledger.find(session, "task", ids);
    for (GlanceTasks.Found found : page) {
      if (found.task() == null) {
        told.add(
            found.problem() == null
                ? new Told(Kind.TASK, Outcome.SKIPPED, found.id(), null)
                : new Told(Kind.TASK, Outcome.SKIPPED, found.id(), found.problem()));
        continue;
      }
      String wanted = Ledger.digest(GlanceTasks.record(found.task()));
      Task here = present.get(found.id());
      Step step =
          Ledger.decide(
              wanted,
              ledger.get(found.id()),
              here == null ? null : Ledger.digest(GlanceTasks.record(here)));
      boolean writes = step == Step.ADD || step == Step.UPDATE;
      if (writes && !dryRun) {
        Tasks.save(session, found.task(), NODE);
        Ledger.put(session, "task", found.id(), wanted);
      }
      // Here, too, tasks are removed when their time has passed.
      told.add(
          step == Step.DELETED_HERE
              ? new Told(Kind.TASK, Outcome.KEPT, found.id(), null)
              : writes && found.wasUnderWay()
                  ? new Told(Kind.TASK, Outcome.ADDED, found.id(), "was under way: it has failed")
                  : told(Kind.TASK, found.id(), step));
    }
  }

  private void moveResourceTypes() throws SQLException {
    GlanceMetadefs metadefs = new GlanceMetadefs(source);
    for (List<GlanceMetadefs.Type> page = metadefs.types("");
        !page.isEmpty();
        page = metadefs.types(page.getLast().name())) {
      List<GlanceMetadefs.Type> types = page;
      page((session, told) -> {
        for (GlanceMetadefs.Type type : types) {
          told.add(writeType(session, type));
        }
      });
    }
  }

  private Told writeType(Session session, GlanceMetadefs.Type type) throws SQLException {
    if (type.problem() != null) {
      return new Told(Kind.RESOURCE_TYPE, Outcome.LEFT, type.name(), type.problem());
    }
    boolean known = session != null && WholeNamespace.knowsResourceType(session, type.name());
    if (!known && !dryRun) {
      WholeNamespace.addResourceType(session, type.name(), type.times());
    }
    return new Told(
        Kind.RESOURCE_TYPE, known ? Outcome.UNCHANGED : Outcome.ADDED, type.name(), null);
  }

  private void moveNamespaces() throws SQLException {
    GlanceMetadefs metadefs = new GlanceMetadefs(source);
    for (List<String> names = metadefs.names("");
        !names.isEmpty();
        names = metadefs.names(names.getLast())) {
      for (String name : names) {
        GlanceMetadefs.Found found = metadefs.namespace(name);
        page((session, told) -> told.add(writeNamespace(session, found)));
      }
    }
  }

  private Told writeNamespace(Session session, GlanceMetadefs.Found found) throws SQLException {
    if (found.namespace() == null) {
      return new Told(Kind.NAMESPACE, Outcome.LEFT, found.name(), found.problem());
    }
    String wanted = Ledger.digest(found.namespace().record());
    String own = null;
    String recorded = null;
    if (session != null) {
      own =
          WholeNamespace.find(session, found.name())
              .map(here -> Ledger.digest(here.record()))
              .orElse(null);
      recorded = Ledger.find(session, "namespace", List.of(found.name())).get(found.name());
    }
    Step step = Ledger.decide(wanted, recorded, own);
    if ((step == Step.ADD || step == Step.UPDATE) && !dryRun) {
      found.namespace().save(session);
      Ledger.put(session, "namespace", found.name(), wanted);
    }
    return told(Kind.NAMESPACE, found.name(), step);
  }
}
