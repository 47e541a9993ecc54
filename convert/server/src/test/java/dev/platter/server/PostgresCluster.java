package dev.platter.server;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.platter.testdata.ExternalTool;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;

/** A cluster of its own, run by a user who may: PostgreSQL refuses to be run by root. */
final class PostgresCluster implements AutoCloseable {
  private final Path directory;
  private final Path programs;
  private final int port;

  PostgresCluster() throws IOException, InterruptedException {
    ExternalTool.named("psql");
    programs = programs();
    directory = Files.createTempDirectory("platter-postgres");
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxrwxrwx"));
    try (ServerSocket free = new ServerSocket(0)) {
      port = free.getLocalPort();
    }
    Path data = directory.resolve("data");
    run("initdb", "-D", data.toString(), "-U", "platter", "-A", "trust", "--no-sync");
    start();
  }

  /** Begins to answer, again if it was ended. */
  void start() throws IOException, InterruptedException {
    run(
        "pg_ctl",
        "-D",
        directory.resolve("data").toString(),
        "-w",
        "-l",
        directory.resolve("log").toString(),
        "-o",
        "-p " + port + " -c listen_addresses=127.0.0.1 -c fsync=off -k " + directory,
        "start");
  }

  /** Ends at once, as if it had lost its power. */
  void stop() throws IOException, InterruptedException {
    run("pg_ctl", "-D", directory.resolve("data").toString(), "-m", "immediate", "stop");
  }

  private static Path programs() throws IOException {
    try (var versions = Files.newDirectoryStream(Path.of("/usr/lib/postgresql"), "[0-9]*")) {
      return versions.iterator().next().resolve("bin");
    }
  }

  private void run(String program, String... arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    if (System.getProperty("user.name").equals("root")) {
      command.addAll(List.of("runuser", "-u", "postgres", "--"));
    }
    command.add(programs.resolve(program).toString());
    command.addAll(List.of(arguments));
    Path output = Files.createTempFile("platter-postgres", ".log");
    Process process =
        new ProcessBuilder(command)
            .directory(directory.toFile())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    assertEquals(0, process.waitFor(), Files.readString(output));
    Files.delete(output);
  }

  String url() {
    return "postgresql://127.0.0.1:" + port + "/postgres";
  }

  @Override
  public void close() throws IOException, InterruptedException {
    if (Files.exists(directory.resolve("data/postmaster.pid"))) {
      stop();
    }
    Process remove = new ProcessBuilder("rm", "-rf", directory.toString()).inheritIO().start();
    remove.waitFor();
  }
}
