package dev.platter.cli.text;

import java.io.PrintStream;
import java.util.List;
import java.util.Set;

/** Tables for people: columns as wide as they need, two spaces between them. */
public final class TextTable {
  private TextTable() {}

  /**
   * Prints rows, of which the first one is the head. A column in which nothing else stands is left
   * out.
   *
   * @param numbers the columns that are moved to the right; the first column is 0
   * @param indent what stands in front of each line
   */
  public static void print(
      List<String[]> rows, Set<Integer> numbers, String indent, PrintStream out) {
    int[] widths = new int[rows.getFirst().length];
    for (int column = 0; column < widths.length; column++) {
      boolean used = false;
      int width = 0;
      for (String[] row : rows) {
        used |= row != rows.getFirst() && !row[column].isEmpty();
        width = Math.max(width, row[column].length());
      }
      widths[column] = used ? width : 0;
    }
    for (String[] row : rows) {
      StringBuilder text = new StringBuilder();
      for (int column = 0; column < widths.length; column++) {
        if (widths[column] > 0) {
          String space = " ".repeat(widths[column] - row[column].length());
          boolean isNumber = numbers.contains(column);
          text.append(isNumber ? space + row[column] : row[column] + space).append("  ");
        }
      }
      out.println(indent + text.toString().stripTrailing());
    }
  }
}
