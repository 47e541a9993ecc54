package dev.platter.server.migrate;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.platter.server.http.Json;
import java.io.PrintStream;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Tells what becomes of what: a line as soon as it is known for each record that is not simply
 * taken over, and a table at the end; or the same as one JSON object. Used by one thread.
 */
final class Report {
  /** What there is to be taken over. */
  enum Kind {
    IMAGE("images"),
    DELETED("identifiers of deleted images"),
    TASK("tasks"),
    NAMESPACE("namespaces of metadata definitions"),
    RESOURCE_TYPE("resource types");

    private final String title;

    Kind(String title) {
      this.title = title;
    }

    String word() {
      return name().toLowerCase(java.util.Locale.ROOT);
    }
  }

  /** What becomes of a record. */
  enum Outcome {
    ADDED("added"),
    UPDATED("updated"),
    REMOVED("removed"),
    UNCHANGED("unchanged"),
    /** What was changed here stays. */
    KEPT("kept as here"),
    /** Not taken over, and of no use to anybody. */
    SKIPPED("left out"),
    /** Not taken over, or not all of it, and somebody may miss it. */
    LEFT("left");

    private final String title;

    Outcome(String title) {
      this.title = title;
    }

    String word() {
      return name().toLowerCase(java.util.Locale.ROOT);
    }
  }

  private final PrintStream out;
  private final boolean json;
  private final Map<Kind, Map<Outcome, Long>> counts = new EnumMap<>(Kind.class);
  private long missed;
  private boolean told;

  Report(PrintStream out, boolean json, boolean dryRun, String source) {
    this.out = out;
    this.json = json;
    for (Kind kind : Kind.values()) {
      counts.put(kind, new EnumMap<>(Outcome.class));
    }
    if (json) {
      out.printf("{\"source\": %s, \"dry_run\": %b, \"told\": [", quoted(source), dryRun);
    } else {
      out.println("From " + source + (dryRun ? " (dry run: nothing is written)" : ""));
    }
  }

  private static String quoted(String text) {
    return Json.text(Json.array().add(text).get(0));
  }

  void count(Kind kind, Outcome outcome) {
    counts.get(kind).merge(outcome, 1L, Long::sum);
    if (outcome == Outcome.LEFT) {
      missed++;
    }
  }

  /** Counts a record, and says why it is not as it was. */
  void count(Kind kind, Outcome outcome, String id, String why) {
    count(kind, outcome);
    tell(kind, outcome, id, why);
  }

  /** Says something of a record that is counted elsewhere. */
  void tell(Kind kind, Outcome outcome, String id, String why) {
    String clear = id.replaceAll("\\p{Cntrl}", "?");
    if (json) {
      ObjectNode node = Json.object();
      node.put("kind", kind.word()).put("id", clear).put("outcome", outcome.word()).put("why", why);
      out.print((told ? ",\n  " : "\n  ") + Json.text(node));
    } else {
      out.println(
          "%s %s: %s: %s"
              .formatted(
                  kind.word().replace('_', ' '),
                  clear,
                  outcome.title,
                  why.replaceAll("\\p{Cntrl}", "?")));
    }
    told = true;
  }

  /** Says that a part of an image is missed which is taken over besides. */
  void miss(String id, String what) {
    missed++;
    tell(Kind.IMAGE, Outcome.LEFT, id, what);
  }

  /** Whether anything is left that somebody may miss. */
  boolean complete() {
    return missed == 0;
  }

  /** The summary. */
  void end() {
    if (json) {
      ObjectNode all = Json.object();
      counts.forEach((kind, outcomes) -> {
        ObjectNode node = all.putObject(kind.word());
        for (Outcome outcome : Outcome.values()) {
          node.put(outcome.word(), outcomes.getOrDefault(outcome, 0L));
        }
      });
      out.println(
          (told ? "\n" : "")
              + "], \"counts\": "
              + Json.text(all)
              + ", \"complete\": "
              + complete()
              + "}");
      return;
    }
    out.println();
    StringBuilder head = new StringBuilder("%-36s".formatted(""));
    for (Outcome outcome : Outcome.values()) {
      head.append("%14s".formatted(outcome.title));
    }
    out.println(head);
    Map<Kind, Map<Outcome, Long>> ordered = new LinkedHashMap<>(counts);
    ordered.forEach((kind, outcomes) -> {
      StringBuilder line = new StringBuilder("%-36s".formatted(kind.title));
      for (Outcome outcome : Outcome.values()) {
        line.append("%14d".formatted(outcomes.getOrDefault(outcome, 0L)));
      }
      out.println(line);
    });
    if (!complete()) {
      out.println(
          "\nNot complete: what is left is told above. Once its cause is gone, the same command goes on.");
    }
  }
}
