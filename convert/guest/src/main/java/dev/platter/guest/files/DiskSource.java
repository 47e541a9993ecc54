package dev.platter.guest.files;

import dev.platter.image.BlockMap;
import dev.platter.image.disk.GuestReader;
import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The whole disk. Reads windows and keeps the ones used last, because file systems ask for a few
 * bytes here and there and a compressed image answers in units of 64 KiB.
 */
public final class DiskSource extends Source implements Closeable {
  private static final int WINDOW = 1 << 14;
  private static final int WINDOWS = 128;
  private static final int LARGE = 1 << 16;

  private final BlockMap map;
  private final GuestReader reader = new GuestReader();
  private final Map<Long, byte[]> windows =
      new LinkedHashMap<>(WINDOWS, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Long, byte[]> eldest) {
          return size() > WINDOWS;
        }
      };

  /** The map stays the caller's. */
  public DiskSource(String name, BlockMap map, Budget budget) {
    super(name, map.size(), budget);
    this.map = map;
  }

  @Override
  protected void fill(long offset, byte[] target, int at, int length) throws IOException {
    if (length >= LARGE) { // the content of a file, which is not read twice
      budget().read(name(), length);
      reader.read(map, offset, MemorySegment.ofArray(target).asSlice(at, length));
      return;
    }
    for (int done = 0; done < length; ) {
      long number = (offset + done) / WINDOW;
      int within = (int) ((offset + done) % WINDOW);
      byte[] window = window(number);
      int count = Math.min(window.length - within, length - done);
      System.arraycopy(window, within, target, at + done, count);
      done += count;
    }
  }

  @Override
  public Place placeAt(long offset) {
    return new Place(size() - offset, offset);
  }

  private byte[] window(long number) throws IOException {
    byte[] window = windows.get(number);
    if (window == null) {
      long start = number * WINDOW;
      window = new byte[(int) Math.min(WINDOW, size() - start)];
      budget().read(name(), window.length);
      reader.read(map, start, MemorySegment.ofArray(window));
      windows.put(number, window);
    }
    return window;
  }

  @Override
  public void close() {
    reader.close();
  }
}
