package dev.platter.benchmarks.service;

import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** One of the two services, in a directory of its own, without anybody who proves identities. */
final class RacedService implements AutoCloseable {
  private static final String PYTHON = "/usr/bin/python3";

  private final String name;
  private final Path directory;
  private final String url;
  private final String first;
  private final Process process;

  private RacedService(String name, Path directory, String url, List<String> command)
      throws IOException {
    this(name, directory, url, "/v2/images", command);
  }

  /**
   * @param first what it answers once it can be used
   */
  private RacedService(String name, Path directory, String url, String first, List<String> command)
      throws IOException {
    this.first = first;
    this.name = name;
    this.directory = directory;
    this.url = url;
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().put("PYTHONPATH", directory.toString());
    process =
        builder
            .directory(directory.toFile())
            .redirectErrorStream(true)
            .redirectOutput(directory.resolve("output").toFile())
            .start();
    // A race that is broken off leaves no server behind.
    Runtime.getRuntime()
        .addShutdownHook(new Thread(() -> processes().toList().forEach(ProcessHandle::destroy)));
    awaitAnswer();
  }

  /** As it is shipped, with the settings that the other one has. */
  static RacedService platter(Path directory, String program) throws IOException {
    return platter(directory, program, "http", "");
  }

  /** The same, that speaks TLS with a certificate made for this. */
  static RacedService platterOverTls(Path directory, String program) throws IOException {
    Path certificate = directory.resolve("certificate.pem");
    Path key = directory.resolve("key.pem");
    run(
        directory,
        List.of(
            "openssl",
            "req",
            "-x509",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-days",
            "2",
            "-subj",
            "/CN=127.0.0.1",
            "-keyout",
            key.toString(),
            "-out",
            certificate.toString()));
    return platter(
        directory, program, "https", "cert_file = %s%nkey_file = %s".formatted(certificate, key));
  }

  private static RacedService platter(
      Path directory, String program, String scheme, String settingsOfTls) throws IOException {
    int port = freePort();
    Path settings = directory.resolve("settings.conf");
    Files.writeString(
        settings,
        """
        [DEFAULT]
        bind_port = %d
        %s
        [glance_store]
        filesystem_store_datadir = %s
        [image_import_opts]
        image_import_plugins = [image_conversion]
        [image_conversion]
        output_format = raw
        """
            .formatted(port, settingsOfTls, Files.createDirectories(directory.resolve("images"))));
    List<String> command = new ArrayList<>(List.of(program.split(" ")));
    command.addAll(List.of("--data", directory + "/data", "--config", settings.toString()));
    return new RacedService("platter", directory, scheme + "://127.0.0.1:" + port, command);
  }

  /**
   * One of several nodes.
   *
   * @param settings without its port
   * @param worker whether it answers no callers
   */
  static RacedService node(Path directory, String program, String settings, boolean worker)
      throws IOException {
    int port = freePort();
    Path file = Files.createDirectories(directory).resolve("settings.conf");
    Files.writeString(file, "[DEFAULT]%nbind_port = %d%n%s".formatted(port, settings));
    List<String> command = new ArrayList<>(List.of(program.split(" ")));
    command.addAll(List.of("--data", directory + "/data", "--config", file.toString()));
    if (worker) {
      command.add("--worker");
    }
    return new RacedService("node", directory, "http://127.0.0.1:" + port, "/healthcheck", command);
  }

