package dev.platter.server;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.platter.server.config.DatabaseSettings;
import dev.platter.server.config.IdentitySettings;
import dev.platter.server.config.IniFile;
import dev.platter.server.config.NodeSettings;
import dev.platter.server.config.SettingsException;
import dev.platter.server.db.Database;
import dev.platter.server.http.Json;
import dev.platter.server.info.JsonLog;
import dev.platter.server.metadef.MetadefFiles;
import dev.platter.server.migrate.MigrateCommand;
import dev.platter.service.OwnerOnly;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.logging.Level;
import java.util.logging.Logger;

/** {@code platter service}: starts the image service, and runs it until it is told to end. */
public final class Main {
  private static final String USAGE =
      """
      platter service [--listen HOST:PORT] [--data DIRECTORY] [--config FILE] [--worker]
                      [--check-config]

      Runs an image service (OpenStack Image API v2) until it is ended (SIGTERM, SIGINT).

        --listen HOST:PORT  where it listens; default 127.0.0.1:9292, port 0: any free one
        --data DIRECTORY    where it keeps its database, images and staging area;
                            default ./platter-service
        --config FILE       settings, in Glance's names where Glance has them
        --worker            runs imports that other nodes over the same PostgreSQL are asked for, and
                            answers nobody but with /healthcheck and /metrics
        --check-config      reads all settings, and the files that they name, and ends: 0 if all are
                            right, 1 if not, and says what is wrong in which line. Nothing is opened

      platter service load-metadefs PATH [--merge [--prefer-new | --overwrite]]
                      [--data DIRECTORY] [--config FILE]

      Loads Glance's definition files (one, or all *.json of a directory) into the database, all or
      none of them. An embedded database is used by one process at a time: end the service before.

        --merge             namespaces that are there already get what they lack;
                            else they are skipped
        --prefer-new        ... and the files' version of what they have
        --overwrite         ... or are replaced by the files' version
      """
          + MigrateCommand.USAGE;

  private static final System.Logger LOG = System.getLogger(Main.class.getName());

  private Main() {}

  public static void main(String[] arguments) throws InterruptedException {
    JsonLog.install();
    try {
      if (arguments.length > 0 && arguments[0].equals("migrate")) {
        List<String> rest = List.of(arguments).subList(1, arguments.length);
        System.exit(migrate(rest, System.out, System.err));
      }
      Arguments given = Arguments.parse(arguments);
      if (given.help) {
        System.out.print(USAGE);
      } else if (given.metadefs != null) {
        loadMetadefs(given);
      } else {
        setListen(given.ini, given.listen);
        if (given.worker) {
          given.ini.set(NodeSettings.SECTION, "role", "worker");
        }
        Settings settings = Settings.read(given.ini, given.data);
        if (given.checkOnly) {
          say(settings);
        } else {
          run(settings, given.ini);
        }
      }
    } catch (SettingsException e) {
      e.problems().forEach(problem -> System.err.println("platter service: " + problem));
      System.exit(1);
    } catch (IOException | RuntimeException e) {
      System.err.println("platter service: " + (e.getMessage() == null ? e : e.getMessage()));
      System.exit(1);
    }
  }

  /** Says that the settings are right, and which of them are of no use. */
  private static void say(Settings settings) {
    settings.unused().forEach(unused -> System.out.println(unused + " means nothing here"));
    System.out.println("platter service: the settings are right");
  }

  /** What the command line says. */
  private static final class Arguments {
    private IniFile ini = IniFile.empty();
    private Path data = Path.of("platter-service");
    private String listen;
    private Path metadefs;
    private final Set<String> flags = new HashSet<>();
    private boolean help;
    private boolean checkOnly;
    private boolean worker;

    static Arguments parse(String[] arguments) throws IOException {
      Arguments given = new Arguments();
      Iterator<String> rest = List.of(arguments).iterator();
      boolean loads = arguments.length > 0 && arguments[0].equals("load-metadefs");
      if (loads) {
        rest.next();
      }
      while (rest.hasNext()) {
        given.take(rest.next(), rest, loads);
      }
      if (loads && given.metadefs == null && !given.help) {
        throw new IllegalArgumentException("load-metadefs: a file or a directory is expected");
      }
      return given;
    }

