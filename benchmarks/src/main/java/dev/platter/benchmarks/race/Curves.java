package dev.platter.benchmarks.race;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** How time grows; both scales are logarithmic. */
final class Curves {
  private static final int LEFT = 70;
  private static final int TOP = 74;
  private static final int WIDTH = 620;
  private static final int HEIGHT = 270;

  private Curves() {}

  /**
   * @param bytes where on the x axis
   * @param seconds where on the y axis
   */
  record Point(double bytes, double seconds) {}

  record Curve(String name, String colour, List<Point> points) {}

  static String draw(String title, String axis, List<Curve> curves) {
    List<Point> all = curves.stream().flatMap(c -> c.points().stream()).toList();
    double left = all.stream().mapToDouble(Point::bytes).min().orElse(1);
    double right = all.stream().mapToDouble(Point::bytes).max().orElse(1) * 1.0001;
    double low = floor(all.stream().mapToDouble(Point::seconds).min().orElse(1));
    double high = floor(all.stream().mapToDouble(Point::seconds).max().orElse(1)) * 10;
    Svg svg = new Svg(LEFT + WIDTH + 30, TOP + HEIGHT + 50);
    svg.text(10, 22, Svg.Anchor.START, 15, Svg.NEUTRAL, title);
    svg.legend(
        10,
        48,
        curves.stream().map(Curve::name).toList(),
        curves.stream().map(Curve::colour).toList());
    for (double mark = low; mark <= high * 1.01; mark *= 10) {
      double y = y(mark, low, high);
      svg.line(LEFT, y, LEFT + WIDTH, y, Svg.NEUTRAL, 0.4);
      svg.text(LEFT - 8, y + 4, Svg.Anchor.END, seconds(mark));
    }
    for (double bytes : all.stream().map(Point::bytes).distinct().sorted().toList()) {
      double x = x(bytes, left, right);
      svg.line(x, TOP, x, TOP + HEIGHT, Svg.NEUTRAL, 0.2);
      svg.text(x, TOP + HEIGHT + 18, Svg.Anchor.MIDDLE, size(bytes));
    }
    svg.text(LEFT + WIDTH / 2.0, TOP + HEIGHT + 40, Svg.Anchor.MIDDLE, axis);
    for (Curve curve : curves) {
      List<double[]> line = new ArrayList<>();
      for (Point point : curve.points()) {
        double[] at = {x(point.bytes(), left, right), y(point.seconds(), low, high)};
        line.add(at);
        svg.circle(at[0], at[1], 3.5, curve.colour());
      }
      svg.path(line, curve.colour());
    }
    return svg.toString();
  }

  private static double floor(double seconds) {
    return Math.pow(10, Math.floor(Math.log10(Math.max(0.001, seconds))));
  }

  private static double x(double bytes, double left, double right) {
    return LEFT + Math.log(bytes / left) / Math.log(right / left) * WIDTH;
  }

  private static double y(double seconds, double low, double high) {
    return TOP + HEIGHT - Math.log(Math.max(low, seconds) / low) / Math.log(high / low) * HEIGHT;
  }

  private static String seconds(double value) {
    return value < 1 ? Math.round(value * 1000) + " ms" : Verdict.number(value) + " s";
  }

  private static String size(double bytes) {
    double gibibytes = bytes / (1L << 30);
    return gibibytes < 1024
        ? String.format(Locale.ROOT, gibibytes < 1 ? "%.1f GiB" : "%.0f GiB", gibibytes)
        : String.format(Locale.ROOT, "%.0f TiB", gibibytes / 1024);
  }
}
