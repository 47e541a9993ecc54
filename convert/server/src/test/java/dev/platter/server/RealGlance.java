package dev.platter.server;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * OpenStack's Glance, from Debian's package python3-glance, in a directory of its own: two stores,
 * SQLite, one process, and the rules that are the defaults of newer releases.
 */
final class RealGlance implements AutoCloseable {
  private static final String PYTHON = "/usr/bin/python3";

  private static final String SETTINGS =
      """
      [DEFAULT]
      bind_host = 127.0.0.1
      bind_port = PORT
      workers = 0
      enforce_secure_rbac = true
      log_file = DIR/log
      enabled_backends = fast:file, slow:file, web:http
      image_cache_dir = DIR/cache
      enabled_import_methods = [glance-direct,web-download,copy-image]
      [database]
      connection = sqlite:///DIR/db.sqlite
      [glance_store]
      default_backend = fast
      [fast]
      filesystem_store_datadir = DIR/fast
      [slow]
      filesystem_store_datadir = DIR/slow
      [os_glance_staging_store]
      filesystem_store_datadir = DIR/staging
      [os_glance_tasks_store]
      filesystem_store_datadir = DIR/tasks
      [oslo_policy]
      enforce_scope = true
      enforce_new_defaults = true
      [image_format]
      disk_formats = ami,ari,aki,vhd,vhdx,vmdk,raw,qcow2,vdi,iso,ploop
      container_formats = ami,ari,aki,bare,ovf,ova,docker,compressed
      [paste_deploy]
      config_file = DIR/PASTE
      """;

  private final Path directory;
  private final int port = RealKeystone.freePort();
  private Process process;

  private RealGlance(Path directory, String paste, String more) throws IOException {
    this.directory = directory;
    assumeTrue(run("-c", "import glance.cmd.api") == 0, "glance is not on the PATH of Python");
    for (String file : List.of("fake_identity.py", paste)) {
      try (var input = RealGlance.class.getResourceAsStream("glance/" + file)) {
        Files.write(directory.resolve(file), input.readAllBytes());
      }
    }
    for (String name : List.of("fast", "slow", "staging", "tasks", "cache")) {
      Files.createDirectories(directory.resolve(name));
    }
    Files.writeString(
        directory.resolve("glance.conf"),
        (SETTINGS + more)
            .replace("PORT", String.valueOf(port))
            .replace("DIR", directory.toString())
            .replace("PASTE", paste));
    manage("db_sync");
  }

  /** Callers are who their tokens say that they are. */
  static RealGlance trusting(Path directory) throws IOException {
    return new RealGlance(directory, "paste.ini", "");
  }

  /** Callers are who Keystone says that they are. */
  static RealGlance behind(Path directory, RealKeystone keystone) throws IOException {
    return new RealGlance(
        directory,
        "keystone.ini",
        """
        [keystone_authtoken]
        auth_url = %s
        auth_type = password
        username = admin
        password = %s
        project_name = admin
        user_domain_name = Default
        project_domain_name = Default
        """
            .formatted(keystone.url(), RealKeystone.PASSWORD));
  }

  /** Lets it fetch from a server of this machine, which it else never does. */
  RealGlance fetchingFrom(URI server) throws IOException {
    return set("import_filtering_opts", "allowed_hosts = [" + server.getHost() + "]")
        .set("import_filtering_opts", "allowed_ports = [" + server.getPort() + "]");
  }

  /** Adds settings, before it is started. */
  RealGlance set(String section, String line) throws IOException {
    Path file = directory.resolve("glance.conf");
    Files.writeString(file, Files.readString(file) + "[" + section + "]\n" + line + "\n");
    return this;
  }

  /** Runs glance-manage. */
  void manage(String... arguments) throws IOException {
    String[] command = new String[arguments.length + 4];
    System.arraycopy(
        new String[] {"-m", "glance.cmd.manage", "--config-file", "glance.conf"}, 0, command, 0, 4);
    System.arraycopy(arguments, 0, command, 4, arguments.length);
    if (run(command) != 0) {
      throw new IOException(Files.readString(directory.resolve("output")));
    }
  }

  /** Begins to answer. */
  RealGlance start() throws IOException {
    process = begin("-m", "glance.cmd.api", "--config-file", "glance.conf");
    try {
      for (int i = 0; i < 600 && !listens(); i++) {
        Thread.sleep(100);
      }
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
    return this;
  }

  private boolean listens() throws IOException {
    if (!process.isAlive()) {
      throw new IOException(Files.readString(directory.resolve("output")));
    }
    try (Socket socket = new Socket("127.0.0.1", port)) {
      return socket.isConnected();
    } catch (IOException e) {
      return false;
    }
  }

  private Process begin(String... arguments) throws IOException {
    ProcessBuilder builder = new ProcessBuilder(PYTHON);
    builder.command().addAll(List.of(arguments));
    builder.environment().put("PYTHONPATH", directory.toString());
    return builder
        .directory(directory.toFile())
        .redirectErrorStream(true)
        .redirectOutput(directory.resolve("output").toFile())
        .start();
  }

  private int run(String... arguments) throws IOException {
    try {
      return begin(arguments).waitFor();
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }

  String url() {
    return "http://127.0.0.1:" + port;
  }

  @Override
  public void close() throws IOException {
    if (process == null) {
      return;
    }
    process.destroy();
    try {
      process.waitFor();
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }
}
