package dev.platter.remote.rbd;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.platter.storage.NewStorage;
import dev.platter.storage.SystemException;
import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A pool of a cluster, connected: makes, opens, renames and removes the images in it. For any
 * number of threads; an image that was opened must be closed before the pool is. Nothing waits for
 * a cluster for ever: what Ceph has no limit for has one here, unless the user's settings say
 * otherwise.
 */
public final class RbdPool implements Closeable {
  /** What Ceph's own limit for connecting is, and what it is here, seconds. */
  private static final double CEPH_CONNECT_SECONDS = 300;

  private static final int CONNECT_SECONDS = 30;
  private static final int MONITOR_SECONDS = 60;

  /** Longer than it takes a cluster to do without a server that is gone. */
  private static final int REQUEST_SECONDS = 120;

  private static final int MOST_SETTING_BYTES = 4096;
  private static final int FSID_BYTES = 37;
  private static final long FIRST_NAMES_BYTES = 64 << 10;
  private static final long MOST_NAMES_BYTES = 256 << 20;
  private static final int ENOENT = 2;
  private static final int ERANGE = 34;
  private static final int EBUSY = 16;

  // librbd.h: RBD_IMAGE_OPTION_*
  private static final int FORMAT = 0;
  private static final int FEATURES = 1;
  private static final int ORDER = 2;
  private static final int STRIPE_UNIT = 3;
  private static final int STRIPE_COUNT = 4;
  private static final int DATA_POOL = 10;

  private final Library library;
  private final String name;
  private long cluster;
  private long context;

  private RbdPool(Library library, String name) {
    this.library = library;
    this.name = name;
  }

  /**
   * Connects.
   *
   * @param pool the pool's name
   * @param namespace within it; empty: the usual one
   * @throws IOException if the libraries are missing, the cluster cannot be reached, or has no such
   *     pool
   */
  public static RbdPool connect(RbdName.ClusterName cluster, String pool, String namespace)
      throws IOException {
    RbdPool made = new RbdPool(Library.load(), pool);
    try {
      made.connect(cluster);
      made.openPool(pool, namespace);
      return made;
    } catch (Throwable e) {
      made.close();
      throw e;
    }
  }

