package dev.platter.image.node;

import dev.platter.image.IllegalOptionException;
import dev.platter.image.node.FilterStorage.Request;
import dev.platter.storage.FileNames;
import dev.platter.storage.SystemException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * The rules of {@code blkdebug}: which requests fail. A rule waits for an event in a state, and
 * from then on lets requests fail, once or always; another kind of rule changes the state.
 *
 * <p>Of QEMU's events those are known that a storage sees: {@code none} (the rule holds from the
 * start), {@code read_aio} (any read), {@code write_aio} (any write) and {@code flush_to_disk}.
 * What QEMU's formats tell of their tables nobody tells here, and rules that wait for it are
 * refused.
 */
final class ErrorRules {
  private static final int SECTOR = 512;
  private static final int EIO = 5;

  /** Events of QEMU that never happen here. */
  private static final Set<String> UNTOLD =
      Set.of(
          "l1_update",
          "l1_grow_alloc_table",
          "l1_grow_write_table",
          "l1_grow_activate_table",
          "l2_load",
          "l2_update",
          "l2_update_compressed",
          "l2_alloc_cow_read",
          "l2_alloc_write",
          "read_backing_aio",
          "read_compressed",
          "vmstate_load",
          "vmstate_save",
          "cow_read",
          "cow_write",
          "reftable_load",
          "reftable_grow",
          "reftable_update",
          "refblock_load",
          "refblock_update",
          "refblock_update_part",
          "refblock_alloc",
          "refblock_alloc_hookup",
          "refblock_alloc_write",
          "refblock_alloc_write_blocks",
          "refblock_alloc_write_table",
          "refblock_alloc_switch_table",
          "cluster_alloc",
          "cluster_alloc_bytes",
          "cluster_free",
          "flush_to_os",
          "pwritev_rmw_head",
          "pwritev_rmw_after_head",
          "pwritev_rmw_tail",
          "pwritev_rmw_after_tail",
          "pwritev",
          "pwritev_zero",
          "pwritev_done",
          "empty_image_prepare",
          "l1_shrink_write_table",
          "l1_shrink_free_l2_clusters",
          "cor_write",
          "cluster_alloc_space");

  /**
   * @param event what it waits for; null: it holds from the start
   * @param state in which state the event counts; 0: in any
   * @param requests which requests fail
   * @param errno with which error
   * @param sector at which sector; -1: at any
   * @param once whether only one fails
   * @param newState the state that the event leads to; 0: no request fails for this rule otherwise
   */
  private record Rule(
      String event,
      int state,
      Set<Request> requests,
      int errno,
      long sector,
      boolean once,
      int newState) {
    boolean changesState() {
      return newState > 0;
    }

    boolean holdsFor(Request request, long offset, long length) {
      long first = sector * SECTOR;
      boolean touches = sector < 0 || first < offset + length && first + SECTOR > offset;
      return requests.contains(request) && touches;
    }
  }

  private final List<Rule> waiting = new ArrayList<>();
  private final List<Rule> active = new ArrayList<>();
  private int state = 1;

  private ErrorRules() {}

  /** The rules that the options give, in a file and by themselves. */
  static ErrorRules of(NodeValues values) throws IOException {
    List<Map<String, String>> errors = new ArrayList<>();
    List<Map<String, String>> states = new ArrayList<>();
    String config = values.take("config");
    if (config != null) {
      readFile(config, errors, states);
    }
    errors.addAll(numbered(values.below("inject-error")));
    states.addAll(numbered(values.below("set-state")));
    checkAlignment(values);
    values.refuseOthers("image");
    ErrorRules rules = new ErrorRules();
    for (Map<String, String> error : errors) {
      rules.add(error("inject-error", error));
    }
    for (Map<String, String> change : states) {
      rules.add(stateChange("set-state", change));
    }
    return rules;
  }

  /** Limits of requests: here, nobody makes others for them. */
  private static void checkAlignment(NodeValues values) throws IllegalOptionException {
    long align = values.size("align", 0);
    if (Long.bitCount(align) > 1) {
      throw new IllegalOptionException("Cannot meet constraints with align " + align);
    }
    for (String limit :
        List.of("max-transfer", "opt-write-zero", "max-write-zero", "opt-discard", "max-discard")) {
      values.size(limit, 0);
    }
  }

  private void add(Rule rule) {
    (rule.event() == null ? active : waiting).add(rule);
  }

  /**
   * Lets a request go on, or fail.
   *
   * @throws SystemException with the rule's error
   */
  synchronized void judge(String name, Request request, long offset, long length)
      throws SystemException {
    happen(
        switch (request) {
          case READ -> "read_aio";
          case WRITE, ZERO -> "write_aio";
          case FLUSH -> "flush_to_disk";
        });
    for (Rule rule : active) {
      if (rule.holdsFor(request, offset, length)) {
        if (rule.once()) {
          active.remove(rule);
        }
        throw new SystemException(
            name,
            request.name().toLowerCase(Locale.ROOT) + " " + length + " bytes at " + offset,
            rule.errno());
      }
    }
  }

