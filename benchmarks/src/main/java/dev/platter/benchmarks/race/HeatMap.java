package dev.platter.benchmarks.race;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** How many times as fast as another contender we are, for every pair of kinds. */
final class HeatMap {
  private static final int CELL_WIDTH = 74;
  private static final int CELL_HEIGHT = 34;
  private static final int LEFT = 120;
  private static final int TOP = 84;

  private HeatMap() {}

  /**
   * @param data what the disks hold, for people to read
   * @param byPair results by the titles of two kinds, "from/to"
   */
  static String draw(String tool, String data, Map<String, RowResult> byPair) {
    List<ImageKind> kinds = ImageKind.PLAIN;
    int right = LEFT + kinds.size() * CELL_WIDTH;
    int bottom = TOP + kinds.size() * CELL_HEIGHT;
    Svg svg = new Svg(right + 10, bottom + 34);
    svg.text(10, 22, Svg.Anchor.START, 15, Svg.NEUTRAL, "Times as fast as " + tool);
    svg.text(10, 42, Svg.Anchor.START, data + "; rows: from, columns: to");
    for (int i = 0; i < kinds.size(); i++) {
      String title = kinds.get(i).title();
      svg.text(LEFT + (i + 0.5) * CELL_WIDTH, TOP - 8, Svg.Anchor.MIDDLE, 11, Svg.NEUTRAL, title);
      svg.text(LEFT - 8, TOP + (i + 0.5) * CELL_HEIGHT + 4, Svg.Anchor.END, title);
    }
    for (int from = 0; from < kinds.size(); from++) {
      for (int to = 0; to < kinds.size(); to++) {
        RowResult result = byPair.get(kinds.get(from).title() + "/" + kinds.get(to).title());
        Optional<RowResult.Spread> ratio =
            result == null ? Optional.empty() : result.speedupOver(tool);
        if (ratio.isPresent()) {
          cell(svg, LEFT + to * CELL_WIDTH, TOP + from * CELL_HEIGHT, ratio.get().median());
        }
      }
    }
    scale(svg, bottom + 14);
    return svg.toString();
  }

  private static void cell(Svg svg, double x, double y, double ratio) {
    svg.rectangle(x + 1, y + 1, CELL_WIDTH - 2, CELL_HEIGHT - 2, colour(ratio));
    String words = String.format(Locale.ROOT, ratio < 9.95 ? "%.2f" : "%.1f", ratio);
    svg.text(x + CELL_WIDTH / 2.0, y + CELL_HEIGHT / 2.0 + 5, Svg.Anchor.MIDDLE, 13, "#fff", words);
  }

  private static void scale(Svg svg, double y) {
    double x = LEFT;
    for (double ratio : new double[] {0.25, 0.5, 0.7, 1, 1.5, 2.5, 5, 10, 20}) {
      svg.rectangle(x, y, 40, 12, colour(ratio));
      svg.text(x + 20, y + 10, Svg.Anchor.MIDDLE, 9, "#fff", Verdict.number(ratio));
      x += 42;
    }
  }

  /** Red below 1, grey at 1, green above; the logarithm counts. */
  private static String colour(double ratio) {
    int[] grey = {0x76, 0x7c, 0x85};
    int[] far = ratio < 1 ? new int[] {0xb3, 0x26, 0x1e} : new int[] {0x12, 0x7a, 0x4a};
    double distance = Math.log(ratio) / (ratio < 1 ? Math.log(0.4) : Math.log(6));
    double part = Math.clamp(distance, 0, 1);
    StringBuilder text = new StringBuilder("#");
    for (int i = 0; i < 3; i++) {
      text.append(String.format("%02x", Math.round(grey[i] + part * (far[i] - grey[i]))));
    }
    return text.toString();
  }
}