  private void connect(RbdName.ClusterName wanted) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment out = arena.allocate(JAVA_LONG);
      long user = wanted.user().isEmpty() ? 0 : text(arena, wanted.user());
      check("use the Ceph libraries", library.call("rados_create", out.address(), user));
      cluster = out.get(JAVA_LONG, 0);
      String file = wanted.configuration();
      int read =
          library.call("rados_conf_read_file", cluster, file.isEmpty() ? 0 : text(arena, file));
      if (read < 0 && !file.isEmpty()) {
        throw new RbdException("error reading conf file " + file + ": " + reason(read));
      }
      // They would print to standard error, beside the one line that says what went wrong.
      set(arena, "log_to_stderr", "false");
      set(arena, "err_to_stderr", "false");
      // What is read is read once and in large pieces, and what is written is written for good.
      set(arena, "rbd_cache", "false");
      for (Map.Entry<String, String> setting : wanted.settings().entrySet()) {
        if (set(arena, setting.getKey(), setting.getValue()) < 0) {
          throw new RbdException("invalid conf option " + setting.getKey());
        }
      }
      limit(arena, "client_mount_timeout", CEPH_CONNECT_SECONDS, CONNECT_SECONDS, wanted);
      limit(arena, "rados_mon_op_timeout", 0, MONITOR_SECONDS, wanted);
      limit(arena, "rados_osd_op_timeout", 0, REQUEST_SECONDS, wanted);
      requireMonitors(arena, read, wanted);
      int connected = library.call("rados_connect", cluster);
      if (connected < 0) {
        throw new RbdException("error connecting to the cluster: " + reason(connected));
      }
      if (!wanted.fsid().isEmpty() && !wanted.fsid().equalsIgnoreCase(fsid())) {
        throw new RbdException("the cluster that answers is " + fsid() + ", not " + wanted.fsid());
      }
    }
  }

  /** Nobody has said where the cluster is; librados would print a line of its own. */
  private void requireMonitors(Arena arena, int read, RbdName.ClusterName wanted)
      throws RbdException {
    MemorySegment hosts = arena.allocate(MOST_SETTING_BYTES);
    int got =
        library.call(
            "rados_conf_get", cluster, text(arena, "mon_host"), hosts.address(), hosts.byteSize());
    boolean knowsNone = got >= 0 && hosts.get(JAVA_BYTE, 0) == 0;
    if (read < 0 && knowsNone && !wanted.settings().containsKey("mon_dns_srv_name")) {
      throw new RbdException(
          "nothing tells where the cluster is: no configuration file is found, and neither conf nor"
              + " mon_host is given");
    }
  }

  private static String reason(int result) {
    return new SystemException("", "", -result).reason();
  }

  private int set(Arena arena, String setting, String value) {
    return library.call("rados_conf_set", cluster, text(arena, setting), text(arena, value));
  }

  /** Sets a limit where nobody has, so that it has Ceph's own value. */
  private void limit(
      Arena arena, String setting, double standard, int seconds, RbdName.ClusterName wanted) {
    MemorySegment value = arena.allocate(MOST_SETTING_BYTES);
    int got =
        library.call(
            "rados_conf_get", cluster, text(arena, setting), value.address(), value.byteSize());
    if (!wanted.settings().containsKey(setting) && got >= 0 && isNumber(value, standard)) {
      set(arena, setting, Integer.toString(seconds));
    }
  }

  private static boolean isNumber(MemorySegment text, double expected) {
    try {
      return Double.parseDouble(text.getString(0)) == expected;
    } catch (NumberFormatException e) {
      return false;
    }
  }

  private void openPool(String pool, String namespace) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment out = arena.allocate(JAVA_LONG);
      int opened = library.call("rados_ioctx_create", cluster, text(arena, pool), out.address());
      if (opened < 0) {
        throw new RbdException("error opening pool " + pool + ": " + reason(opened));
      }
      context = out.get(JAVA_LONG, 0);
      if (!namespace.isEmpty()) {
        check(
            "use namespaces of the pool",
            library.call("rbd_namespace_exists", context, text(arena, namespace), out.address()));
        if (out.get(JAVA_BYTE, 0) == 0) {
          throw new RbdException(pool + ": the pool has no namespace '" + namespace + "'");
        }
        library.call("rados_ioctx_set_namespace", context, text(arena, namespace));
      }
    }
  }

  /** The identity of the cluster. */
  public String fsid() throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment text = arena.allocate(FSID_BYTES);
      check(
          "ask for the cluster's identity",
          library.call("rados_cluster_fsid", cluster, text.address(), text.byteSize()));
      return text.getString(0);
    }
  }

  /**
   * Makes an image in which nothing is written.
   *
   * @param image its name, which must be free
   * @param size bytes
   */
  public void create(String image, long size, RbdLayout layout) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment out = arena.allocate(JAVA_LONG);
      library.call("rbd_image_options_create", out.address());
      long options = out.get(JAVA_LONG, 0);
      try {
        number(options, FORMAT, 2);
        if (layout.order().isPresent()) {
          number(options, ORDER, layout.order().getAsInt());
        }
        if (layout.stripe().isPresent()) {
          number(options, STRIPE_UNIT, layout.stripe().get().unit());
          number(options, STRIPE_COUNT, layout.stripe().get().count());
        }
        if (!layout.features().isEmpty()) {
          number(options, FEATURES, features(arena, layout));
        }
        if (!layout.dataPool().isEmpty()) {
          library.call(
              "rbd_image_options_set_string", options, DATA_POOL, text(arena, layout.dataPool()));
        }
        check(
            "make the image " + image,
            library.call("rbd_create4", context, text(arena, image), size, options));
      } finally {
        library.call("rbd_image_options_destroy", options);
      }
    }
  }

  private void number(long options, int option, long value) {
    library.call("rbd_image_options_set_uint64", options, option, value);
  }

  private long features(Arena arena, RbdLayout layout) throws IOException {
    MemorySegment out = arena.allocate(JAVA_LONG);
    int result =
        library.call(
            "rbd_features_from_string",
            text(arena, String.join(",", layout.features())),
            out.address());
    if (result < 0) {
      throw new RbdException(
          "unknown features of an image: " + String.join(",", layout.features()));
    }
    return out.get(JAVA_LONG, 0);
  }

  /**
   * Opens an image.
   *
   * @param shown how errors call it
   * @param snapshot as it was then; empty: as it is
   * @throws IOException if it is not there
   */
  public RbdStorage open(String shown, String image, String snapshot, RbdStorage.Access access)
      throws IOException {
    return new RbdStorage(
        new Image(library, shown, handle(image, snapshot, access), this), access, false);
  }

  /** The same for one that was made just now and is nobody else's, which may grow ahead. */
  RbdStorage openNew(String shown, String image) throws IOException {
    RbdStorage.Access access = RbdStorage.Access.WRITE;
    return new RbdStorage(new Image(library, shown, handle(image, "", access), this), access, true);
  }

  private long handle(String image, String snapshot, RbdStorage.Access access) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment out = arena.allocate(JAVA_LONG);
      String function = access == RbdStorage.Access.WRITE ? "rbd_open" : "rbd_open_read_only";
      long at = snapshot.isEmpty() ? 0 : text(arena, snapshot);
      check(
          "open the image " + image + (snapshot.isEmpty() ? "" : "@" + snapshot),
          library.call(function, context, text(arena, image), out.address(), at));
      return out.get(JAVA_LONG, 0);
    }
  }

  /** The names of the images. */
  public List<String> images() throws IOException {
    for (long room = FIRST_NAMES_BYTES; ; ) {
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment bytes = arena.allocate(JAVA_LONG);
        bytes.set(JAVA_LONG, 0, room);
        MemorySegment names = arena.allocate(room);
        int length = library.call("rbd_list", context, names.address(), bytes.address());
        if (length != -ERANGE) {
          check("list the images", length);
          return split(names.asSlice(0, length));
        }
        room = bytes.get(JAVA_LONG, 0);
        if (room <= 0 || room > MOST_NAMES_BYTES) {
          throw new RbdException("pool " + name + ": its images have names of " + room + " bytes");
        }
      }
    }
  }

  /** Names that each end with a byte of zeros. */
  private static List<String> split(MemorySegment names) {
    List<String> all = new ArrayList<>();
    for (long at = 0; at < names.byteSize(); ) {
      String each = names.getString(at);
      all.add(each);
      at += each.getBytes(StandardCharsets.UTF_8).length + 1;
    }
    return all;
  }

  /** Whether there is an image of that name. */
  public boolean has(String image) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment out = arena.allocate(JAVA_LONG);
      int result =
          library.call("rbd_open_read_only", context, text(arena, image), out.address(), 0);
      if (result == -ENOENT) {
        return false;
      }
      check("look for the image " + image, result);
      library.call("rbd_close", out.get(JAVA_LONG, 0));
      return true;
    }
  }

  /** Gives an image another name, which must be free. */
  public void rename(String image, String newName) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      check(
          "name the image " + newName,
          library.call("rbd_rename", context, text(arena, image), text(arena, newName)));
    }
  }

  /**
   * Begins an image that appears once it is published, with a protected snapshot if one is named.
   *
   * @param image its name, which must be free
   * @param shown how errors call it
   * @param snapshot the name of the snapshot; empty: none
   */
  public NewStorage begin(String image, String shown, RbdLayout layout, String snapshot)
      throws IOException {
    return NewImage.begin(this, image, shown, layout, snapshot);
  }

  /**
   * Removes what processes that were killed have left of an image in the making.
   *
   * @param snapshot the protected one that it may have had by then
   */
  public void removeParts(String image, String snapshot) throws IOException {
    for (String each : images()) {
      if (each.startsWith(NewImage.partsOf(image))) {
        removeProtected(each, snapshot);
      }
    }
  }

  /**
   * Removes an image and its protected snapshot. What others still need, as images that were cloned
   * from it do, goes to the trash, from where it can be removed once nobody needs it.
   */
  public void removeProtected(String image, String snapshot) throws IOException {
    try (RbdStorage open = open(image, image, "", RbdStorage.Access.WRITE)) {
      if (open.snapshots().orElseThrow().list().stream()
          .anyMatch(kept -> kept.name().equals(snapshot))) {
        open.image().forgetProtected(snapshot);
      }
    } catch (SystemException e) {
      if (e.errno() != EBUSY) {
        throw e;
      }
      moveToTrash(image);
      return;
    }
    remove(image);
  }

  /** Removes an image that has no snapshots. */
  public void remove(String image) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      check("remove the image " + image, library.call("rbd_remove", context, text(arena, image)));
    }
  }

  /** Moves an image to the trash, from where it can be brought back, and removed by anybody. */
  public void moveToTrash(String image) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      check(
          "move the image " + image + " to the trash",
          library.call("rbd_trash_move", context, text(arena, image), 0));
    }
  }

  private void check(String action, int result) throws IOException {
    if (result < 0) {
      throw new SystemException("pool " + name, action, -result);
    }
  }

  private static long text(Arena arena, String text) {
    return arena.allocateFrom(text, StandardCharsets.UTF_8).address();
  }

  @Override
  public void close() {
    if (context != 0) {
      library.call("rados_ioctx_destroy", context);
      context = 0;
    }
    if (cluster != 0) {
      library.call("rados_shutdown", cluster);
      cluster = 0;
    }
  }
}
