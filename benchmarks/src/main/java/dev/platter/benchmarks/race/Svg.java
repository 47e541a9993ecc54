package dev.platter.benchmarks.race;

import java.util.List;
import java.util.Locale;

/**
 * A picture in the making. Without a background, and in tones that can be read on a light page and
 * on a dark one.
 */
final class Svg {
  /** Text and lines that belong to no data. */
  static final String NEUTRAL = "#7d8896";

  private final StringBuilder elements = new StringBuilder();
  private final int width;
  private final int height;

  /** Where a text is in relation to its position. */
  enum Anchor {
    START,
    MIDDLE,
    END
  }

  Svg(int width, int height) {
    this.width = width;
    this.height = height;
  }

  Svg rectangle(double x, double y, double w, double h, String fill) {
    return add(
        "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" rx=\"2\" fill=\"%s\"/>",
        x, y, w, h, fill);
  }

  Svg line(double x1, double y1, double x2, double y2, String stroke, double thickness) {
    return add(
        "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" stroke=\"%s\" stroke-width=\"%.1f\"/>",
        x1, y1, x2, y2, stroke, thickness);
  }

  Svg circle(double x, double y, double radius, String fill) {
    return add("<circle cx=\"%.1f\" cy=\"%.1f\" r=\"%.1f\" fill=\"%s\"/>", x, y, radius, fill);
  }

  /** Points of x and y. */
  Svg path(List<double[]> points, String stroke) {
    StringBuilder text = new StringBuilder();
    for (double[] point : points) {
      text.append(String.format(Locale.ROOT, "%.1f,%.1f ", point[0], point[1]));
    }
    return add(
        "<polyline points=\"%s\" fill=\"none\" stroke=\"%s\" stroke-width=\"2\"/>",
        text.toString().strip(), stroke);
  }

  Svg text(double x, double y, Anchor anchor, String words) {
    return text(x, y, anchor, 12, NEUTRAL, words);
  }

  Svg text(double x, double y, Anchor anchor, int size, String fill, String words) {
    return add(
        "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\" font-size=\"%d\" fill=\"%s\">%s</text>",
        x, y, anchor.name().toLowerCase(Locale.ROOT), size, fill, escape(words));
  }

  /** A name for each colour, side by side. */
  Svg legend(double x, double y, List<String> names, List<String> colours) {
    double at = x;
    for (int i = 0; i < names.size(); i++) {
      rectangle(at, y - 10, 12, 12, colours.get(i));
      text(at + 17, y, Anchor.START, names.get(i));
      at += 34 + 7.2 * names.get(i).length();
    }
    return this;
  }

  private Svg add(String format, Object... arguments) {
    elements.append(String.format(Locale.ROOT, format, arguments)).append('\n');
    return this;
  }

  private static String escape(String words) {
    return words.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
  }

  @Override
  public String toString() {
    return """
    <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %1$d %2$d" width="%1$d" height="%2$d" \
    font-family="system-ui, 'Segoe UI', 'Noto Sans', 'DejaVu Sans', sans-serif">
    %3$s</svg>
    """
        .formatted(width, height, elements);
  }
}
