package dev.platter.cli.answer;

import dev.platter.cli.source.AllocationMap;
import dev.platter.cli.text.SizeText;
import dev.platter.guest.FileSystem;
import dev.platter.guest.GuestDescription;
import dev.platter.guest.Partition;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.OptionalInt;

/**
 * A disk as a picture (SVG 1.1): how much of each part is stored, in the colour of the image of a
 * chain that stores it; beneath, the partitions and what they hold. As wide as a screen, whatever
 * the size of the disk: a column stands for a thousandth of it.
 */
public final class AllocationPicture {
  private static final int COLUMNS = 1000;
  private static final int MARGIN = 20;
  private static final int TOP = 48;
  private static final int HEIGHT = 80;
  private static final int PARTITIONS = TOP + HEIGHT + 12;
  private static final int ROW = 40;
  private static final int LEGEND = PARTITIONS + ROW + 28;
  private static final int LINE = 18;
  private static final int LETTER = 7; // of a text of this size, about
  private static final int TICKS = 4;

  /** Told apart by those who see few colours, too (Okabe and Ito). */
  private static final List<String> COLOURS =
      List.of("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#f0e442");

  private final StringBuilder svg = new StringBuilder();
  private final long size;

  private AllocationPicture(long size) {
    this.size = size;
  }

  /**
   * Draws a disk.
   *
   * @param title what it is called
   * @param layers what the images of its chain are called, top first
   * @param guest what it holds
   */
  public static String of(
      String title, AllocationMap map, List<String> layers, GuestDescription guest)
      throws IOException {
    AllocationPicture picture = new AllocationPicture(map.size());
    picture.draw(title, map, layers, guest);
    return picture.svg.toString();
  }

  private void draw(String title, AllocationMap map, List<String> layers, GuestDescription guest)
      throws IOException {
    double[][] stored = new double[layers.size()][COLUMNS];
    long[] bytes = new long[layers.size()];
    collect(map, stored, bytes);
    int height = LEGEND + (layers.size() + 1) * LINE;
    svg.append(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" font-family=\"sans-serif\" font-size=\"12\">\n"
            .formatted(COLUMNS + 2 * MARGIN, height));
    svg.append("<title>").append(escaped(title)).append("</title>\n");
    rectangle(0, 0, COLUMNS + 2 * MARGIN, height, "#ffffff");
    text(MARGIN, 20, title + ": " + SizeText.of(size));
    ticks();
    rectangle(MARGIN, TOP, COLUMNS, HEIGHT, "#eeeeee");
    columns(stored);
    partitions(guest);
    legend(layers, bytes);
    svg.append("</svg>\n");
  }

  /** How much of each column each image stores, and how much in all. */
  private void collect(AllocationMap map, double[][] stored, long[] bytes) throws IOException {
    for (long at = 0; at < size; ) {
      AllocationMap.Entry entry = map.entryAt(at, size);
      if (entry.data() && !entry.zero()) {
        int layer = Math.min(entry.depth(), stored.length - 1);
        bytes[layer] += entry.length();
        add(stored[layer], at, at + entry.length());
      }
      at += entry.length();
    }
  }

  private void add(double[] columns, long start, long end) {
    double from = column(start);
    double to = column(end);
    for (int i = (int) from; i < Math.min(to, COLUMNS); i++) {
      columns[i] += Math.min(to, i + 1) - Math.max(from, i);
    }
  }

  private double column(long offset) {
    return (double) offset / size * COLUMNS;
  }

  /** In each column what is stored stands on the ground; columns that are the same are one. */
  private void columns(double[][] stored) {
    int[] ground = new int[COLUMNS];
    for (int layer = 0; layer < stored.length; layer++) {
      int[] heights = new int[COLUMNS];
      for (int i = 0; i < COLUMNS; i++) {
        double share = stored[layer][i];
        // The least that is stored shows.
        heights[i] = share <= 0 ? 0 : Math.max((int) Math.round(share * HEIGHT), 1);
        heights[i] = Math.min(heights[i], HEIGHT - ground[i]);
      }
      for (int i = 0; i < COLUMNS; ) {
        int end = i + 1;
        while (end < COLUMNS && heights[end] == heights[i] && ground[end] == ground[i]) {
          end++;
        }
        if (heights[i] > 0) {
          int y = TOP + HEIGHT - ground[i] - heights[i];
          rectangle(MARGIN + i, y, end - i, heights[i], colour(layer));
        }
        i = end;
      }
      for (int i = 0; i < COLUMNS; i++) {
        ground[i] += heights[i];
      }
    }
  }

