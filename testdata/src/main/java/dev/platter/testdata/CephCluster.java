package dev.platter.testdata;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A Ceph of one monitor and one server that keeps its objects in memory, on the loopback interface,
 * in a directory of its own. Nobody needs a key. It has the pools {@link #POOL} and {@link
 * #DATA_POOL}.
 */
public final class CephCluster implements AutoCloseable {
  /** A pool for images. */
  public static final String POOL = "disks";

  /** A pool for the data of images in the other one. */
  public static final String DATA_POOL = "data";

  private static final long STOP_SECONDS = 20;

  private static CephCluster shared;

  private final Path directory;
  private final Path configuration;
  private final List<Process> daemons = new ArrayList<>();

  private CephCluster(Path directory) {
    this.directory = directory;
    this.configuration = directory.resolve("ceph.conf");
  }

  /**
   * The one of this process, which ends with it: several seconds pass until one is there. Skips the
   * running test where the programs are missing.
   */
  public static synchronized CephCluster shared() throws IOException {
    if (shared == null) {
      Path directory = Files.createTempDirectory("ceph");
      shared = start(directory);
      Runtime.getRuntime().addShutdownHook(new Thread(() -> end(shared, directory)));
    }
    return shared;
  }

  private static void end(CephCluster cluster, Path directory) {
    cluster.close();
    try (Stream<Path> tree = Files.walk(directory)) {
      for (Path file : tree.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static CephCluster start(Path directory) throws IOException {
    for (String program : List.of("monmaptool", "ceph-mon", "ceph-osd", "ceph", "rbd")) {
      ExternalTool.named(program);
    }
    CephCluster cluster = new CephCluster(directory);
    try {
      cluster.start();
      return cluster;
    } catch (Throwable e) {
      cluster.close();
      throw e;
    }
  }

  private void start() throws IOException {
    String fsid = UUID.randomUUID().toString();
    String monitor;
    try (ServerSocket one = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        ServerSocket two = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      monitor = "[v2:127.0.0.1:" + one.getLocalPort() + ",v1:127.0.0.1:" + two.getLocalPort() + "]";
    }
    Files.writeString(configuration, text(fsid, monitor));
    Path map = directory.resolve("monmap");
    ExternalTool.named("monmaptool")
        .mustRun("--create", "--addv", "a", monitor, "--fsid", fsid, map);
    run("ceph-mon", "--mkfs", "-i", "a", "--monmap", map);
    daemon("ceph-mon", "a");
    String osd = UUID.randomUUID().toString();
    run("ceph", "--connect-timeout", "30", "osd", "new", osd);
    Files.createDirectory(directory.resolve("osd"));
    run("ceph-osd", "--mkfs", "-i", "0", "--osd-uuid", osd);
    daemon("ceph-osd", "0");
    for (String pool : List.of(POOL, DATA_POOL)) {
      run("ceph", "osd", "pool", "create", pool, "8");
      rbd("pool", "init", pool);
    }
  }

  private String text(String fsid, String monitor) {
    return String.join(
        "\n",
        "[global]",
        "fsid = " + fsid,
        "mon host = " + monitor,
        "public addr = 127.0.0.1",
        "cluster addr = 127.0.0.1",
        "ms bind ipv6 = false",
        "auth cluster required = none",
        "auth service required = none",
        "auth client required = none",
        "osd pool default size = 1",
        "osd pool default min size = 1",
        "osd pool default pg num = 8",
        "osd crush chooseleaf type = 0",
        "osd class update on start = false",
        "mon allow pool size one = true",
        "mon allow pool delete = true",
        "mon warn on pool no redundancy = false",
        "mon data avail crit = 0",
        "paxos propose interval = 0.05",
        "osd objectstore = memstore",
        "memstore device bytes = 2147483648",
        "run dir = " + directory,
        "admin socket = " + directory + "/$name.$pid.asok",
        "log file = " + directory + "/$name.log",
        "pid file = " + directory + "/$name.pid",
        "mon data = " + directory + "/mon",
        "osd data = " + directory + "/osd",
        "");
  }

  private void run(String program, Object... arguments) {
    List<Object> all = new ArrayList<>(List.of("-c", configuration));
    all.addAll(List.of(arguments));
    ExternalTool.named(program).mustRun(all.toArray());
  }

  private void daemon(String program, String id) throws IOException {
    String path = ExternalTool.named(program).program().toString();
    daemons.add(
        new ProcessBuilder(path, "-c", configuration.toString(), "-i", id, "-f")
            .redirectErrorStream(true)
            .redirectOutput(directory.resolve(program + ".out").toFile())
            .start());
  }

  /** The file that tells clients of it. */
  public Path configuration() {
    return configuration;
  }

  /** The name of an image as QEMU has it. */
  public String name(String image) {
    return "rbd:" + POOL + "/" + image + ":conf=" + configuration;
  }

  /** Runs {@code rbd} and answers what it printed; fails the test unless it exits with 0. */
  public String rbd(Object... arguments) {
    List<Object> all = new ArrayList<>(List.of("-c", configuration));
    all.addAll(List.of(arguments));
    return ExternalTool.named("rbd").mustRun(all.toArray());
  }

  /** Has the server of the objects answer nobody, or go on. */
  public void freeze(boolean frozen) {
    String pid = Long.toString(daemons.getLast().pid());
    ExternalTool.named("kill").mustRun(frozen ? "-STOP" : "-CONT", pid);
  }

  @Override
  public void close() {
    try {
      for (Process daemon : daemons.reversed()) {
        daemon.destroyForcibly();
        assertTrue(daemon.waitFor(STOP_SECONDS, TimeUnit.SECONDS));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new UncheckedIOException(new IOException(e));
    }
  }
}
