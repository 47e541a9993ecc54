package dev.platter.benchmarks.race;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** A Markdown text in the making. */
final class Markdown {
  private final StringBuilder text = new StringBuilder();

  /** A paragraph, heading or anything else that stands alone. */
  Markdown paragraph(String words) {
    text.append(words.strip()).append("\n\n");
    return this;
  }

  /** A table; its columns are aligned to the right, but for the first and the last. */
  Markdown table(List<String> head, List<List<String>> rows) {
    line(head);
    List<String> rule = new ArrayList<>(Collections.nCopies(head.size(), "---:"));
    rule.set(0, "---");
    rule.set(head.size() - 1, "---");
    line(rule);
    rows.forEach(this::line);
    text.append('\n');
    return this;
  }

  private void line(List<String> cells) {
    text.append("| ").append(String.join(" | ", cells)).append(" |\n");
  }

  /** Something that opens at a click. */
  Markdown folded(String summary, Markdown inside) {
    text.append("<details><summary>").append(summary).append("</summary>\n\n");
    text.append(inside).append("</details>\n\n");
    return this;
  }

  @Override
  public String toString() {
    return text.toString();
  }
}
