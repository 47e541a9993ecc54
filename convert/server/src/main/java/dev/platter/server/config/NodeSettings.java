package dev.platter.server.config;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The process, and where it keeps its own files.
 *
 * @param name of this node among those that share a database
 * @param data the directory for all that has no place of its own in the settings
 * @param staging the directory where uploads wait for their import
 * @param taskTimeToLive how long a finished task is kept
 * @param sharing how it works together with other nodes
 */
public record NodeSettings(
    String name, Path data, Path staging, Duration taskTimeToLive, Sharing sharing) {
  private static final String MAIN = "DEFAULT";
  private static final String PRIORITIES = "project_priorities";

  /** The section of what is about several nodes. */
  public static final String SECTION = "nodes";

  /** What a node does. */
  public enum Role {
    /** Answers callers, and runs imports. */
    ALL,
    /** Answers callers, and runs imports only of what is staged with it. */
    API,
    /** Runs imports. */
    WORKER
  }

  /**
   * How a node works together with others.
   *
   * @param role what it does
   * @param sharedStaging whether the staging area is one directory for all nodes
   * @param heartbeat how often it says that it is there; it is dead when it has not for four times
   *     as long
   * @param mostDeaths how many nodes may die at an import before it has failed
   * @param longestAbsence how long an import waits for the node that has its staged data
   * @param priorities of projects by their identifiers: imports of the highest are begun first;
   *     other projects have 0
   */
  public record Sharing(
      Role role,
      boolean sharedStaging,
      Duration heartbeat,
      int mostDeaths,
      Duration longestAbsence,
      SortedMap<String, Integer> priorities) {
    /** How many heartbeats a node may miss. */
    public static final int MISSED = 4;

    /** How long a node that is there may say nothing. */
    public Duration silence() {
      return heartbeat.multipliedBy(MISSED);
    }
  }

  public static NodeSettings read(IniFile ini, Path data) {
    if (ini.flag(MAIN, "delayed_delete", false)) {
      throw ini.wrong(MAIN, "delayed_delete", "deleted images are gone at once; false is expected");
    }
    String staging = ini.text(MAIN, "node_staging_uri", data.resolve("staging").toString());
    String name = ini.text(MAIN, "node_name", hostName());
    if (name.isBlank() || name.length() > 255) {
      throw ini.wrong(MAIN, "node_name", "a name of at most 255 characters is expected");
    }
    return new NodeSettings(
        name,
        data,
        Path.of(staging.startsWith("file://") ? staging.substring(7) : staging),
        Duration.ofHours(ini.number("task", "task_time_to_live", 48)),
        new Sharing(
            role(ini),
            ini.flag(SECTION, "shared_staging", false),
            Duration.ofSeconds(ini.count(SECTION, "heartbeat", 5, 1)),
            ini.count(SECTION, "most_deaths", 5, 1),
            Duration.ofSeconds(ini.count(SECTION, "longest_absence", 600, 0)),
            priorities(ini)));
  }

  private static SortedMap<String, Integer> priorities(IniFile ini) {
    SortedMap<String, Integer> priorities = new TreeMap<>();
    for (String element : ini.list(SECTION, PRIORITIES, List.of())) {
      int colon = element.lastIndexOf(':');
      String project = element.substring(0, Math.max(colon, 0)).strip();
      try {
        int priority = Integer.parseInt(element.substring(colon + 1).strip());
        if (!project.isEmpty() && priorities.put(project, priority) == null) {
          continue;
        }
      } catch (NumberFormatException e) {
        // said below
      }
      throw ini.wrong(
          SECTION, PRIORITIES, "PROJECT:NUMBER is expected once for a project, not " + element);
    }
    return priorities;
  }

  private static Role role(IniFile ini) {
    String text = ini.text(SECTION, "role", "all");
    return switch (text) {
      case "all" -> Role.ALL;
      case "api" -> Role.API;
      case "worker" -> Role.WORKER;
      default -> throw ini.wrong(SECTION, "role", "all, api or worker is expected");
    };
  }

  private static String hostName() {
    try {
      return InetAddress.getLocalHost().getHostName();
    } catch (IOException e) {
      return "localhost";
    }
  }
}
