package dev.platter.image.node;

import dev.platter.image.IllegalOptionException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * The limits that all members of a group share, bytes and requests a second; as {@code --object
 * throttle-group} gives them. Any number of threads may wait.
 */
public final class ThrottleGroup {
  /** Both forms in which the limits may be given begin so, the older one first. */
  private static final List<String> FORMS = List.of("x-", "limits.");

  private static final List<String> KINDS =
      List.of("bps-total", "bps-read", "bps-write", "iops-total", "iops-read", "iops-write");

  private static final String SIZE = "iops-size";
  private static final long NANOS = 1_000_000_000L;

  /** The largest rate that QEMU takes. */
  private static final long MOST = 1_000_000_000_000_000L;

  /** What may pass at once where no burst is allowed: the rate's tenth part of a second. */
  private static final int PARTS = 10;

  private final List<Limit> reading = new ArrayList<>();
  private final List<Limit> writing = new ArrayList<>();
  private final long requestBytes;
  private final Object turn = new Object();

  private ThrottleGroup(long requestBytes) {
    this.requestBytes = requestBytes;
  }

  /**
   * A group by its parameters.
   *
   * @throws IllegalOptionException in qemu-img's words
   */
  public static ThrottleGroup of(Map<String, String> parameters) throws IllegalOptionException {
    Set<String> left = new TreeSet<>(parameters.keySet());
    ThrottleGroup group = new ThrottleGroup(number(parameters, left, SIZE, 0));
    boolean anyRequests = false;
    boolean[] total = new boolean[2];
    boolean[] single = new boolean[2];
    for (String kind : KINDS) {
      Optional<Limit> limit =
          limit(
              number(parameters, left, kind, 0),
              number(parameters, left, kind + "-max", 0),
              number(parameters, left, kind + "-max-length", 1),
              kind.startsWith("iops"));
      if (limit.isEmpty()) {
        continue;
      }
      int what = kind.startsWith("iops") ? 1 : 0;
      anyRequests |= what == 1;
      (kind.endsWith("total") ? total : single)[what] = true;
      if (!kind.endsWith("write")) {
        group.reading.add(limit.get());
      }
      if (!kind.endsWith("read")) {
        group.writing.add(limit.get());
      }
    }
    if (!left.isEmpty()) {
      throw new IllegalOptionException("Parameter '" + left.iterator().next() + "' is unexpected");
    }
    if (total[0] && single[0] || total[1] && single[1]) {
      throw new IllegalOptionException(
          "bps/iops/max total values and read/write values cannot be used at the same time");
    }
    if (group.requestBytes > 0 && !anyRequests) {
      throw new IllegalOptionException("iops size requires an iops value to be set");
    }
    return group;
  }

  private static long number(
      Map<String, String> parameters, Set<String> left, String key, long otherwise)
      throws IllegalOptionException {
    for (String form : FORMS) {
      if (left.remove(form + key)) {
        long value;
        try {
          value = Long.parseLong(parameters.get(form + key));
        } catch (NumberFormatException e) {
          throw new IllegalOptionException("Parameter '" + form + key + "' expects integer");
        }
        if (value < 0) {
          throw new IllegalOptionException("Property values cannot be negative");
        }
        if (value > MOST) {
          throw new IllegalOptionException("bps/iops/max values must be within [0, " + MOST + "]");
        }
        return value;
      }
    }
    return otherwise;
  }

  private static Optional<Limit> limit(long rate, long most, long seconds, boolean requests)
      throws IllegalOptionException {
    if (seconds > 1 && most == 0) {
      throw new IllegalOptionException("burst length set without burst rate");
    }
    if (most > 0 && rate == 0) {
      throw new IllegalOptionException("bps_max/iops_max require corresponding bps/iops values");
    }
    if (most > 0 && most < rate) {
      throw new IllegalOptionException("bps_max/iops_max cannot be lower than bps/iops");
    }
    if (rate == 0) {
      return Optional.empty();
    }
    double room = most > 0 ? (double) most * seconds : (double) rate / PARTS;
    return Optional.of(new Limit(rate, room, most, requests));
  }

  /** Returns when a request of so many bytes may pass. */
  void await(boolean reads, long bytes) throws InterruptedException {
    long requests = requestBytes > 0 ? Math.ceilDiv(bytes, requestBytes) : 1;
    double wait = 0;
    synchronized (turn) {
      long now = System.nanoTime();
      for (Limit limit : reads ? reading : writing) {
        wait = Math.max(wait, limit.add(limit.requests ? requests : bytes, now));
      }
    }
    if (wait > 0) {
      Thread.sleep((long) (wait * 1000), (int) (wait * NANOS % 1_000_000));
    }
  }

  /** A bucket that leaks at a rate: who finds it too full waits until there would be room. */
  private static final class Limit {
    private final long rate;
    private final double room;
    private final long burstRate;
    private final boolean requests;
    private double level;
    private double burstLevel;
    private long last;
    private boolean begun;

    Limit(long rate, double room, long burstRate, boolean requests) {
      this.rate = rate;
      this.room = room;
      this.burstRate = burstRate;
      this.requests = requests;
    }

    /** Adds what passes; answers for how many seconds it has to wait first. */
    double add(long amount, long now) {
      double seconds = begun ? (now - last) / (double) NANOS : 0;
      begun = true;
      last = now;
      level = Math.max(0, level - seconds * rate);
      double wait = Math.max(0, level - room) / rate;
      level += amount;
      if (burstRate > 0) {
        burstLevel = Math.max(0, burstLevel - seconds * burstRate);
        wait = Math.max(wait, Math.max(0, burstLevel - (double) burstRate / PARTS) / burstRate);
        burstLevel += amount;
      }
      return wait;
    }
  }
}