  /** OpenStack's, as the distribution has it: two workers, files, SQLite. */
  static RacedService glance(Path directory) throws IOException {
    int port = freePort();
    for (String made : List.of("images", "staging", "tasks")) {
      Files.createDirectories(directory.resolve(made));
    }
    Files.writeString(
        directory.resolve("anybody.py"),
        """
        class Anybody:
            def __init__(self, app):
                self.app = app
            def __call__(self, environ, start_response):
                environ['HTTP_X_IDENTITY_STATUS'] = 'Confirmed'
                environ['HTTP_X_USER_ID'] = 'admin'
                environ['HTTP_X_PROJECT_ID'] = 'admin'
                environ['HTTP_X_ROLES'] = 'admin,member,reader'
                return self.app(environ, start_response)
        def factory(global_conf, **local_conf):
            return Anybody
        """);
    Files.writeString(
        directory.resolve("paste.ini"),
        """
        [pipeline:glance-api]
        pipeline = anybody context rootapp
        [composite:rootapp]
        paste.composite_factory = glance.api:root_app_factory
        /: apiversions
        /v2: apiv2app
        [app:apiversions]
        paste.app_factory = glance.api.versions:create_resource
        [app:apiv2app]
        paste.app_factory = glance.api.v2.router:API.factory
        [filter:anybody]
        paste.filter_factory = anybody:factory
        [filter:context]
        paste.filter_factory = glance.api.middleware.context:ContextMiddleware.factory
        """);
    Files.writeString(
        directory.resolve("glance.conf"),
        """
        [DEFAULT]
        bind_host = 127.0.0.1
        bind_port = PORT
        workers = 2
        log_file = DIR/log
        enabled_backends = file:file
        enabled_import_methods = [glance-direct,web-download]
        [database]
        connection = sqlite:///DIR/db.sqlite
        [glance_store]
        default_backend = file
        [file]
        filesystem_store_datadir = DIR/images
        [os_glance_staging_store]
        filesystem_store_datadir = DIR/staging
        [os_glance_tasks_store]
        filesystem_store_datadir = DIR/tasks
        [image_import_opts]
        image_import_plugins = [image_conversion]
        [image_conversion]
        output_format = raw
        [paste_deploy]
        config_file = DIR/paste.ini
        """
            .replace("PORT", String.valueOf(port))
            .replace("DIR", directory.toString()));
    run(
        directory,
        List.of(PYTHON, "-m", "glance.cmd.manage", "--config-file", "glance.conf", "db_sync"));
    return new RacedService(
        "glance",
        directory,
        "http://127.0.0.1:" + port,
        List.of(PYTHON, "-m", "glance.cmd.api", "--config-file", "glance.conf"));
  }

  /** Runs what prepares a service, in its directory. */
  private static void run(Path directory, List<String> command) throws IOException {
    Path output = directory.resolve("preparation");
    Process process =
        new ProcessBuilder(command)
            .directory(directory.toFile())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    try {
      if (process.waitFor() != 0) {
        throw new IOException(Files.readString(output));
      }
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }

  private static int freePort() throws IOException {
    try (ServerSocket free = new ServerSocket(0)) {
      return free.getLocalPort();
    }
  }

  /** By curl, which takes any certificate. */
  private void awaitAnswer() throws IOException {
    try {
      for (int i = 0; i < 600 && process.isAlive(); i++) {
        Process asked = new ProcessBuilder("curl", "-ksf", "-o", "/dev/null", url + first).start();
        if (asked.waitFor() == 0) {
          return;
        }
        Thread.sleep(100);
      }
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
    process.destroy();
    throw new IOException(name + " does not answer: " + directory.resolve("output"));
  }

  String name() {
    return name;
  }

  String url() {
    return url;
  }

  /** What it and its workers have used of the processors since they were started, seconds. */
  double processorSeconds() {
    return processes()
        .mapToDouble(
            each -> each.info().totalCpuDuration().map(used -> used.toMillis() / 1e3).orElse(0.0))
        .sum();
  }

  private Stream<ProcessHandle> processes() {
    return Stream.concat(Stream.of(process.toHandle()), process.descendants());
  }

  /** The most memory that they have had, MiB. */
  long peakMiB() throws IOException {
    long sum = 0;
    for (ProcessHandle each : processes().toList()) {
      for (String line : Files.readAllLines(Path.of("/proc/" + each.pid() + "/status"))) {
        if (line.startsWith("VmHWM:")) {
          sum += Long.parseLong(line.replaceAll("[^0-9]", "")) >> 10;
        }
      }
    }
    return sum;
  }

  @Override
  public void close() throws IOException {
    List<ProcessHandle> all = processes().toList();
    process.destroy();
    try {
      if (!process.waitFor(20, TimeUnit.SECONDS)) {
        all.forEach(ProcessHandle::destroyForcibly);
      }
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }
}
