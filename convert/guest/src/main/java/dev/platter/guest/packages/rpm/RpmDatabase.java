package dev.platter.guest.packages.rpm;

import dev.platter.guest.files.Bytes;
import dev.platter.guest.files.Node;
import dev.platter.guest.files.Source;
import dev.platter.image.Fault;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * RPM's database in one of its three kinds. Reads when asked; belongs to one thread.
 *
 * @param directory that it lies in
 * @param kind which file it is
 * @param others files of other kinds beside it, left by a change from one kind to another
 */
public record RpmDatabase(Node directory, Kind kind, List<String> others) {
  /** In the order in which RPM came to have them, the newest first. */
  public enum Kind {
    SQLITE("rpmdb.sqlite"),
    NDB("Packages.db"),
    BERKELEY("Packages");

    private final String file;

    Kind(String file) {
      this.file = file;
    }

    /** The name of its file. */
    public String file() {
      return file;
    }
  }

  private static final String TABLE = "Packages";
  private static final int HEADER_COLUMN = 1;

  /** What a journal with something in it begins with. */
  private static final long JOURNAL_MAGIC = 0xd9d505f920a163d7L;

  /** Takes packages. */
  public interface Taker {
    void take(RpmHeader header) throws IOException;
  }

  /** The database in that directory; empty: there is none. */
  public static Optional<RpmDatabase> find(Node directory) throws IOException {
    List<Kind> found = new ArrayList<>();
    for (Kind kind : Kind.values()) {
      if (file(directory, kind.file()).isPresent()) {
        found.add(kind);
      }
    }
    if (found.isEmpty()) {
      return Optional.empty();
    }
    List<String> others = found.stream().skip(1).map(Kind::file).toList();
    return Optional.of(new RpmDatabase(directory, found.getFirst(), others));
  }

  /** The bytes of a file that has any. */
  private static Optional<Source> file(Node directory, String name) throws IOException {
    Optional<Node> file = directory.child(name);
    if (file.isEmpty() || file.get().kind() != Node.Kind.FILE) {
      return Optional.empty();
    }
    return Optional.of(file.get().content()).filter(content -> content.size() > 0);
  }

  /** Hands out all packages, in no order. */
  public void read(Taker taker) throws IOException {
    HeaderTaker headers = header -> taker.take(RpmHeader.parse(header));
    Source file = file(directory, kind.file()).orElseThrow();
    switch (kind) {
      case SQLITE -> readSqlite(file, headers);
      case NDB -> NdbFile.read(file, headers);
      case BERKELEY -> BerkeleyHash.read(file, headers);
    }
  }

  private void readSqlite(Source file, HeaderTaker headers) throws IOException {
    Optional<Source> journal = file(directory, kind.file() + "-journal");
    if (journal.isPresent()) {
      Bytes head = journal.get().readUpTo(0, Long.BYTES).big();
      if (head.length() == Long.BYTES && head.i64(0) == JOURNAL_MAGIC) {
        throw Fault.on(file.name()).unsupported("a change that was broken off waits to be undone");
      }
    }
    SqliteFile.open(file, file(directory, kind.file() + "-wal"))
        .read(TABLE, row -> headers.take(row.bytes(HEADER_COLUMN)));
  }
}
