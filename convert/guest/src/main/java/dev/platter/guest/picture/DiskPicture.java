package dev.platter.guest.picture;

import dev.platter.image.Sizes;
import java.util.List;
import java.util.Locale;

/**
 * A disk as a picture (SVG 1.1): how much of each part is stored, in the colour of the image of a
 * chain that stores it; beneath, the partitions and what they hold. As wide as a screen, whatever
 * the size of the disk: a column stands for a thousandth of it.
 */
public final class DiskPicture {
  private static final int COLUMNS = DiskSketch.COLUMNS;
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
  private final DiskSketch sketch;

  private DiskPicture(DiskSketch sketch) {
    this.sketch = sketch;
  }

  /**
   * Draws a disk.
   *
   * @param title what it is called
   * @param layers what the images of its chain are called, top first
   */
  public static String of(String title, DiskSketch sketch, List<String> layers) {
    if (layers.size() != sketch.stored().size()) {
      throw new IllegalArgumentException("each image of a chain is called something");
    }
    DiskPicture picture = new DiskPicture(sketch);
    picture.draw(title, layers);
    return picture.svg.toString();
  }

  private void draw(String title, List<String> layers) {
    int height = LEGEND + (layers.size() + 1) * LINE;
    svg.append(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%1$d\" height=\"%2$d\" viewBox=\"0 0 %1$d %2$d\" font-family=\"sans-serif\" font-size=\"12\">\n"
            .formatted(COLUMNS + 2 * MARGIN, height));
    svg.append("<title>").append(escaped(title)).append("</title>\n");
    svg.append("<desc>").append(escaped(sketch.words())).append("</desc>\n");
    rectangle(0, 0, COLUMNS + 2 * MARGIN, height, "#ffffff");
    text(MARGIN, 20, title + ": " + Sizes.text(sketch.size()));
    ticks();
    rectangle(MARGIN, TOP, COLUMNS, HEIGHT, "#eeeeee");
    columns();
    sketch.parts().forEach(this::box);
    legend(layers);
    svg.append("</svg>\n");
  }

  private double column(long offset) {
    return (double) offset / sketch.size() * COLUMNS;
  }

  /** In each column what is stored stands on the ground; columns that are the same are one. */
  private void columns() {
    int[] ground = new int[COLUMNS];
    for (int layer = 0; layer < sketch.stored().size(); layer++) {
      List<Integer> shares = sketch.stored().get(layer).shares();
      int[] heights = new int[COLUMNS];
      for (int i = 0; i < COLUMNS; i++) {
        int share = shares.get(i);
        // The least that is stored shows.
        heights[i] =
            share == 0 ? 0 : Math.max(Math.round((float) share * HEIGHT / DiskSketch.WHOLE), 1);
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
              .formatted(x, TOP - 6, anchor, escaped(Sizes.text(sketch.size() / TICKS * i))));
    }
  }

  private void box(DiskSketch.Part part) {
    double x = MARGIN + column(part.offset());
    double width = Math.max(column(part.length()), 1);
    String whole = part.label() + ": " + Sizes.text(part.length());
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
      text((int) x + 4, PARTITIONS + 17, shortened(part.label(), room));
      text((int) x + 4, PARTITIONS + 33, shortened(Sizes.text(part.length()), room));
    }
  }

  private static String shortened(String text, int room) {
    return text.length() <= room ? text : text.substring(0, room - 1) + "…";
  }

  private void legend(List<String> layers) {
    String about = sketch.exact() ? "" : "about ";
    for (int i = 0; i < layers.size(); i++) {
      int y = LEGEND + i * LINE;
      rectangle(MARGIN, y - 10, 12, 12, colour(i));
      String bytes = Sizes.text(sketch.stored().get(i).bytes());
      text(MARGIN + 20, y, about + bytes + " in " + layers.get(i));
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
