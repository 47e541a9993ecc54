package dev.platter.remote.nbd;

import dev.platter.storage.Location;
import dev.platter.storage.Storage;
import dev.platter.storage.StorageProvider;
import dev.platter.storage.WritableStorage;
import java.io.IOException;
import java.util.List;
import java.util.Map;

/**
 * Disks of NBD servers: {@code nbd://HOST[:PORT][/EXPORT]}, {@code
 * nbd+unix:///[EXPORT]?socket=PATH}, the older forms of {@link NbdAddress#parse}, and the options
 * that QEMU's driver {@code nbd} has.
 */
public final class NbdProvider implements StorageProvider {
  /** Found by {@link java.util.ServiceLoader}. */
  public NbdProvider() {}

  @Override
  public List<String> schemes() {
    return List.of("nbd", "nbd+unix", "nbds", "nbds+unix");
  }

  @Override
  public Storage openForReading(Location location) throws IOException {
    return NbdStorage.open(location.toString(), address(location), NbdStorage.Access.READ);
  }

  @Override
  public WritableStorage openForWriting(Location location) throws IOException {
    return NbdStorage.open(location.toString(), address(location), NbdStorage.Access.WRITE);
  }

  @Override
  public Location beside(Location base, String name) throws IOException {
    throw new NbdException("nothing lies beside a disk of an NBD server: give all of the name");
  }

  static NbdAddress address(Location location) throws IOException {
    return location.options().isEmpty()
        ? NbdAddress.parse(location.toString())
        : ofOptions(location.options());
  }

  private static NbdAddress ofOptions(Map<String, String> options) throws NbdException {
    String export = "";
    String host = null;
    String port = null;
    String path = null;
    for (Map.Entry<String, String> option : options.entrySet()) {
      String value = option.getValue();
      switch (option.getKey()) {
        case "export" -> export = value;
        case "host", "server.host" -> host = value;
        case "port", "server.port" -> port = value;
        case "path", "server.path" -> path = value;
        case "server.type" -> {
          if (!value.equals("inet") && !value.equals("unix")) {
            throw new NbdException("server.type is 'inet' or 'unix', not '" + value + "'");
          }
        }
        case "tls-creds" -> throw new NbdException("NBD over TLS is not supported");
        default ->
            throw new NbdException("Block option '" + option.getKey() + "' is not supported");
      }
    }
    if ((host == null) == (path == null)) {
      throw new NbdException("NBD server address missing: give either a host or a path");
    }
    return path != null
        ? NbdAddress.unix(path, export)
        : NbdAddress.network(host, port == null ? 0 : number(port), export);
  }

  private static int number(String port) throws NbdException {
    if (!port.matches("[0-9]{1,5}") || Integer.parseInt(port) > 65535) {
      throw new NbdException("not a port: '" + port + "'");
    }
    return Integer.parseInt(port);
  }
}
