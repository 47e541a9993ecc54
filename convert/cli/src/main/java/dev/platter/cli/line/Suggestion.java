package dev.platter.cli.line;

/** What somebody may have meant who wrote a word that is none. */
final class Suggestion {
  /** With more mistakes in it than this, a word is another one. */
  private static final int MOST_MISTAKES = 2;

  private Suggestion() {}

  /**
   * The end of a message about an unknown word: {@code ; did you mean 'WORD'?}, or nothing where no
   * word is near, or two are equally.
   */
  static String among(Iterable<String> words, String word) {
    String nearest = null;
    int fewest = Math.min(MOST_MISTAKES, (word.length() - 1) / 2) + 1;
    for (String known : words) {
      int mistakes = mistakes(word, known);
      if (mistakes < fewest) {
        fewest = mistakes;
        nearest = known;
      } else if (mistakes == fewest) {
        nearest = null;
      }
    }
    return nearest == null ? "" : "; did you mean '" + nearest + "'?";
  }

  /** How many letters are missing, too many, others, or swapped with their neighbour. */
  static int mistakes(String a, String b) {
    int[][] table = new int[a.length() + 1][b.length() + 1];
    for (int i = 0; i <= a.length(); i++) {
      for (int j = 0; j <= b.length(); j++) {
        if (i == 0 || j == 0) {
          table[i][j] = i + j;
          continue;
        }
        int other = a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1;
        int best = Math.min(table[i - 1][j], table[i][j - 1]) + 1;
        best = Math.min(best, table[i - 1][j - 1] + other);
        boolean swapped =
            i > 1
                && j > 1
                && a.charAt(i - 1) == b.charAt(j - 2)
                && a.charAt(i - 2) == b.charAt(j - 1);
        table[i][j] = swapped ? Math.min(best, table[i - 2][j - 2] + 1) : best;
      }
    }
    return table[a.length()][b.length()];
  }
}
