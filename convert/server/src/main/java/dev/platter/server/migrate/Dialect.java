package dev.platter.server.migrate;

/** The kinds of databases that Glance keeps its records in, and where their SQL differs. */
enum Dialect {
  SQLITE("SQLite"),
  POSTGRESQL("PostgreSQL"),
  MYSQL("MySQL or MariaDB");

  /** Longer ones are no identifiers of Glance's. */
  static final int LONGEST_ID = 36;

  private final String title;

  Dialect(String title) {
    this.title = title;
  }

  String title() {
    return title;
  }

  /**
   * Rows of which identifiers come in an order that can be gone on with. SQLite keeps values of any
   * type in any column; the others keep what the column's type says.
   */
  String orderly(String column) {
    return this == SQLITE
        ? "(typeof(%1$s) = 'text' AND LENGTH(%1$s) <= %2$d)".formatted(column, LONGEST_ID)
        : "(1 = 1)";
  }

  /**
   * The expression of a column of text, of which no more is read than shows that it is longer. In
   * SQLite, a text may have zeros in it, where its functions end: such a one is a zero then.
   */
  String text(String column, int longest) {
    String text = "SUBSTR(%s, 1, %d)".formatted(column, longest + 1);
    return this == SQLITE
        ? "CASE WHEN INSTR(%s, CHAR(0)) > 0 THEN CHAR(0) ELSE %s END".formatted(column, text)
        : text;
  }

  /** The expression of a column of any other type, as a short text. */
  static String other(String column) {
    return "SUBSTR(CAST(%s AS CHAR(40)), 1, 41)".formatted(column);
  }
}
