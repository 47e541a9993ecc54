package dev.platter.cli.command;

import dev.platter.cli.line.Command;
import dev.platter.cli.line.Example;
import dev.platter.cli.line.Failure;
import dev.platter.cli.line.Invocation;
import dev.platter.cli.line.Option;
import dev.platter.cli.progress.Interruption;
import dev.platter.cli.text.Reasons;
import dev.platter.image.Sizes;
import dev.platter.remote.nbd.NbdExport;
import dev.platter.remote.nbd.NbdServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** {@code serve}: offers the disks of images to NBD clients until it is told to end. */
public final class ServeCommand extends Command {
  static final Option WRITABLE =
      new Option("w", "writable", "", "let clients write to FILE (default: they only read)");
  static final Option OVERLAY =
      new Option(
          "",
          "overlay",
          "OVERLAY",
          "let clients write, to OVERLAY, a qcow2 image over FILE; made if it is not there");
  static final Option SNAPSHOT =
      new Option("l", "snapshot", "NAME", "offer an internal snapshot of FILE, by id or name");
  private static final Option SOCKET =
      new Option("k", "socket", "PATH", "listen on a Unix domain socket");
  private static final Option PORT =
      new Option("p", "port", "N", "listen on a TCP port (default: 10809; 0: any that is free)");
  private static final Option BIND =
      new Option("b", "bind", "ADDRESS", "of which address the port is (default: 127.0.0.1)");
  private static final Option NAME =
      new Option("x", "export-name", "NAME", "what clients call the disk (default: FILE's name)");
  private static final Option CLIENTS =
      new Option("e", "clients", "N", "connections at a time (default: 32)");
  private static final int DEFAULT_PORT = 10809;
  private static final int MAX_CLIENTS = 1000;

  @Override
  public String name() {
    return "serve";
  }

  @Override
  public String summary() {
    return "Offer the disks of images to NBD clients";
  }

  @Override
  public String usage() {
    return "[--writable | --overlay OVERLAY | --snapshot NAME] [--socket PATH | --port N] FILE...";
  }

  @Override
  public List<Option> options() {
    return List.of(
        Option.HELP,
        FORMAT,
        WRITABLE,
        OVERLAY,
        SNAPSHOT,
        SOCKET,
        PORT,
        BIND,
        NAME,
        CLIENTS,
        ServedDisk.CACHE,
        DISK,
        UNWRAP,
        MAX_UNWRAPPED,
        FORCE_SHARE,
        IMAGE_OPTS,
        OBJECT,
        QUIET);
  }

  @Override
  public String operands() {
    return "FILE  an image of any format; several are told apart by their names";
  }

  @Override
  public List<Example> examples() {
    return List.of(
        new Example("let NBD clients read a disk", "serve --socket disk.sock disk.qcow2"),
        new Example(
            "let them write, and keep the image as it is",
            "serve --overlay changes.qcow2 disk.qcow2"));
  }

  @Override
  public int run(Invocation call) throws IOException, Failure {
    List<String> files = call.arguments().operands();
    checkTogether(call, files);
    SocketAddress address = address(call);
    List<ServedDisk> disks = new ArrayList<>();
    try (Interruption interruption = Interruption.listen()) {
      try {
        for (String file : files) {
          disks.add(ServedDisk.open(call, file, call.arguments().last(NAME)));
        }
        serve(call, interruption, address, disks);
      } finally {
        closeAll(disks);
      }
      interruption.endWith(0);
    }
    return 0;
  }

  private static void serve(
      Invocation call, Interruption interruption, SocketAddress address, List<ServedDisk> disks)
      throws IOException, Failure {
    List<NbdExport> exports = new ArrayList<>();
    for (ServedDisk disk : disks) {
      for (NbdExport other : exports) {
        if (other.name().equals(disk.export().name())) {
          throw new Failure("two disks would both be called '" + other.name() + "'");
        }
      }
      exports.add(disk.export());
    }
    NbdServer.Settings settings =
        new NbdServer.Settings(
            clients(call), NbdServer.Settings.DEFAULT.threadsPerConnection(), new Complaints(call));
    try (NbdServer server = listen(address, exports, settings)) {
      interruption.closes(server);
      tell(call, server.address(), exports);
      server.run();
    }
  }

