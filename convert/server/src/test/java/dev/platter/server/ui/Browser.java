package dev.platter.server.ui;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.platter.server.http.Json;
import dev.platter.testdata.ExternalTool;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Chromium without a window, driven over the WebDriver protocol (W3C Recommendation). */
public final class Browser implements AutoCloseable {
  public static final String TAB = "\uE004";
  public static final String ENTER = "\uE007";
  public static final String ESCAPE = "\uE00C";

  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final String ELEMENT = "element-6066-11e4-a52e-4f735466cecf";
  private static final Pattern STARTED = Pattern.compile("started successfully on port ([0-9]+)");

  private final HttpClient client = HttpClient.newHttpClient();
  private final Process driver;
  private final String session;

  /**
   * Starts it; skips the running test where it is not installed.
   *
   * @param profile an empty directory
   */
  public Browser(Path profile) throws IOException {
    ExternalTool.named("chromium");
    ExternalTool.named("chromedriver");
    driver = new ProcessBuilder("chromedriver", "--port=0").redirectErrorStream(true).start();
    String root = "http://127.0.0.1:" + port() + "/session";
    ObjectNode options = Json.object();
    ArrayNode arguments = options.putArray("args");
    for (String argument :
        List.of(
            "--headless",
            "--no-sandbox", // as root there is none
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--force-device-scale-factor=1",
            "--window-size=1280,860",
            "--user-data-dir=" + profile)) {
      arguments.add(argument);
    }
    ObjectNode wanted = Json.object();
    ObjectNode always = wanted.putObject("capabilities").putObject("alwaysMatch");
    always.put("browserName", "chrome");
    always.set("goog:chromeOptions", options);
    always.putObject("goog:loggingPrefs").put("browser", "ALL");
    try {
      session = root + "/" + ask("POST", root, wanted).path("sessionId").asText();
    } catch (IOException | RuntimeException e) {
      driver.destroy();
      throw e;
    }
  }

  private String port() throws IOException {
    BufferedReader lines = driver.inputReader();
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      Matcher matcher = STARTED.matcher(line);
      if (matcher.find()) {
        return matcher.group(1);
      }
    }
    throw new IOException("chromedriver does not start");
  }

  private JsonNode ask(String method, String url, JsonNode body) throws IOException {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(url))
            .timeout(Duration.ofSeconds(60))
            .header("Content-Type", "application/json")
            .method(
                method,
                body == null
                    ? HttpRequest.BodyPublishers.noBody()
                    : HttpRequest.BodyPublishers.ofString(body.toString()))
            .build();
    try {
      JsonNode value =
          Json.parse(client.send(request, BodyHandlers.ofString()).body()).path("value");
      if (value.has("error")) {
        throw new IOException(value.path("error").asText() + ": " + value.path("message").asText());
      }
      return value;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException(e);
    }
  }

  private JsonNode post(String path, ObjectNode body) throws IOException {
    return ask("POST", session + path, body);
  }

  public void open(String url) throws IOException {
    post("/url", Json.object().put("url", url));
  }

  /** Runs the body of a function in the page, and returns what it returns. */
  public JsonNode run(String script, String... arguments) throws IOException {
    ObjectNode body = Json.object().put("script", script);
    body.set("args", Json.array(List.of(arguments)));
    return post("/execute/sync", body);
  }

  /**
   * Shows pages as on another screen, until it is told again.
   *
   * @param scheme light or dark
   */
  public void screen(String scheme, int width, int height) throws IOException {
    command(
        "Emulation.setEmulatedMedia",
        "{\"features\":[{\"name\":\"prefers-color-scheme\",\"value\":\"%s\"}]}".formatted(scheme));
    command(
        "Emulation.setDeviceMetricsOverride",
        "{\"width\":%d,\"height\":%d,\"deviceScaleFactor\":1,\"mobile\":false}"
            .formatted(width, height));
  }

  /** Asks the browser for what pages cannot (Chrome DevTools Protocol). */
  private void command(String name, String parameters) throws IOException {
    ObjectNode body = Json.object().put("cmd", name);
    body.set("params", Json.parse(parameters));
    post("/goog/cdp/execute", body);
  }

  /** Waits for an element, and returns the path of what may be asked of it. */
  private String element(String selector) throws IOException {
    ObjectNode body = Json.object().put("using", "css selector").put("value", selector);
    IOException missing = null;
    for (long end = System.nanoTime() + PATIENCE.toNanos(); System.nanoTime() < end; ) {
      try {
        return "/element/" + post("/element", body).path(ELEMENT).asText();
      } catch (IOException e) {
        missing = e;
        pause();
      }
    }
    throw missing;
  }

  private static void pause() throws IOException {
    try {
      Thread.sleep(50);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException(e);
    }
  }

  public void click(String selector) throws IOException {
    post(element(selector) + "/click", Json.object());
  }

  /** Types into a field; into one for files: the path of one. */
  public void type(String selector, String text) throws IOException {
    post(element(selector) + "/value", Json.object().put("text", text));
  }

  /** Presses keys, one after the other, wherever the focus is. */
  public void press(String... keys) throws IOException {
    ObjectNode body = Json.object();
    ObjectNode source = body.putArray("actions").addObject().put("type", "key").put("id", "keys");
    ArrayNode actions = source.putArray("actions");
    for (String key : keys) {
      actions.addObject().put("type", "keyDown").put("value", key);
      actions.addObject().put("type", "keyUp").put("value", key);
    }
    post("/actions", body);
  }

  /** Waits for an element, and returns what is to be read in it. */
  public String text(String selector) throws IOException {
    return ask("GET", session + element(selector) + "/text", null).asText();
  }

  /** Waits until a script says true; else tells what is to be read on the page. */
  public void await(String script, String... arguments) throws IOException {
    for (long end = System.nanoTime() + PATIENCE.toNanos(); System.nanoTime() < end; ) {
      if (run(script, arguments).asBoolean()) {
        return;
      }
      pause();
    }
    throw new AssertionError(script + " " + List.of(arguments) + " is not so in:\n" + all());
  }

  /** Waits until some text is to be read on the page. */
  public void awaitText(String text) throws IOException {
    await("return document.body.innerText.includes(arguments[0])", text);
  }

  private String all() throws IOException {
    return run("return location.href + '\\n' + document.body.innerText").asText();
  }

  /** What is to be seen, as a PNG file. */
  public void picture(Path file) throws IOException {
    Files.write(
        file, Base64.getDecoder().decode(ask("GET", session + "/screenshot", null).asText()));
  }

  /** What the page and the browser complained of since this was asked last. */
  public List<String> complaints() throws IOException {
    List<String> complaints = new ArrayList<>();
    for (JsonNode entry : post("/se/log", Json.object().put("type", "browser"))) {
      String level = entry.path("level").asText();
      if (level.equals("SEVERE") || level.equals("WARNING")) {
        complaints.add(level + " " + entry.path("message").asText());
      }
    }
    return complaints;
  }

  @Override
  public void close() throws IOException {
    try {
      ask("DELETE", session, null);
    } finally {
      client.close();
      driver.destroy();
      try {
        driver.waitFor(10, TimeUnit.SECONDS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
