package dev.platter.server.migrate;

import dev.platter.server.config.DatabaseSettings;
import dev.platter.server.config.ImportOptions;
import dev.platter.server.config.IniFile;
import dev.platter.server.db.Database;
import dev.platter.server.store.StoreSettings;
import dev.platter.server.store.Stores;
import dev.platter.service.OwnerOnly;
import dev.platter.service.download.HttpGate;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** {@code platter service migrate}: takes over what a Glance has. */
public final class MigrateCommand {
  /** How it is used; the end of the service's help. */
  public static final String USAGE =
      """

      platter service migrate (--from URL | --from-file FILE | --from-config FILE)
                      [--key-file FILE] [--dry-run] [--output table|json]
                      [--data DIRECTORY] [--config FILE]

      Takes over what a Glance has: its records into the database, its data where they lie, in stores
      that --config names as well. End Glance and the service before. Nothing in Glance's database or
      stores is changed. Can be repeated, and then takes over what has changed since. The exit code is
      0 if all was taken over, 2 if something is left that somebody may miss, 1 if it could not be done.

        --from URL          Glance's database as in its [database] connection: mysql+pymysql://...,
                            postgresql://..., sqlite:////PATH. Others on this machine can see it;
        --from-file FILE    has the URL in its first line, and
        --from-config FILE  is Glance's glance-api.conf, which has it, and the key of locations, too;
                            without any of them, the variable PLATTER_MIGRATE_FROM has the URL
        --key-file FILE     has Glance's metadata_encryption_key in its first line
        --dry-run           tells what would be done, and writes no record
        --output json       tells it as JSON
      """;

  private static final String VARIABLE = "PLATTER_MIGRATE_FROM";
  private static final int LARGEST_FILE = 64 << 10;

  /** What the service's settings say of the place that records and data are to have here. */
  public record Here(DatabaseSettings database, StoreSettings stores, ImportOptions imports) {}

  /** Reads the service's settings. */
  @FunctionalInterface
  public interface SettingsReader {
    /**
     * @throws IllegalArgumentException if they cannot be obeyed
     */
    Here read(IniFile ini, Path data);
  }

  private IniFile ini = IniFile.empty();
  private Path data = Path.of("platter-service");
  private Optional<IniFile> glance = Optional.empty();
  private String from;
  private Path keyFile;
  private boolean dryRun;
  private boolean json;

  private MigrateCommand() {}

  /**
   * Runs the command.
   *
   * @param arguments what follows {@code migrate}
   * @param settings reads the service's settings
   * @return its exit code
   * @throws IllegalArgumentException if they are not understood
   * @throws IOException if it cannot be done, or not to its end
   */
  public static int run(
      List<String> arguments, SettingsReader settings, PrintStream out, PrintStream err)
      throws IOException {
    MigrateCommand command = new MigrateCommand();
    if (arguments.contains("--help") || arguments.contains("-h")) {
      out.print(USAGE.strip() + "\n");
      return 0;
    }
    command.read(arguments, err);
    return command.run(settings.read(command.ini, command.data), out, err);
  }

  private void read(List<String> arguments, PrintStream err) throws IOException {
    Iterator<String> rest = arguments.iterator();
    Set<String> seen = new HashSet<>();
    while (rest.hasNext()) {
      String option = rest.next();
      if (!seen.add(option.startsWith("--from") ? "--from" : option)) {
        throw new IllegalArgumentException(option + ": was said before");
      }
      switch (option) {
        case "--from" -> {
          from = value(option, rest);
          if (SourceUrl.parse(from).hasPassword()) {
            err.println(
                "platter service: others on this machine can see the password of --from while this"
                    + " runs; --from-file hides it");
          }
        }
        case "--from-file" -> from = firstLine(Path.of(value(option, rest)));
        case "--from-config" -> readGlance(Path.of(value(option, rest)));
        case "--key-file" -> keyFile = Path.of(value(option, rest));
        case "--dry-run" -> dryRun = true;
        case "--output" -> {
          String format = value(option, rest);
          if (!List.of("table", "json").contains(format)) {
            throw new IllegalArgumentException("--output: table or json is expected");
          }
          json = format.equals("json");
        }
        case "--data" -> data = Path.of(value(option, rest));
        case "--config" -> ini = IniFile.read(Path.of(value(option, rest)));
        default ->
            throw new IllegalArgumentException(
                "migrate: an argument is not understood; see --help");
      }
    }
    if (from == null) {
      from = System.getenv(VARIABLE);
    }
    if (from == null) {
      throw new IllegalArgumentException(
          "migrate: --from, --from-file, --from-config or the variable "
              + VARIABLE
              + " is expected");
    }
  }

  private static String value(String option, Iterator<String> rest) {
    if (!rest.hasNext()) {
      throw new IllegalArgumentException(option + ": a value is expected");
    }
    return rest.next();
  }

  private static String firstLine(Path file) throws IOException {
    if (Files.size(file) > LARGEST_FILE) {
      throw new IOException(file + ": has more than " + LARGEST_FILE + " bytes");
    }
    return Files.readString(file).lines().findFirst().orElse("").strip();
  }

  private void readGlance(Path file) throws IOException {
    IniFile settings = IniFile.read(file);
    glance = Optional.of(settings);
    from =
        settings
            .text("database", "connection")
            .orElseThrow(
                () -> new IllegalArgumentException(file + ": [database] connection is not set"));
  }

  private Optional<LocationKey> key() throws IOException {
    Optional<String> text =
        keyFile != null
            ? Optional.of(firstLine(keyFile))
            : glance.flatMap(settings -> settings.text("DEFAULT", "metadata_encryption_key"));
    return text.map(LocationKey::new);
  }

  private int run(Here here, PrintStream out, PrintStream err) throws IOException {
    SourceUrl url = SourceUrl.parse(from);
    Optional<LocationKey> key = key();
    warnOfStores(here.stores(), err);
    try (HttpGate gate = here.imports().openGate();
        GlanceDatabase source = GlanceDatabase.open(url)) {
      Owners owners = new Owners();
      Stores stores = new Stores(here.stores(), gate, owners);
      if (!dryRun) {
        OwnerOnly.makeDirectory(data);
      }
      Optional<Database> target =
          dryRun ? here.database().look() : Optional.of(here.database().open());
      try {
        Report report = new Report(out, json, dryRun, url.shown());
        new Migration(source, target, new Places(stores, owners, key), report, dryRun).run();
        report.end();
        return report.complete() ? 0 : 2;
      } catch (SQLException e) {
        throw GlanceDatabase.failed(url, e);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IOException("interrupted; the same command goes on", e);
      } finally {
        target.ifPresent(Database::close);
      }
    }
  }

  /** Says which of Glance's stores are not here, before images are missed one by one. */
  private void warnOfStores(StoreSettings stores, PrintStream err) {
    List<String> ours = new ArrayList<>();
    stores.list().all().forEach(store -> ours.add(store.id() + ":" + store.type()));
    for (String store :
        glance.map(ini -> ini.list("DEFAULT", "enabled_backends", List.of())).orElse(List.of())) {
      String same = store.replace(" ", "").replace(":filesystem", ":file");
      if (!ours.contains(same)) {
        err.println(
            "platter service: Glance has the store "
                + same
                + ", which is not in enabled_backends here");
      }
    }
  }
}
