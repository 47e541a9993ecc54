package dev.platter.guest.packages.rpm;

import dev.platter.image.CorruptImageException;
import dev.platter.image.Fault;
import java.util.BitSet;

/**
 * Which pages of a database have been met. In a sound one each page is part of one thing, so that
 * what ends at the second visit neither goes round in circles nor costs more than the file is long.
 */
final class PageUse {
  private static final long MAX_PAGES = 1L << 28;

  private final String name;
  private final long pages;
  private final BitSet met = new BitSet();

  /**
   * @param name of the database, for messages
   * @param pages how many there are
   */
  PageUse(String name, long pages) throws CorruptImageException {
    if (pages > MAX_PAGES) {
      throw Fault.on(name).corrupt(pages + " pages, at most " + MAX_PAGES + " are read");
    }
    this.name = name;
    this.pages = pages;
  }

  /** A page is met, for the first time, and is none that lies outside. */
  void meet(long page) throws CorruptImageException {
    if (page < 0 || page >= pages) {
      throw Fault.on(name).corrupt("page " + page + " of " + pages);
    }
    if (met.get((int) page)) {
      throw Fault.on(name).corrupt("page " + page + " is part of two things");
    }
    met.set((int) page);
  }
}
