package dev.platter.server.task;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.platter.server.http.Json;

/**
 * How far the work of a task is.
 *
 * @param phase what is done at the moment, in a word
 * @param done bytes of that which are done
 * @param total bytes of that in all; 0: nobody knows
 * @param rate bytes a second, lately; 0: not known yet
 */
public record Progress(String phase, long done, long total, long rate) {

  /** Seconds until this is done, at the present rate; -1: nobody knows. */
  public long secondsLeft() {
    return total > 0 && rate > 0 ? Math.max(0, total - done) / rate : -1;
  }

  /** As callers see it: what is not known is null. */
  ObjectNode json() {
    ObjectNode node = Json.object();
    node.put("phase", phase);
    node.put("bytes_done", done);
    node.put("bytes_total", total > 0 ? (Long) total : null);
    node.put("bytes_per_second", rate > 0 ? (Long) rate : null);
    node.put("seconds_left", secondsLeft() >= 0 ? (Long) secondsLeft() : null);
    return node;
  }
}
