package dev.platter.remote.rbd;

import dev.platter.storage.Location;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Which disk of which cluster, as whom.
 *
 * @param pool the pool that has it
 * @param namespace within the pool; empty: the usual one
 * @param image its name there
 * @param snapshot as it was at this snapshot; empty: as it is
 * @param cluster how to reach the cluster
 */
public record RbdName(
    String pool, String namespace, String image, String snapshot, ClusterName cluster) {
  /** The settings whose values nobody may see. */
  private static final List<String> SECRET = List.of("key");

  private static final String HIDDEN = "***";

  /**
   * What of Ceph's settings a name may set. Images name other images, and so a stranger may have
   * written it: others of the settings have files written, or code loaded.
   */
  private static final Set<String> SETTINGS =
      Set.of(
          "auth_client_required",
          "auth_cluster_required",
          "auth_service_required",
          "auth_supported",
          "client_mount_timeout",
          "key",
          "keyfile",
          "keyring",
          "mon_dns_srv_name",
          "mon_host",
          "ms_client_mode",
          "ms_mon_client_mode",
          "rados_mon_op_timeout",
          "rados_osd_op_timeout",
          "rbd_cache",
          "rbd_cache_max_dirty",
          "rbd_cache_size",
          "rbd_cache_writethrough_until_flush",
          "rbd_default_features",
          "rbd_default_format",
          "rbd_default_order");

  /**
   * A cluster, and as whom it is used.
   *
   * @param configuration the file that tells of it; empty: where Ceph looks for one
   * @param user without {@code client.} in front; empty: Ceph's usual one
   * @param fsid the identity that the cluster must have; empty: any
   * @param settings what else is set, by Ceph's names
   */
  public record ClusterName(
      String configuration, String user, String fsid, Map<String, String> settings) {
    /** The cluster of a configuration file, and nothing else said. */
    public ClusterName(String configuration, String user) {
      this(configuration, user, "", Map.of());
    }

    public ClusterName {
      settings = Map.copyOf(settings);
    }

    /** Without what nobody may see. */
    @Override
    public String toString() {
      return "cluster " + configuration + " " + user + " " + fsid;
    }
  }

  public RbdName {
    if (pool.isEmpty()) {
      throw new IllegalArgumentException("no pool");
    }
  }

  /**
   * Understands the text or the options of a location.
   *
   * @throws RbdException if they name no disk
   */
  static RbdName of(Location location) throws RbdException {
    if (!location.options().isEmpty()) {
      return ofOptions(location.options());
    }
    String text = location.toString();
    return text.startsWith("rbd://") ? ofUri(text) : ofText(text);
  }

  /**
   * {@code rbd:POOL/[NAMESPACE/]IMAGE[@SNAPSHOT][:KEY=VALUE]...}, a backslash before what is to be
   * taken as it is: QEMU's. The keys are {@code conf}, {@code id}, and settings of Ceph's.
   */
  static RbdName ofText(String text) throws RbdException {
    if (!text.startsWith("rbd:")) {
      throw new RbdException("File name must start with 'rbd:'");
    }
    List<String> parts = split(text.substring("rbd:".length()), ':');
    List<String> path = split(parts.getFirst(), '/');
    if (path.size() < 2) {
      throw new RbdException("Pool name is required");
    }
    if (path.size() > 3) {
      throw new RbdException("expected POOL/[NAMESPACE/]IMAGE, not '" + parts.getFirst() + "'");
    }
    List<String> last = split(path.getLast(), '@');
    if (last.size() > 2) {
      throw new RbdException("expected one snapshot at most, not '" + path.getLast() + "'");
    }
    Map<String, String> settings = new LinkedHashMap<>();
    for (String part : parts.subList(1, parts.size())) {
      List<String> pair = split(part, '=');
      if (pair.size() < 2) {
        throw new RbdException("conf option " + plain(part) + " has no value");
      }
      String value = String.join("=", pair.subList(1, pair.size()));
      settings.put(plain(pair.getFirst()), plain(value));
    }
    return of(
        plain(path.getFirst()),
        path.size() == 3 ? plain(path.get(1)) : "",
        plain(last.getFirst()),
        last.size() == 2 ? plain(last.get(1)) : "",
        "",
        settings);
  }

  /**
   * {@code rbd://[FSID]/POOL/IMAGE[/SNAPSHOT][?KEY=VALUE&...]}, percent-encoded. With an FSID, only
   * the cluster of that identity will do. {@code namespace} is a key, too.
   */
  static RbdName ofUri(String text) throws RbdException {
    URI uri;
    try {
      uri = new URI(text);
    } catch (URISyntaxException e) {
      throw new RbdException("not a URI: " + e.getReason(), e);
    }
    String[] path = uri.getRawPath().split("/", -1);
    if (path.length < 3 || path.length > 4) {
      throw new RbdException("expected rbd://[FSID]/POOL/IMAGE[/SNAPSHOT]");
    }
    Map<String, String> settings = new LinkedHashMap<>();
    String query = uri.getRawQuery();
    for (String pair : query == null ? new String[0] : query.split("&")) {
      int equals = pair.indexOf('=');
      if (equals < 0) {
        throw new RbdException("conf option " + decoded(pair) + " has no value");
      }
      settings.put(decoded(pair.substring(0, equals)), decoded(pair.substring(equals + 1)));
    }
    String namespace = settings.remove("namespace");
    String fsid = uri.getRawAuthority();
    return of(
        decoded(path[1]),
        namespace == null ? "" : namespace,
        decoded(path[2]),
        path.length == 4 ? decoded(path[3]) : "",
        fsid == null ? "" : fsid,
        settings);
  }

  private static RbdName ofOptions(Map<String, String> options) throws RbdException {
    Map<String, String> left = new TreeMap<>(options);
    Map<String, String> settings = new LinkedHashMap<>();
    String configuration = left.remove("conf");
    String user = left.remove("user");
    if (configuration != null) {
      settings.put("conf", configuration);
    }
    if (user != null) {
      settings.put("id", user);
    }
    List<String> servers = new ArrayList<>();
    for (int i = 0; left.containsKey("server." + i + ".host"); i++) {
      String port = left.remove("server." + i + ".port");
      String host = left.remove("server." + i + ".host");
      boolean isBare = host.contains(":") && !host.startsWith("[");
      servers.add((isBare ? "[" + host + "]" : host) + (port == null ? "" : ":" + port));
    }
    if (!servers.isEmpty()) {
      settings.put("mon_host", String.join(",", servers));
    }
    String pool = left.remove("pool");
    String namespace = left.remove("namespace");
    String image = left.remove("image");
    String snapshot = left.remove("snapshot");
    if (!left.isEmpty()) {
      throw new RbdException(
          "Block option '" + left.keySet().iterator().next() + "' is not supported");
    }
    if (pool == null || image == null) {
      throw new RbdException("Parameter '" + (pool == null ? "pool" : "image") + "' is missing");
    }
    return of(
        pool,
        namespace == null ? "" : namespace,
        image,
        snapshot == null ? "" : snapshot,
        "",
        settings);
  }

  private static RbdName of(
      String pool,
      String namespace,
      String image,
      String snapshot,
      String fsid,
      Map<String, String> settings)
      throws RbdException {
    if (pool.isEmpty() || image.isEmpty()) {
      throw new RbdException(pool.isEmpty() ? "Pool name is required" : "Image name is required");
    }
    for (String part : List.of(pool, namespace, image, snapshot)) {
      if (part.indexOf('\0') >= 0) {
        throw new RbdException("a name of Ceph's has no byte of zeros");
      }
    }
    Map<String, String> rest = new LinkedHashMap<>(settings);
    String configuration = rest.remove("conf");
    String user = rest.remove("id");
    for (String setting : rest.keySet()) {
      if (!SETTINGS.contains(setting.replace(' ', '_').replace('-', '_'))) {
        throw new RbdException(
            "invalid conf option " + setting + " in a name; a configuration file may have it");
      }
    }
    return new RbdName(
        pool,
        namespace,
        image,
        snapshot,
        new ClusterName(
            configuration == null ? "" : configuration, user == null ? "" : user, fsid, rest));
  }

  /** Splits at a character that no backslash stands before; backslashes stay. */
  private static List<String> split(String text, char separator) {
    List<String> parts = new ArrayList<>();
    StringBuilder part = new StringBuilder();
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '\\' && i + 1 < text.length()) {
        part.append(c).append(text.charAt(++i));
      } else if (c == separator) {
        parts.add(part.toString());
        part.setLength(0);
      } else {
        part.append(c);
      }
    }
    parts.add(part.toString());
    return parts;
  }

  private static String plain(String escaped) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < escaped.length(); i++) {
      char c = escaped.charAt(i);
      text.append(c == '\\' && i + 1 < escaped.length() ? escaped.charAt(++i) : c);
    }
    return text.toString();
  }

  private static String decoded(String text) throws RbdException {
    try {
      return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      throw new RbdException("not a URI: " + text, e);
    }
  }

  /** The text of a location as messages may have it: without keys. */
  static String shown(Location location) {
    String text = location.toString();
    for (String key : SECRET) {
      text = text.replaceAll("([:?&,]" + key + "=)(\\\\.|[^:&,\\\\])*", "$1" + HIDDEN);
    }
    return text;
  }

  /** Its name in the cluster: {@code POOL/[NAMESPACE/]IMAGE[@SNAPSHOT]}. */
  @Override
  public String toString() {
    return pool
        + "/"
        + (namespace.isEmpty() ? "" : namespace + "/")
        + image
        + (snapshot.isEmpty() ? "" : "@" + snapshot);
  }
}
