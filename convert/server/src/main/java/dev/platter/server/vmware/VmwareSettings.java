package dev.platter.server.vmware;

import dev.platter.server.config.StoreConfig;
import dev.platter.server.keystone.Tls;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import javax.net.ssl.SSLContext;

/**
 * What the settings say of a store in datastores of vSphere.
 *
 * @param config where they are
 * @param host of vCenter or ESXi, with a port where it is not 443
 * @param user who logs in
 * @param password what that is proved with
 * @param datastores where images may lie, those of more weight first
 * @param network how it is asked
 */
public record VmwareSettings(
    StoreConfig config,
    String host,
    String user,
    String password,
    List<Weighted> datastores,
    Network network) {
  private static final String HOST = "vmware_server_host";
  private static final String DATASTORES = "vmware_datastores";
  private static final String DIRECTORY = "vmware_store_image_dir";
  private static final String INSECURE = "vmware_insecure";

  /** Settings of Glance's, and ours: {@code vmware_timeout}. */
  private static final Set<String> KNOWN =
      Set.of(
          HOST,
          "vmware_server_username",
          "vmware_server_password",
          "vmware_api_retry_count",
          "vmware_task_poll_interval",
          DIRECTORY,
          INSECURE,
          "vmware_api_insecure", // its name of old
          "vmware_ca_file",
          DATASTORES,
          "vmware_timeout");

  /** A place, and how soon it is used: the higher, the sooner. */
  record Weighted(VmwarePlace place, int weight) {}

  /**
   * How vSphere is asked.
   *
   * @param tls whose certificates are believed
   * @param timeout how long the server may be silent
   * @param attempts how often something is asked that can be asked twice
   * @param poll how long to wait before a task is looked at again, at most
   */
  record Network(SSLContext tls, Duration timeout, int attempts, Duration poll) {}

  /** Reads and checks them; asks nobody. */
  public static VmwareSettings read(StoreConfig config) {
    for (String key : config.settings().keySet()) {
      if (key.contains("vmware") && !KNOWN.contains(key)) {
        throw config.wrong(key, "is no setting of this store");
      }
    }
    return new VmwareSettings(
        config,
        host(config),
        config.required("vmware_server_username"),
        config.required("vmware_server_password"),
        datastores(config),
        new Network(
            tls(config),
            Duration.ofSeconds(config.number("vmware_timeout", 60, 1, 86_400)),
            1 + (int) config.number("vmware_api_retry_count", 10, 1, 1000),
            Duration.ofSeconds(config.number("vmware_task_poll_interval", 5, 1, 3600))));
  }

  private static String host(StoreConfig config) {
    String text = config.required(HOST);
    String host =
        text.chars().filter(c -> c == ':').count() > 1 && !text.startsWith("[")
            ? "[" + text + "]"
            : text;
    try {
      URI uri = URI.create("https://" + host);
      if (uri.getHost() != null
          && uri.getRawAuthority().equals(host)
          && uri.getRawUserInfo() == null) {
        return host;
      }
    } catch (IllegalArgumentException e) {
      // Said below.
    }
    throw config.wrong(HOST, "the name or address of a server is expected, without anything else");
  }

  private static List<Weighted> datastores(StoreConfig config) {
    String directory = directory(config);
    List<Weighted> all = new ArrayList<>();
    for (String text : config.ini().repeated(config.section(), DATASTORES)) {
      Weighted one = datastore(config, text, directory);
      if (all.stream().anyMatch(other -> other.place().equals(one.place()))) {
        throw config.wrong(DATASTORES, text + " is there twice");
      }
      all.add(one);
    }
    if (all.isEmpty()) {
      throw config.wrong(DATASTORES, "is missing");
    }
    all.sort(Comparator.comparingInt(one -> -one.weight()));
    return List.copyOf(all);
  }

  /** {@code DATACENTER:DATASTORE}, with or without {@code :WEIGHT}. */
  private static Weighted datastore(StoreConfig config, String text, String directory) {
    int last = text.lastIndexOf(':');
    int middle = last < 0 ? -1 : text.lastIndexOf(':', last - 1);
    String datacenter = text.substring(0, Math.max(0, middle < 0 ? last : middle)).strip();
    String datastore =
        (middle < 0 ? text.substring(last + 1) : text.substring(middle + 1, last)).strip();
    String weight = middle < 0 ? "" : text.substring(last + 1).strip();
    if (datacenter.isEmpty()
        || datastore.isEmpty()
        || datastore.matches(".*[\\[\\]\\p{Cntrl}].*")
        || !weight.matches("|-?[0-9]{1,9}")) {
      throw config.wrong(
          DATASTORES,
          "DATACENTER_PATH:DATASTORE or DATACENTER_PATH:DATASTORE:WEIGHT is expected, not " + text);
    }
    return new Weighted(
        new VmwarePlace(datacenter, datastore, directory),
        weight.isEmpty() ? 0 : Integer.parseInt(weight));
  }

  private static String directory(StoreConfig config) {
    String bare = config.text(DIRECTORY, "/openstack_glance").replaceAll("^/+|/+$", "");
    if (!bare.matches("[A-Za-z0-9_-][A-Za-z0-9._-]*(/[A-Za-z0-9_-][A-Za-z0-9._-]*)*")) {
      throw config.wrong(
          DIRECTORY, "the path of a directory is expected, of letters, digits, dots, - and _");
    }
    return bare;
  }

  /** As in Glance, a file of authorities counts more than that none is asked for. */
  private static SSLContext tls(StoreConfig config) {
    String file = config.text("vmware_ca_file", null);
    boolean insecure =
        config.flag(INSECURE, false) | config.flag("vmware_api_insecure", false); // checks both
    try {
      if (file == null && insecure) {
        System.getLogger(VmwareSettings.class.getName())
            .log(
                System.Logger.Level.WARNING,
                "{0}: whoever stands between here and vSphere can read and change images",
                config.ini().where(config.section(), INSECURE));
        return Tls.insecure();
      }
      return file == null ? Tls.system() : Tls.of(Path.of(file));
    } catch (IOException e) {
      throw config.ini().wrong(config.section(), "vmware_ca_file", e);
    }
  }

  @Override
  public String toString() {
    return "VmwareSettings[" + config.id() + "]"; // without what opens it
  }
}
