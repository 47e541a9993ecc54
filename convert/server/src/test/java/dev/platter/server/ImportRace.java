package dev.platter.server;

import com.sun.net.httpserver.HttpServer;
import dev.platter.image.spi.ImageFormats;
import dev.platter.service.inspect.ImageInspector;
import dev.platter.storage.FileStorage;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Compares the service with what people do without it; prints seconds. To be run on a machine that
 * does nothing else, with the tests' class path:
 *
 * <pre>
 * ImportRace inspect IMAGE         introspections a second, here and by forking qemu-img info
 * ImportRace import QCOW2 DIR      a web-download with conversion to raw, in the service
 * ImportRace by-hand QCOW2 DIR     download, qemu-img convert, md5sum, sha512sum, cp
 * </pre>
 */
final class ImportRace {
  private static final int FORKS = 100;
  private static final int INSPECTIONS = 5000;

  private ImportRace() {}

  public static void main(String[] arguments) throws Exception {
    Path image = Path.of(arguments[1]).toAbsolutePath();
    switch (arguments[0]) {
      case "inspect" -> inspect(image);
      case "import" -> viaService(image, Path.of(arguments[2]).toAbsolutePath());
      case "by-hand" -> byHand(image, Path.of(arguments[2]).toAbsolutePath());
      default -> throw new IllegalArgumentException(arguments[0]);
    }
    System.exit(0);
  }

  private static double seconds(long started) {
    return (System.nanoTime() - started) / 1e9;
  }

  private static void inspect(Path image) throws Exception {
    ImageFormats formats = ImageFormats.present();
    long started = System.nanoTime();
    for (int i = 0; i < INSPECTIONS; i++) {
      try (FileStorage storage = FileStorage.openForReading(image)) {
        if (!ImageInspector.inspect(storage, formats).diskFormat().equals("qcow2")) {
          throw new IOException("this is not a qcow2 image");
        }
      }
    }
    double inProcess = seconds(started);
    started = System.nanoTime();
    for (int i = 0; i < FORKS; i++) {
      run("qemu-img", "info", "-f", "qcow2", "--output=json", image.toString());
    }
    System.out.printf(
        "%.0f introspections/s in this process, %.1f/s by forking qemu-img info%n",
        INSPECTIONS / inProcess, FORKS / seconds(started));
  }

  private static HttpServer serve(Path image) throws IOException {
    HttpServer web =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    web.createContext(
        "/",
        exchange -> {
          exchange.sendResponseHeaders(200, Files.size(image));
          try (OutputStream body = exchange.getResponseBody()) {
            Files.copy(image, body);
          }
        });
    web.start();
    return web;
  }

  private static void viaService(Path image, Path directory) throws Exception {
    HttpServer web = serve(image);
    try (RunningServer server = new RunningServer(directory)) {
      server.set("image_import_opts", "image_import_plugins", "[image_conversion]").start();
      String record = "{\"disk_format\":\"qcow2\",\"container_format\":\"bare\"}";
      String id = server.create(RunningServer.ADMIN, record);
      String uri = "http://127.0.0.1:" + web.getAddress().getPort() + "/image";
      long started = System.nanoTime();
      server.ask(
          "POST",
          "/v2/images/" + id + "/import",
          "{\"method\":{\"name\":\"web-download\",\"uri\":\"" + uri + "\"}}");
      while (server.image(id).path("status").textValue().equals("importing")) {
        Thread.sleep(50);
      }
      System.out.printf("%.1f s: %s%n", seconds(started), server.image(id).path("status"));
      server.ask("DELETE", "/v2/images/" + id, null);
    }
    web.stop(0);
  }

  private static void byHand(Path image, Path directory) throws Exception {
    HttpServer web = serve(image);
    Files.createDirectories(directory);
    Path qcow2 = directory.resolve("downloaded");
    Path raw = directory.resolve("converted");
    Path stored = directory.resolve("stored");
    URI uri = URI.create("http://127.0.0.1:" + web.getAddress().getPort() + "/image");
    long started = System.nanoTime();
    run("curl", "-s", "-o", qcow2.toString(), uri.toString());
    double download = seconds(started);
    run("qemu-img", "convert", "-f", "qcow2", "-O", "raw", qcow2.toString(), raw.toString());
    double convert = seconds(started);
    run("cp", "--sparse=always", raw.toString(), stored.toString());
    double copy = seconds(started);
    run("sh", "-c", "md5sum " + stored + " & sha512sum " + stored + "; wait");
    System.out.printf(
        "download %.1f s, convert %.1f s, copy %.1f s: %.1f s; with digests %.1f s%n",
        download, convert - download, copy - convert, copy, seconds(started));
    for (Path file : List.of(qcow2, raw, stored)) {
      Files.delete(file);
    }
    web.stop(0);
  }

  private static void run(String... command) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(command)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    int code = process.waitFor();
    if (code != 0) {
      throw new IOException(String.join(" ", command) + ": exit code " + code);
    }
  }
}
