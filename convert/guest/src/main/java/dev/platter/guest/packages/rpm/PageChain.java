package dev.platter.guest.packages.rpm;

import dev.platter.guest.files.Budget;
import dev.platter.guest.files.MappedSource;
import dev.platter.guest.files.Source;
import dev.platter.image.Fault;
import java.io.IOException;
import java.util.Map;
import java.util.TreeMap;

/**
 * A value that is too large for its page: pieces of it lie in pages of which each names the next.
 * They are looked up no further than is read.
 */
final class PageChain extends MappedSource {
  /**
   * A piece of the value.
   *
   * @param source where it lies
   * @param offset in {@code source}
   * @param length bytes, at least 1
   * @param next the page with the next piece
   */
  record Link(Source source, long offset, long length, long next) {}

  /** Knows the pages. */
  interface Pages {
    /** The piece that lies in that page. */
    Link link(long page) throws IOException;
  }

  private final Pages pages;
  private final TreeMap<Long, Link> links = new TreeMap<>();
  private long end;

  /**
   * @param name for messages
   * @param size of the value
   * @param first the piece that it begins with
   */
  PageChain(String name, long size, Budget budget, Link first, Pages pages) {
    super(name, size, budget);
    this.pages = pages;
    links.put(0L, first);
    end = first.length();
  }

  @Override
  protected Piece pieceAt(long offset) throws IOException {
    while (end <= offset) {
      Link link = pages.link(links.lastEntry().getValue().next());
      if (link.length() < 1) {
        throw Fault.on(name()).corrupt("nothing lies in a page at 0x" + Long.toHexString(end));
      }
      links.put(end, link);
      end += link.length();
    }
    Map.Entry<Long, Link> found = links.floorEntry(offset);
    long within = offset - found.getKey();
    Link link = found.getValue();
    return new Piece(link.length() - within, link.source(), link.offset() + within);
  }
}