    private void take(String argument, Iterator<String> rest, boolean loads) throws IOException {
      switch (argument) {
        case "--help", "-h" -> help = true;
        case "--check-config" -> {
          if (loads) {
            throw unknown(argument);
          }
          checkOnly = true;
        }
        case "--worker" -> {
          if (loads) {
            throw unknown(argument);
          }
          worker = true;
        }
        case "--listen" -> listen = value(argument, rest, !loads);
        case "--data" -> data = Path.of(value(argument, rest, true));
        case "--config" -> ini = IniFile.read(Path.of(value(argument, rest, true)));
        case "--merge", "--prefer-new", "--overwrite" -> {
          if (!loads) {
            throw unknown(argument);
          }
          flags.add(argument);
        }
        default -> {
          if (!loads || metadefs != null || argument.startsWith("-")) {
            throw unknown(argument);
          }
          metadefs = Path.of(argument);
        }
      }
    }

    private static String value(String option, Iterator<String> rest, boolean known) {
      if (!known || !rest.hasNext()) {
        throw unknown(option);
      }
      return rest.next();
    }

    private static IllegalArgumentException unknown(String argument) {
      return new IllegalArgumentException(argument + " is not understood; see --help");
    }

    MetadefFiles.Existing existing() {
      boolean merge = flags.contains("--merge");
      if (flags.size() > 2 || !flags.isEmpty() && !merge) {
        throw new IllegalArgumentException(
            "--prefer-new and --overwrite go with --merge, one of them at a time");
      }
      if (!merge) {
        return MetadefFiles.Existing.SKIP;
      }
      return flags.contains("--overwrite")
          ? MetadefFiles.Existing.OVERWRITE
          : flags.contains("--prefer-new")
              ? MetadefFiles.Existing.PREFER_NEW
              : MetadefFiles.Existing.MERGE;
    }
  }

  static int migrate(List<String> arguments, PrintStream out, PrintStream err) throws IOException {
    return MigrateCommand.run(
        arguments,
        (ini, data) -> {
          Settings settings = Settings.read(ini, data);
          return new MigrateCommand.Here(
              settings.database(), settings.stores(), settings.imports());
        },
        out,
        err);
  }

  private static void loadMetadefs(Arguments given) throws IOException {
    MetadefFiles.Existing existing = given.existing();
    MetadefFiles files = new MetadefFiles(given.metadefs);
    DatabaseSettings settings = DatabaseSettings.read(given.ini, given.data);
    OwnerOnly.makeDirectory(given.data);
    try (Database database = settings.open()) {
      files.load(database, existing).forEach(System.out::println);
    }
  }

  private static void setListen(IniFile ini, String listen) {
    if (listen == null) {
      return;
    }
    int colon = listen.lastIndexOf(':');
    if (colon < 1 || !listen.substring(colon + 1).matches("[0-9]{1,5}")) {
      throw new IllegalArgumentException("--listen " + listen + ": HOST:PORT is expected");
    }
    ini.set("DEFAULT", "bind_host", listen.substring(0, colon).replaceAll("^\\[|\\]$", ""));
    ini.set("DEFAULT", "bind_port", listen.substring(colon + 1));
  }

  private static void run(Settings settings, IniFile ini) throws IOException, InterruptedException {
    ObjectNode start = Json.object();
    start.put("message", "platter service starts");
    start.put("version", version());
    start.set("settings", Json.array(ini.shown()));
    Logger.getLogger(Main.class.getName()).log(Level.INFO, "start", start);
    warn(settings);
    ImageServer server = new ImageServer(settings);
    try {
      server.start();
    } catch (IOException | RuntimeException e) {
      server.close();
      throw e;
    }
    Runtime.getRuntime().addShutdownHook(new Thread(() -> end(server), "end"));
    System.out.println(
        "platter service: %s on %s://%s:%d"
            .formatted(
                settings.node().sharing().role() == NodeSettings.Role.WORKER
                    ? "a worker, its /healthcheck and /metrics"
                    : "listening",
                server.scheme(),
                settings.http().host(),
                server.port()));
    Thread.currentThread().join();
  }

  private static String version() {
    return Optional.ofNullable(Main.class.getPackage().getImplementationVersion())
        .orElse("unknown");
  }

  /** Says what is allowed and may not be meant. */
  private static void warn(Settings settings) throws IOException {
    for (String unused : settings.unused()) {
      LOG.log(System.Logger.Level.WARNING, "{0} means nothing here", unused);
    }
    String host = settings.http().host();
    if (settings.identity() instanceof IdentitySettings.Nobody
        && !InetAddress.getByName(host).isLoopbackAddress()) {
      LOG.log(
          System.Logger.Level.WARNING,
          "whoever reaches {0} is an administrator: nobody is asked who they are",
          host);
    }
  }

  private static void end(ImageServer server) {
    try {
      server.close();
    } catch (IOException e) {
      System.err.println("platter service: " + e.getMessage());
    }
  }
}
