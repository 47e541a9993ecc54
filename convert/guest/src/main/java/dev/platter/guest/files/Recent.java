package dev.platter.guest.files;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;

/** What was made with effort, by number; those used last are kept. Belongs to one thread. */
public final class Recent<T> {
  private final Maker<T> maker;
  private final Map<Long, T> kept;

  /** Makes one of them. */
  public interface Maker<T> {
    T make(long number) throws IOException;
  }

  /**
   * @param most how many are kept
   */
  public Recent(int most, Maker<T> maker) {
    this.maker = maker;
    this.kept =
        new LinkedHashMap<>(most, 0.75f, true) {
          private static final long serialVersionUID = 1L;

          @Override
          protected boolean removeEldestEntry(Map.Entry<Long, T> eldest) {
            return size() > most;
          }
        };
  }

  /** The one of that number, which is made now where it is not kept. */
  public T at(long number) throws IOException {
    T found = kept.get(number);
    if (found == null) {
      found = maker.make(number);
      kept.put(number, found);
    }
    return found;
  }
}
