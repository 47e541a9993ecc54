package dev.platter.qcow2.check;

import dev.platter.image.Fault;
import dev.platter.image.UnsupportedFeatureException;
import dev.platter.qcow2.format.ImageHead;
import java.util.Arrays;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * How often each host cluster is referred to, counted anew by a check. One byte for each cluster of
 * a stretch that is referred to at all, wider where a count demands it; a budget bounds what an
 * image can make of that.
 */
public final class ReferenceCounts {
  /** Clusters of one page. */
  static final int PAGE_CLUSTERS = 1 << 12;

  private static final int PAGE_BITS = 12;
  private static final long BUDGET_BYTES = 256L << 20;
  private static final int BYTE_MAX = 0xff;

  private final ImageHead head;
  private final NavigableMap<Long, Page> pages = new TreeMap<>();
  private Page lastPage;
  private long lastNumber = -1;
  private long bytes;
  private long end;

  public ReferenceCounts(ImageHead head) {
    this.head = head;
  }

  /** Adds to the count of a cluster and answers the new one. */
  public long add(long cluster, long times) throws UnsupportedFeatureException {
    end = Math.max(end, cluster + 1);
    Page page = pageOf(cluster, true);
    if (page.wide == null) {
      int index = (int) cluster & PAGE_CLUSTERS - 1;
      long count = Byte.toUnsignedLong(page.narrow[index]) + times;
      if (count <= BYTE_MAX) {
        page.narrow[index] = (byte) count;
        return count;
      }
    }
    return set(cluster, at(cluster) + times);
  }

  /**
   * Adds to the counts of clusters that follow each other, as far as all become {@code most} or
   * less and one page holds them; answers how many these are, perhaps none.
   *
   * @param last the last cluster to add to
   */
  int addSmall(long cluster, long last, long times, long most) throws UnsupportedFeatureException {
    byte[] counts = pageOf(cluster, true).narrow;
    long room = Math.min(most, BYTE_MAX) - times;
    if (counts == null || room < 0) {
      return 0;
    }
    int first = (int) cluster & PAGE_CLUSTERS - 1;
    int stop = (int) Math.min(PAGE_CLUSTERS, first + (last - cluster + 1));
    int at = first;
    while (at < stop && Byte.toUnsignedInt(counts[at]) <= room) {
      counts[at++] += (byte) times;
    }
    end = Math.max(end, cluster + at - first);
    return at - first;
  }

  /** Makes the count of a cluster {@code count}, and answers it. */
  public long set(long cluster, long count) throws UnsupportedFeatureException {
    Page page = pageOf(cluster, true);
    int index = (int) cluster & PAGE_CLUSTERS - 1;
    if (page.wide == null && count > BYTE_MAX) {
      spend((long) PAGE_CLUSTERS * Long.BYTES);
      page.widen();
    }
    if (page.wide != null) {
      page.wide[index] = count;
    } else {
      page.narrow[index] = (byte) count;
    }
    return count;
  }

  /** The count of a cluster. */
  public long at(long cluster) throws UnsupportedFeatureException {
    Page page = pageOf(cluster, false);
    if (page == null) {
      return 0;
    }
    int index = (int) cluster & PAGE_CLUSTERS - 1;
    return page.wide != null ? page.wide[index] : Byte.toUnsignedLong(page.narrow[index]);
  }

  /**
   * The counts of the page that holds a cluster, one byte for each of its {@link #PAGE_CLUSTERS},
   * not a copy; null where nothing was counted, or one is too large for a byte.
   */
  byte[] page(long cluster) throws UnsupportedFeatureException {
    Page page = pageOf(cluster, false);
    return page == null ? null : page.narrow;
  }

  /**
   * The first cluster that may have a count, at or after {@code cluster}; {@code limit} if none
   * before that.
   */
  public long nextCounted(long cluster, long limit) {
    Long number = pages.ceilingKey(cluster >>> PAGE_BITS);
    return number == null ? limit : Math.min(limit, Math.max(cluster, number << PAGE_BITS));
  }

  /** The first cluster after all that were counted. */
  public long end() {
    return end;
  }

  private Page pageOf(long cluster, boolean create) throws UnsupportedFeatureException {
    long number = cluster >>> PAGE_BITS;
    if (number == lastNumber) {
      return lastPage;
    }
    Page page = pages.get(number);
    if (page == null) {
      if (!create) {
        return null;
      }
      spend(PAGE_CLUSTERS);
      page = new Page();
      pages.put(number, page);
    }
    lastNumber = number;
    lastPage = page;
    return page;
  }

  private void spend(long more) throws UnsupportedFeatureException {
    bytes += more;
    if (bytes > BUDGET_BYTES) {
      throw Fault.in("qcow2", head.name())
          .unsupported(
              "checking it needs more than "
                  + BUDGET_BYTES
                  + " bytes of memory for reference counts");
    }
  }

  private static final class Page {
    byte[] narrow = new byte[PAGE_CLUSTERS];
    long[] wide;

    void widen() {
      wide = new long[PAGE_CLUSTERS];
      Arrays.setAll(wide, i -> Byte.toUnsignedLong(narrow[i]));
      narrow = null;
    }
  }
}
