package dev.platter.guest.picture;

import dev.platter.image.Sizes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A disk as a picture for terminals, in ASCII: a line for each image of its chain, in which a
 * character says how much of its part of the disk the image stores; beneath, the partitions and
 * what they hold.
 */
public final class DiskText {
  /** Nothing, up to a quarter, a half, three quarters, all. */
  private static final String SHARES = " .:+#";

  private static final int LEAST = 20;
  private static final int EDGES = 2;

  private final DiskSketch sketch;
  private final int width;

  private DiskText(DiskSketch sketch, int width) {
    this.sketch = sketch;
    this.width = width;
  }

  /**
   * Draws a disk.
   *
   * @param title what it is called
   * @param layers what the images of its chain are called, top first
   * @param room characters in a line; at least 20 are taken
   */
  public static List<String> lines(String title, DiskSketch sketch, List<String> layers, int room) {
    DiskText text = new DiskText(sketch, Math.max(room, LEAST) - EDGES);
    List<String> lines = new ArrayList<>();
    lines.add(title + ": " + Sizes.text(sketch.size()));
    for (DiskSketch.Stored stored : sketch.stored()) {
      lines.add("|" + text.line(stored.shares()) + "|");
    }
    if (!sketch.parts().isEmpty()) {
      lines.add("|" + text.parts() + "|");
    }
    for (int i = 0; i < layers.size(); i++) {
      lines.add(Sizes.text(sketch.stored().get(i).bytes()) + " in " + layers.get(i));
    }
    return lines;
  }

  private String line(List<Integer> shares) {
    StringBuilder line = new StringBuilder();
    for (int column = 0; column < width; column++) {
      double share = share(shares, column);
      int most = SHARES.length() - 1;
      // What is full is so but for what is lost in reckoning; the least that is stored shows.
      int step = share <= 0 ? 0 : Math.clamp((int) Math.ceil(share * most - 1e-6), 1, most);
      line.append(SHARES.charAt(step));
    }
    return line.toString();
  }

  /** Which part of a character's piece of the disk is stored, of columns that it cuts, too. */
  private double share(List<Integer> shares, int column) {
    double from = (double) column * DiskSketch.COLUMNS / width;
    double to = (double) (column + 1) * DiskSketch.COLUMNS / width;
    double sum = 0;
    for (int i = (int) from; i < Math.min(to, DiskSketch.COLUMNS); i++) {
      double covered = Math.min(to, i + 1) - Math.max(from, i);
      sum += covered * shares.get(i) / DiskSketch.WHOLE;
    }
    return sum / (to - from);
  }

  private String parts() {
    char[] line = new char[width];
    Arrays.fill(line, ' ');
    for (DiskSketch.Part part : sketch.parts()) {
      put(line, part);
    }
    return new String(line);
  }

  /** A part begins with a bracket, and has as much of its label as there is room for. */
  private void put(char[] line, DiskSketch.Part part) {
    int from = Math.min((int) column(part.offset()), width - 1);
    int end = (int) Math.round(column(part.offset() + part.length()));
    int to = Math.clamp(end, from + 1, width);
    Arrays.fill(line, from, to, '-');
    String text = "[" + part.label();
    for (int i = 0; i < Math.min(text.length(), to - from); i++) {
      char c = text.charAt(i);
      line[from + i] = c < ' ' || c > '~' ? '?' : c;
    }
  }

  private double column(long offset) {
    return (double) offset / Math.max(sketch.size(), 1) * width;
  }
}