  private static String colour(int layer) {
    return COLOURS.get(layer % COLOURS.size());
  }

  private void ticks() {
    for (int i = 0; i <= TICKS; i++) {
      int x = MARGIN + COLUMNS * i / TICKS;
      String anchor = i == 0 ? "start" : i == TICKS ? "end" : "middle";
      svg.append(
          "<text x=\"%d\" y=\"%d\" text-anchor=\"%s\" fill=\"#666666\">%s</text>\n"
              .formatted(x, TOP - 6, anchor, escaped(SizeText.of(size / TICKS * i))));
    }
  }

  private void partitions(GuestDescription guest) {
    List<Partition> partitions =
        guest.partitionTable().isPresent() ? guest.partitionTable().get().partitions() : List.of();
    for (Partition partition : partitions) {
      if (partition.offset() < size && partition.length() > 0) {
        String holds = holds(guest, OptionalInt.of(partition.number()));
        String name = holds.isEmpty() ? partition.typeName() : holds;
        long end = Math.min(partition.offset() + partition.length(), size);
        box(partition.offset(), end, partition.number() + " " + name);
      }
    }
    if (partitions.isEmpty() && !guest.fileSystems().isEmpty()) {
      box(0, size, holds(guest, OptionalInt.empty()));
    }
  }

  private static String holds(GuestDescription guest, OptionalInt partition) {
    StringBuilder text = new StringBuilder();
    for (FileSystem found : guest.fileSystems()) {
      if (found.partition().equals(partition)) {
        text.append(text.isEmpty() ? "" : ", ").append(found.kind());
        text.append(found.label().isEmpty() ? "" : " " + found.label());
      }
    }
    return text.toString();
  }

  private void box(long start, long end, String label) {
    double x = MARGIN + column(start);
    double width = Math.max(column(end) - column(start), 1);
    String whole = label + ": " + SizeText.of(end - start);
    svg.append(
        String.format(
            Locale.ROOT,
            "<rect x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"%d\" fill=\"#f7f7f7\" stroke=\"#666666\"><title>%s</title></rect>\n",
            x,
            PARTITIONS,
            width,
            ROW,
            escaped(whole)));
    int room = (int) (width - 8) / LETTER;
    if (room > 2) {
      text((int) x + 4, PARTITIONS + 17, shortened(label, room));
      text((int) x + 4, PARTITIONS + 33, shortened(SizeText.of(end - start), room));
    }
  }

  private static String shortened(String text, int room) {
    return text.length() <= room ? text : text.substring(0, room - 1) + "…";
  }

  private void legend(List<String> layers, long[] bytes) {
    for (int i = 0; i < layers.size(); i++) {
      int y = LEGEND + i * LINE;
      rectangle(MARGIN, y - 10, 12, 12, colour(i));
      text(MARGIN + 20, y, SizeText.of(bytes[i]) + " in " + layers.get(i));
    }
  }

  private void text(int x, int y, String text) {
    svg.append("<text x=\"%d\" y=\"%d\">%s</text>\n".formatted(x, y, escaped(text)));
  }

  private void rectangle(int x, int y, int width, int height, String fill) {
    svg.append(
        "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" fill=\"%s\"/>\n"
            .formatted(x, y, width, height, fill));
  }

  /** What a guest or the user wrote, as text of XML 1.0 and nothing else. */
  private static String escaped(String text) {
    StringBuilder escaped = new StringBuilder(text.length());
    text.codePoints()
        .forEach(c -> {
          switch (c) {
            case '<' -> escaped.append("&lt;");
            case '>' -> escaped.append("&gt;");
            case '&' -> escaped.append("&amp;");
            case '"' -> escaped.append("&quot;");
            default -> {
              boolean shown = c >= ' ' && c < 0xFFFE && !isSurrogate(c) || c > 0xFFFF;
              escaped.appendCodePoint(shown ? c : '?');
            }
          }
        });
    return escaped.toString();
  }

  private static boolean isSurrogate(int c) {
    return c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE;
  }
}
