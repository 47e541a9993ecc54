package dev.platter.server;

import dev.platter.server.config.Flavor;
import dev.platter.server.config.IniFile;
import dev.platter.server.config.ProtectingSettings;
import dev.platter.server.config.ServiceConfig;
import dev.platter.server.info.JsonLog;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Path;

/** {@code platter service}: starts the image service, and runs it until it is told to end. */
public final class Main {
  private static final String USAGE =
      """
      platter service [--listen HOST:PORT] [--data DIRECTORY] [--config FILE]

      Runs an image service (OpenStack Image API v2) until it is ended (SIGTERM, SIGINT).

        --listen HOST:PORT  where it listens; default 127.0.0.1:9292, port 0: any free one
        --data DIRECTORY    where it keeps its database, images and staging area;
                            default ./platter-service
        --config FILE       settings, in Glance's names where Glance has them
      """;

  private static final System.Logger LOG = System.getLogger(Main.class.getName());

  private Main() {}

  public static void main(String[] arguments) throws InterruptedException {
    JsonLog.install();
    IniFile ini = IniFile.empty();
    Path data = Path.of("platter-service");
    String listen = null;
    try {
      for (int i = 0; i < arguments.length; i++) {
        String option = arguments[i];
        if (option.equals("--help") || option.equals("-h")) {
          System.out.print(USAGE);
          return;
        }
        if (i + 1 == arguments.length) {
          throw new IllegalArgumentException(option + " is not understood; see --help");
        }
        String value = arguments[++i];
        switch (option) {
          case "--listen" -> listen = value;
          case "--data" -> data = Path.of(value);
          case "--config" -> ini = IniFile.read(Path.of(value));
          default -> throw new IllegalArgumentException(option + " is not understood; see --help");
        }
      }
      setListen(ini, listen);
      run(new ServiceConfig(ini, data), ini);
    } catch (IOException | RuntimeException e) {
      System.err.println("platter service: " + (e.getMessage() == null ? e : e.getMessage()));
      System.exit(1);
    }
  }

  private static void setListen(IniFile ini, String listen) {
    if (listen == null) {
      return;
    }
    int colon = listen.lastIndexOf(':');
    if (colon < 1 || !listen.substring(colon + 1).matches("[0-9]{1,5}")) {
      throw new IllegalArgumentException("--listen " + listen + ": HOST:PORT is expected");
    }
    ini.set("DEFAULT", "bind_host", listen.substring(0, colon).replaceAll("^\\[|\\]$", ""));
    ini.set("DEFAULT", "bind_port", listen.substring(colon + 1));
  }

  private static void run(ServiceConfig config, IniFile ini)
      throws IOException, InterruptedException {
    ImageServer server = new ImageServer(config);
    try {
      for (String unknown : ProtectingSettings.check(ini)) {
        LOG.log(System.Logger.Level.WARNING, "{0} means nothing here", unknown);
      }
      server.start();
    } catch (IOException | RuntimeException e) {
      server.close();
      throw e;
    }
    if (config.flavor().identity() == Flavor.Kind.NONE
        && !InetAddress.getByName(config.host()).isLoopbackAddress()) {
      LOG.log(
          System.Logger.Level.WARNING,
          "whoever reaches {0} is an administrator: nobody is asked who they are",
          config.host());
    }
    Runtime.getRuntime().addShutdownHook(new Thread(() -> end(server), "end"));
    System.out.println(
        "platter service: listening on http://" + config.host() + ":" + server.port());
    Thread.currentThread().join();
  }

  private static void end(ImageServer server) {
    try {
      server.close();
    } catch (IOException e) {
      System.err.println("platter service: " + e.getMessage());
    }
  }
}