  private void happen(String event) {
    int next = state;
    for (int i = 0; i < waiting.size(); i++) {
      Rule rule = waiting.get(i);
      if (rule.event().equals(event) && (rule.state() == 0 || rule.state() == state)) {
        if (rule.changesState()) {
          next = rule.newState();
        } else {
          active.add(rule);
          waiting.remove(i--);
        }
      }
    }
    state = next;
  }

  private static Rule error(String section, Map<String, String> options)
      throws IllegalOptionException {
    refuseOthers(
        section, options, "event", "state", "iotype", "errno", "sector", "once", "immediately");
    Set<Request> requests =
        switch (options.getOrDefault("iotype", "")) {
          case "" -> Set.of(Request.values());
          case "read" -> Set.of(Request.READ);
          case "write" -> Set.of(Request.WRITE);
          case "write-zeroes", "discard" -> Set.of(Request.ZERO);
          case "flush" -> Set.of(Request.FLUSH);
          case "block-status" -> Set.of();
          default ->
              throw new IllegalOptionException("invalid parameter value: " + options.get("iotype"));
        };
    isOn(options, "immediately");
    return new Rule(
        event(options),
        (int) number(options, "state", 0),
        requests,
        (int) number(options, "errno", EIO),
        number(options, "sector", -1),
        isOn(options, "once"),
        0);
  }

  private static Rule stateChange(String section, Map<String, String> options)
      throws IllegalOptionException {
    refuseOthers(section, options, "event", "state", "new_state");
    int newState = (int) number(options, "new_state", 0);
    if (newState < 1) {
      throw new IllegalOptionException("Parameter 'new_state' expects a state from 1 on");
    }
    String event = event(options);
    if (event == null) {
      throw new IllegalOptionException("the state can only change at an event");
    }
    int in = (int) number(options, "state", 0);
    return new Rule(event, in, Set.of(), 0, -1, false, newState);
  }

  private static String event(Map<String, String> options) throws IllegalOptionException {
    String event = options.get("event");
    if (event == null) {
      throw new IllegalOptionException("Missing event name for rule");
    }
    return switch (event) {
      case "none" -> null;
      case "read_aio", "write_aio", "flush_to_disk" -> event;
      default ->
          throw new IllegalOptionException(
              UNTOLD.contains(event)
                  ? "the event '" + event + "' is never told here"
                  : "invalid parameter value: " + event);
    };
  }

  private static long number(Map<String, String> options, String key, long otherwise)
      throws IllegalOptionException {
    String text = options.get(key);
    try {
      return text == null ? otherwise : Long.parseLong(text);
    } catch (NumberFormatException e) {
      throw new IllegalOptionException("Parameter '" + key + "' expects a number");
    }
  }

  private static boolean isOn(Map<String, String> options, String key)
      throws IllegalOptionException {
    String text = options.getOrDefault(key, "off");
    if (!text.equals("on") && !text.equals("off")) {
      throw new IllegalOptionException("Parameter '" + key + "' expects 'on' or 'off'");
    }
    return text.equals("on");
  }

  private static void refuseOthers(String section, Map<String, String> options, String... known)
      throws IllegalOptionException {
    for (String key : options.keySet()) {
      if (!List.of(known).contains(key)) {
        throw new IllegalOptionException(
            "[" + section + "] section doesn't support the option '" + key + "'");
      }
    }
  }

  /** Options such as {@code 0.event} as a map for each number. */
  private static List<Map<String, String>> numbered(Map<String, String> options) {
    Map<String, Map<String, String>> all = new HashMap<>();
    options.forEach((key, value) -> {
      int dot = key.indexOf('.');
      String number = dot < 0 ? "" : key.substring(0, dot);
      all.computeIfAbsent(number, each -> new LinkedHashMap<>()).put(key.substring(dot + 1), value);
    });
    List<Map<String, String>> inOrder = new ArrayList<>();
    for (String number : new TreeSet<>(all.keySet())) {
      inOrder.add(all.get(number));
    }
    return inOrder;
  }

  /** Reads a file of sections such as {@code [inject-error]} with lines {@code key = "value"}. */
  private static void readFile(
      String file, List<Map<String, String>> errors, List<Map<String, String>> states)
      throws IOException {
    List<String> lines;
    try {
      lines = Files.readAllLines(FileNames.path(file));
    } catch (NoSuchFileException e) {
      throw new IllegalOptionException("Could not open '" + file + "': No such file or directory");
    }
    Map<String, String> section = null;
    for (int i = 0; i < lines.size(); i++) {
      String line = lines.get(i).strip();
      int equals = line.indexOf('=');
      if (line.isEmpty() || line.startsWith("#")) {
        continue;
      }
      if (line.equals("[inject-error]") || line.equals("[set-state]")) {
        section = new LinkedHashMap<>();
        (line.equals("[set-state]") ? states : errors).add(section);
      } else if (section != null && equals > 0 && isQuoted(line.substring(equals + 1).strip())) {
        String value = line.substring(equals + 1).strip();
        section.put(line.substring(0, equals).strip(), value.substring(1, value.length() - 1));
      } else {
        throw new IllegalOptionException(
            "Could not parse blkdebug config file: " + file + ":" + (i + 1) + ": parse error");
      }
    }
  }

  private static boolean isQuoted(String value) {
    return value.length() > 1 && value.startsWith("\"") && value.endsWith("\"");
  }
}
