package dev.platter.benchmarks.service;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** A PostgreSQL of this machine, asked by its own program. */
record Psql(int port) {
  static final String USER = "platter";

  /** Makes a database anew, and answers its URL. */
  String fresh(String name) throws IOException {
    ask("postgres", "DROP DATABASE IF EXISTS " + name + " WITH (FORCE)");
    ask("postgres", "CREATE DATABASE " + name);
    return "postgresql://127.0.0.1:" + port + "/" + name;
  }

  /**
   * Has statements done, and answers what the last one finds, a row a line.
   *
   * @throws IOException if one fails
   */
  String ask(String database, String... statements) throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(
                "psql",
                "-qAtX",
                "-v",
                "ON_ERROR_STOP=1",
                "-h",
                "127.0.0.1",
                "-p",
                "" + port,
                "-U",
                USER,
                "-d",
                database));
    for (String statement : statements) {
      command.add("-c");
      command.add(statement);
    }
    try {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      process.getOutputStream().close();
      String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (process.waitFor() != 0) {
        throw new IOException(said);
      }
      return said.strip();
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }
}
