package dev.platter.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The command that loads definition files, as a process of its own. */
class LoadMetadefsTest {
  @TempDir Path directory;

  /** What the command says, after its status. */
  private String run(String... arguments) throws IOException, InterruptedException {
    List<String> command =
        new ArrayList<>(
            List.of(
                System.getProperty("java.home") + "/bin/java",
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName(),
                "load-metadefs"));
    command.addAll(List.of(arguments));
    Path output = directory.resolve("output");
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    int status = process.waitFor();
    return status + " " + Files.readString(output, StandardCharsets.UTF_8);
  }

  @Test
  void filesAreLoadedIntoTheDatabaseOfTheService() throws Exception {
    Path files = Files.createDirectory(directory.resolve("files"));
    Files.writeString(files.resolve("a.json"), "{\"namespace\":\"A\",\"tags\":[{\"name\":\"t\"}]}");
    String data = directory.resolve("data").toString();
    String loaded = run(files.toString(), "--data", data);
    assertTrue(loaded.startsWith("0 ") && loaded.contains("loaded A"), loaded);
    String again = run(files.toString(), "--data", data);
    assertTrue(again.startsWith("0 ") && again.contains("skipped"), again);
    try (RunningServer server = new RunningServer(directory.resolve("data")).start()) {
      assertEquals(
          "A",
          server.ask("GET", "/v2/metadefs/namespaces/A", null).json().path("namespace").asText());
      String busy = run(files.toString(), "--data", data);
      assertTrue(busy.startsWith("1 ") && busy.contains("in use"), busy);
    }
  }

  @Test
  void wrongCommandLinesAreRefused() throws Exception {
    String[][] wrong = {
      {"/nowhere", "no such file"},
      {"/nowhere --overwrite", "--merge"},
      {"/nowhere --merge --overwrite --prefer-new", "one of them"},
      {"--listen 127.0.0.1:0 /nowhere", "--listen"},
      {"/nowhere /elsewhere", "/elsewhere"},
      {"", "expected"}
    };
    for (String[] each : wrong) {
      String said = run(each[0].isEmpty() ? new String[0] : each[0].split(" "));
      assertTrue(said.startsWith("1 platter service: "), said);
      assertTrue(said.contains(each[1]), said);
      assertEquals(1, said.lines().count(), said);
    }
  }
}
