package dev.platter.server.config;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;

/**
 * The process, and where it keeps its own files.
 *
 * @param name of this node among those that share a database
 * @param data the directory for all that has no place of its own in the settings
 * @param staging the directory where uploads wait for their import
 * @param taskTimeToLive how long a finished task is kept
 */
public record NodeSettings(String name, Path data, Path staging, Duration taskTimeToLive) {
  private static final String MAIN = "DEFAULT";

  public static NodeSettings read(IniFile ini, Path data) {
    if (ini.flag(MAIN, "delayed_delete", false)) {
      throw ini.wrong(MAIN, "delayed_delete", "deleted images are gone at once; false is expected");
    }
    String staging = ini.text(MAIN, "node_staging_uri", data.resolve("staging").toString());
    return new NodeSettings(
        ini.text(MAIN, "node_name", hostName()),
        data,
        Path.of(staging.startsWith("file://") ? staging.substring(7) : staging),
        Duration.ofHours(ini.number("task", "task_time_to_live", 48)));
  }

  private static String hostName() {
    try {
      return InetAddress.getLocalHost().getHostName();
    } catch (IOException e) {
      return "localhost";
    }
  }
}
