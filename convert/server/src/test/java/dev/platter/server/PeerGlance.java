package dev.platter.server;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * OpenStack's own service, as the distribution has it, with two stores and a database of its own.
 */
final class PeerGlance implements AutoCloseable {
  private static final String PYTHON = "/usr/bin/python3";

  private final Path directory;
  private final int port;
  private final Process process;

  PeerGlance(Path directory) throws IOException, InterruptedException {
    boolean there = run(directory, "-c", "import glance.cmd.api") == 0;
    assumeTrue(there, "glance is not on the PATH of Python");
    this.directory = directory;
    try (ServerSocket free = new ServerSocket(0)) {
      port = free.getLocalPort();
    }
    for (String file : List.of("fake_identity.py", "paste.ini")) {
      try (var input = PeerGlance.class.getResourceAsStream("glance/" + file)) {
        Files.write(directory.resolve(file), input.readAllBytes());
      }
    }
    for (String name : List.of("fast", "slow", "staging", "tasks", "cache")) {
      Files.createDirectories(directory.resolve(name));
    }
    Files.writeString(
        directory.resolve("glance.conf"),
        """
        [DEFAULT]
        bind_host = 127.0.0.1
        bind_port = PORT
        workers = 0
        enforce_secure_rbac = true
        log_file = DIR/log
        enabled_backends = fast:file, slow:file
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
        enforce_new_defaults = true
        [image_format]
        disk_formats = ami,ari,aki,vhd,vhdx,vmdk,raw,qcow2,vdi,iso,ploop
        container_formats = ami,ari,aki,bare,ovf,ova,docker,compressed
        [paste_deploy]
        config_file = DIR/paste.ini
        """
            .replace("PORT", String.valueOf(port))
            .replace("DIR", directory.toString()));
    if (run(directory, "-m", "glance.cmd.manage", "--config-file", "glance.conf", "db_sync") != 0) {
      throw new IOException(Files.readString(directory.resolve("output")));
    }
    process = start(directory, "-m", "glance.cmd.api", "--config-file", "glance.conf");
    for (int i = 0; i < 600 && !listens(); i++) {
      Thread.sleep(100);
    }
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

  private static Process start(Path directory, String... arguments) throws IOException {
    ProcessBuilder builder = new ProcessBuilder(PYTHON);
    builder.command().addAll(List.of(arguments));
    builder.environment().put("PYTHONPATH", directory.toString());
    return builder
        .directory(directory.toFile())
        .redirectErrorStream(true)
        .redirectOutput(directory.resolve("output").toFile())
        .start();
  }

  private static int run(Path directory, String... arguments)
      throws IOException, InterruptedException {
    return start(directory, arguments).waitFor();
  }

  String url() {
    return "http://127.0.0.1:" + port;
  }

  @Override
  public void close() throws IOException {
    process.destroy();
    try {
      process.waitFor();
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }
}