  private static NbdServer listen(
      SocketAddress address, List<NbdExport> exports, NbdServer.Settings settings) throws Failure {
    try {
      return NbdServer.listen(address, exports, settings);
    } catch (IOException e) {
      throw new Failure("cannot listen on " + words(address) + ": " + Reasons.of(e));
    }
  }

  private static void closeAll(List<ServedDisk> disks) throws IOException {
    IOException failed = null;
    for (ServedDisk disk : disks) {
      try {
        disk.close();
      } catch (IOException e) {
        failed = failed == null ? e : failed;
      }
    }
    if (failed != null) {
      throw failed;
    }
  }

  private static void checkTogether(Invocation call, List<String> files) throws Failure {
    if (files.isEmpty()) {
      throw Failure.usage("Expecting image file name");
    }
    int ways = 0;
    for (Option way : List.of(WRITABLE, OVERLAY, SNAPSHOT)) {
      ways += call.has(way) ? 1 : 0;
    }
    if (ways > 1) {
      throw Failure.usage("--writable, --overlay and --snapshot exclude each other");
    }
    if (files.size() > 1 && (call.has(OVERLAY) || call.has(NAME) || call.has(SNAPSHOT))) {
      throw Failure.usage("--overlay, --snapshot and --export-name are for one FILE");
    }
    if (call.has(SOCKET) && (call.has(PORT) || call.has(BIND))) {
      throw Failure.usage("--socket excludes --port and --bind");
    }
    if (call.has(WRITABLE) && call.has(FORCE_SHARE)) {
      throw new Failure("force-share can only be used with disks that are only read");
    }
  }

  private static SocketAddress address(Invocation call) throws Failure, IOException {
    String socket = call.arguments().last(SOCKET);
    if (socket != null) {
      return UnixDomainSocketAddress.of(Path.of(socket));
    }
    int port = number(call, PORT, DEFAULT_PORT, 0, 65535);
    String host = call.arguments().last(BIND, "127.0.0.1");
    return new InetSocketAddress(InetAddress.getByName(host), port);
  }

  private static int clients(Invocation call) throws Failure {
    return number(call, CLIENTS, NbdServer.Settings.DEFAULT.maxConnections(), 1, MAX_CLIENTS);
  }

  private static int number(Invocation call, Option option, int otherwise, int least, int most)
      throws Failure {
    String text = call.arguments().last(option);
    if (text == null) {
      return otherwise;
    }
    if (!text.matches("[0-9]{1,6}")
        || Integer.parseInt(text) < least
        || Integer.parseInt(text) > most) {
      throw new Failure(
          "--" + option.name() + " is " + least + " to " + most + ", not '" + text + "'");
    }
    return Integer.parseInt(text);
  }

  private static void tell(Invocation call, SocketAddress address, List<NbdExport> exports) {
    if (!call.has(QUIET)) {
      for (NbdExport export : exports) {
        call.out()
            .println(
                "Serving '"
                    + export.name()
                    + "' ("
                    + Sizes.text(export.size())
                    + (export.isWritable() ? ", writable" : ", read-only")
                    + ") at "
                    + uri(address, exports.size() == 1 ? "" : export.name()));
      }
      call.out().flush();
    }
  }

  private static String uri(SocketAddress address, String export) {
    String name = java.net.URLEncoder.encode(export, java.nio.charset.StandardCharsets.UTF_8);
    name = name.replace("+", "%20");
    return address instanceof UnixDomainSocketAddress unix
        ? "nbd+unix:///" + name + "?socket=" + unix.getPath().toAbsolutePath()
        : "nbd://" + words(address) + (name.isEmpty() ? "" : "/" + name);
  }

  private static String words(SocketAddress address) {
    if (address instanceof InetSocketAddress network) {
      String host = network.getAddress().getHostAddress();
      return (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + network.getPort();
    }
    return address.toString();
  }

  /** Says on standard error what a client is not told: which file failed, and why. */
  private record Complaints(Invocation call) implements NbdServer.Listener {
    @Override
    public void disconnected(IOException failure, int left) {
      if (failure != null && !call.has(QUIET)) {
        complain("a client was disconnected: " + Reasons.of(failure));
      }
    }

    @Override
    public void requestFailed(NbdExport export, IOException failure) {
      complain("'" + export.name() + "': a request failed: " + Reasons.of(failure));
    }

    private void complain(String words) {
      synchronized (call) {
        call.complain(words);
        call.err().flush();
      }
    }
  }
}
