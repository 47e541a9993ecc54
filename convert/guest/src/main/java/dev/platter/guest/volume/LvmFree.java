package dev.platter.guest.volume;

import dev.platter.guest.volume.LvmGroup.Span;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Which extents of a physical volume no logical volume has. What cannot be followed, or would be in
 * two volumes, makes none of them free.
 *
 * @param free in extents
 * @param isPlain whether all volumes lie on physical volumes alone, each by itself
 */
record LvmFree(List<Span> free, boolean isPlain) {
  /** Where nothing is sure, as of a physical volume that may have been left out of a change. */
  static final LvmFree UNKNOWN = new LvmFree(List.of(), false);

  private static final String STRIPED = "striped";

  /**
   * @param volumes all logical volumes of the group, hidden ones among them
   * @param here what the group calls the physical volume
   * @param extents how many it has
   */
  static LvmFree of(Map<?, ?> volumes, String here, long extents) {
    TreeMap<Long, Long> used = new TreeMap<>();
    boolean plain = true;
    for (Object volume : volumes.values()) {
      if (!(volume instanceof Map<?, ?> values)) {
        return UNKNOWN;
      }
      for (Map.Entry<?, ?> entry : values.entrySet()) {
        if (!(entry.getValue() instanceof Map<?, ?> segment)) {
          continue;
        }
        if (STRIPED.equals(segment.get("type"))) {
          if (!addStripes(segment, here, used)) {
            return UNKNOWN;
          }
        } else {
          plain = false;
          if (names(segment, here)) {
            return UNKNOWN; // it lies there in a way that is not known here
          }
        }
      }
    }
    return gaps(used, extents, plain);
  }

  /** Whether the stripes of a segment could be followed. */
  private static boolean addStripes(Map<?, ?> segment, String here, TreeMap<Long, Long> used) {
    long count = number(segment.get("extent_count"));
    long stripes = number(segment.get("stripe_count"));
    if (!(segment.get("stripes") instanceof List<?> list)
        || count < 1
        || stripes < 1
        || list.size() != 2 * stripes) {
      return false;
    }
    long each = (count + stripes - 1) / stripes;
    for (int i = 0; i < list.size(); i += 2) {
      long start = number(list.get(i + 1));
      if (start < 0) {
        return false;
      }
      if (list.get(i).equals(here) && used.put(start, each) != null) {
        return false;
      }
    }
    return true;
  }

  private static boolean names(Map<?, ?> segment, String here) {
    for (Object value : segment.values()) {
      if (here.equals(value) || value instanceof List<?> list && list.contains(here)) {
        return true;
      }
    }
    return false;
  }

  private static LvmFree gaps(TreeMap<Long, Long> used, long extents, boolean plain) {
    List<Span> free = new ArrayList<>();
    long at = 0;
    for (Map.Entry<Long, Long> part : used.entrySet()) {
      long start = part.getKey();
      if (start < at || start > extents - part.getValue()) {
        return UNKNOWN;
      }
      if (start > at) {
        free.add(new Span(at, start - at));
      }
      at = start + part.getValue();
    }
    if (at < extents) {
      free.add(new Span(at, extents - at));
    }
    return new LvmFree(List.copyOf(free), plain);
  }

  /** Negative: it is none. */
  private static long number(Object value) {
    return value instanceof String text && text.matches("[0-9]{1,9}") ? Long.parseLong(text) : -1;
  }
}
