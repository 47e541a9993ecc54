package dev.platter.cli;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.testdata.ExternalTool;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A {@code qemu-io} that has an image open, as a virtual machine would. */
final class HeldImage implements AutoCloseable {
  private final Process process;

  private HeldImage(Process process) {
    this.process = process;
  }

  static HeldImage writing(String format, Path image) throws Exception {
    return open(List.of("-f", format, image.toString()));
  }

  static HeldImage reading(String format, Path image) throws Exception {
    return open(List.of("-r", "-f", format, image.toString()));
  }

  private static HeldImage open(List<String> arguments) throws Exception {
    List<String> command = new ArrayList<>();
    command.add(ExternalTool.qemuIo().program().toString());
    command.addAll(arguments);
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    process.getOutputStream().write("length\n".getBytes(StandardCharsets.US_ASCII));
    process.getOutputStream().flush();
    // The prompt, and the answer, come once the image is open.
    BufferedReader answers =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.US_ASCII));
    String answer = answers.readLine();
    assertTrue(answer != null && answer.matches("(qemu-io> )*[0-9.]+ .iB"), answer);
    return new HeldImage(process);
  }

  @Override
  public void close() throws Exception {
    process.getOutputStream().close();
    assertTrue(process.waitFor(60, TimeUnit.SECONDS));
  }
}
