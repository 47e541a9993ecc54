package dev.platter.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import dev.platter.server.http.Json;
import dev.platter.testdata.ExternalTool;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The real clients' command lines, run against a service. One process runs all of them. */
final class ClientCommands implements AutoCloseable {
  private final Process process;
  private final BufferedWriter commands;
  private final BufferedReader answers;
  private final String url;

  /**
   * What a command came to.
   *
   * @param out standard output
   * @param err standard error
   */
  record Outcome(int code, String out, String err) {}

  ClientCommands(Path directory, String url) throws IOException {
    this.url = url;
    Path glance = ExternalTool.named("glance").program();
    ExternalTool.named("openstack");
    // The clients belong to the Python that they were installed for.
    String python = Files.readAllLines(glance).getFirst().substring(2).strip();
    Path script = directory.resolve("clients.py");
    try (InputStream resource = getClass().getResourceAsStream("clients.py")) {
      Files.copy(resource, script, StandardCopyOption.REPLACE_EXISTING);
    }
    ProcessBuilder builder = new ProcessBuilder(python, script.toString());
    Map<String, String> environment = builder.environment();
    environment.put("OS_AUTH_TOKEN", RunningServer.ADMIN);
    environment.put("OS_IMAGE_URL", url);
    environment.put("OS_IMAGE_API_VERSION", "2");
    environment.put("HOME", directory.toString());
    builder.directory(directory.toFile());
    builder.redirectError(directory.resolve("clients.log").toFile());
    process = builder.start();
    commands = process.outputWriter();
    answers = process.inputReader();
  }

  /** Runs a command line as an administrator; words are separated by single spaces. */
  Outcome run(String line) throws IOException {
    return run(List.of(line.split(" ")));
  }

  /** Runs a command line of the glance client with another token. */
  Outcome runAs(String token, String line) throws IOException {
    List<String> words = new ArrayList<>(List.of(line.split(" ")));
    words.addAll(1, List.of("--os-auth-token", token));
    return run(words);
  }

  Outcome run(List<String> words) throws IOException {
    ArrayNode sent = Json.array();
    sent.add(words.getFirst());
    if (words.getFirst().equals("openstack")) {
      List.of("--os-auth-type", "none", "--os-endpoint", url).forEach(sent::add);
    }
    words.stream().skip(1).forEach(sent::add);
    commands.write(Json.text(sent));
    commands.newLine();
    commands.flush();
    String answer = answers.readLine();
    if (answer == null) {
      throw new AssertionError("the clients' process has ended at: " + words);
    }
    JsonNode outcome = Json.parse(answer);
    return new Outcome(
        outcome.path("code").intValue(),
        outcome.path("out").textValue(),
        outcome.path("err").textValue());
  }

  @Override
  public void close() throws IOException {
    commands.close();
    process.destroy();
  }
}
