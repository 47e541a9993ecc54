package dev.platter.benchmarks.race;

import java.util.List;
import java.util.Locale;

/** Speed-ups beside what is wanted, on a logarithmic scale. */
final class Bars {
  private static final int LEFT = 330;
  private static final int WIDTH = 470;
  private static final int BAR = 13;
  private static final double LEAST = 0.2;
  private static final double MOST = 100;

  private Bars() {}

  /**
   * @param value how many times as fast
   * @param wanted the target; 0: none
   */
  record Bar(double value, double wanted, String colour) {}

  record Group(String name, List<Bar> bars) {}

  static String draw(String title, List<String> names, List<String> colours, List<Group> groups) {
    int height = 78;
    for (Group group : groups) {
      height += group.bars().size() * BAR + 12;
    }
    Svg svg = new Svg(LEFT + WIDTH + 90, height + 26);
    svg.text(10, 22, Svg.Anchor.START, 15, Svg.NEUTRAL, title);
    svg.legend(10, 46, names, colours);
    for (double mark : new double[] {0.2, 0.5, 1, 2, 5, 10, 20, 50, 100}) {
      svg.line(x(mark), 66, x(mark), height, Svg.NEUTRAL, mark == 1 ? 1.2 : 0.3);
      svg.text(x(mark), height + 16, Svg.Anchor.MIDDLE, Verdict.number(mark) + "×");
    }
    double y = 74;
    for (Group group : groups) {
      double middle = y + group.bars().size() * BAR / 2.0 + 4;
      svg.text(LEFT - 10, middle, Svg.Anchor.END, group.name());
      for (Bar bar : group.bars()) {
        double from = Math.min(x(1), x(bar.value()));
        svg.rectangle(from, y, Math.max(1, Math.abs(x(bar.value()) - x(1))), BAR - 2, bar.colour());
        String wanted = bar.wanted() > 0 ? " of " + Verdict.number(bar.wanted()) : "";
        String words = String.format(Locale.ROOT, "%.2f%s", bar.value(), wanted);
        svg.text(LEFT + WIDTH + 14, y + 10, Svg.Anchor.START, 11, Svg.NEUTRAL, words);
        if (bar.wanted() > 0) {
          svg.line(x(bar.wanted()), y - 1, x(bar.wanted()), y + BAR - 1, "#d13f8f", 2.5);
        }
        y += BAR;
      }
      y += 12;
    }
    return svg.toString();
  }

  private static double x(double ratio) {
    double part = Math.log(Math.clamp(ratio, LEAST, MOST) / LEAST) / Math.log(MOST / LEAST);
    return LEFT + part * WIDTH;
  }
}
