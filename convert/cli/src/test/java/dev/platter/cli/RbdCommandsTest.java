package dev.platter.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.testdata.CephCluster;
import dev.platter.testdata.ExternalTool;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Commands on images in a Ceph cluster, beside qemu-img's and rbd's own. */
@Tag("interop")
@Timeout(120)
class RbdCommandsTest {
  private static final int MIB = 1 << 20;
  private static final int SIZE = 40 * MIB;

  private static CephCluster cluster;

  @TempDir Path directory;
  private byte[] content;
  private Path raw;
  private Path qcow2;

  @BeforeAll
  static void startCluster() throws IOException {
    cluster = CephCluster.shared();
  }

  /** Two stretches of data in zeros. */
  @BeforeEach
  void makeImages() throws IOException {
    content = new byte[SIZE];
    Random random = new Random(3);
    for (int at : new int[] {0, 21 * MIB}) {
      byte[] data = new byte[5 * MIB];
      random.nextBytes(data);
      System.arraycopy(data, 0, content, at, data.length);
    }
    raw = Files.write(directory.resolve("disk.raw"), content);
    qcow2 = directory.resolve("disk.qcow2");
    ExternalTool.qemuImg().mustRun("convert", "-O", "qcow2", raw, qcow2);
  }

  private static String pooled(String image) {
    return CephCluster.POOL + "/" + image;
  }

  private byte[] exported(String image) throws IOException {
    Path file = directory.resolve("exported");
    Files.deleteIfExists(file);
    cluster.rbd("export", "--no-progress", pooled(image), file);
    return Files.readAllBytes(file);
  }

  private static List<String> images(String prefix) {
    return cluster
        .rbd("ls", CephCluster.POOL)
        .lines()
        .filter(name -> name.startsWith(prefix))
        .toList();
  }

  private static Run refused(Object... words) {
    Run run = Run.platter(words);
    assertEquals(1, run.exitCode(), run.toString());
    assertEquals(1, run.err().lines().count(), run.err());
    return run;
  }

  @Test
  void aConversionMakesAnImageWithDataOnly() throws IOException {
    Run.platter(
            "convert",
            "-O",
            "raw",
            "-o",
            "order=20,features=layering+exclusive-lock,snapshot=snap",
            qcow2,
            cluster.name("to"))
        .mustWork();
    assertArrayEquals(content, exported("to"));
    assertTrue(cluster.rbd("info", pooled("to")).contains("order 20"));
    assertTrue(cluster.rbd("snap", "ls", pooled("to")).contains("yes"));
    long data =
        cluster
            .rbd("diff", pooled("to"))
            .lines()
            .skip(1)
            .mapToLong(line -> Long.parseLong(line.strip().split("\\s+")[1]))
            .sum();
    assertEquals(10 * MIB, data);
    ExternalTool.qemuImg().mustRun("compare", "-f", "raw", "-F", "raw", cluster.name("to"), raw);
  }

  @Test
  void anImageThatQemuMadeIsConverted() throws IOException {
    ExternalTool.qemuImg().mustRun("convert", "-O", "raw", qcow2, cluster.name("from"));
    Path back = directory.resolve("back.qcow2");
    Run.platter("convert", "-f", "raw", "-O", "qcow2", cluster.name("from"), back).mustWork();
    ExternalTool.qemuImg().mustRun("compare", back, raw);
    String json =
        "json:{\"driver\":\"raw\",\"file\":{\"driver\":\"rbd\",\"pool\":\""
            + CephCluster.POOL
            + "\",\"image\":\"from\",\"conf\":\""
            + cluster.configuration()
            + "\"}}";
    Run.platter("compare", json, raw).mustWork();
    Run.platter(
            "compare",
            "--image-opts",
            "driver=rbd,pool=" + CephCluster.POOL + ",image=from,conf=" + cluster.configuration(),
            "driver=raw,file.filename=" + raw)
        .mustWork();
    Run.platter("compare", "rbd:///" + pooled("from") + "?conf=" + cluster.configuration(), raw)
        .mustWork();
    assertTrue(
        Run.platter("map", "--output=json", "-f", "raw", cluster.name("from"))
            .mustWork()
            .contains("\"zero\": true"));
  }

  @Test
  void everyFormatLiesInACluster() throws IOException {
    Run.platter("convert", "-O", "qcow2", "-c", raw, cluster.name("inner")).mustWork();
    assertTrue(Run.platter("info", cluster.name("inner")).mustWork().contains("qcow2"));
    ExternalTool.qemuImg()
        .mustRun("compare", "-f", "qcow2", "-F", "raw", cluster.name("inner"), raw);
    assertEquals(0, Run.platter("check", cluster.name("inner")).exitCode());
    Run.platter("convert", "-O", "vhdx", raw, cluster.name("other")).mustWork();
    Run.platter("compare", cluster.name("other"), raw).mustWork();
  }

  @Test
  void anImageIsMadeMeasuredGrownAndWrittenOver() throws IOException {
    Run.platter("create", "-f", "raw", "-o", "cluster_size=1M", cluster.name("new"), "8M")
        .mustWork();
    String info = Run.platter("info", "-f", "raw", cluster.name("new")).mustWork();
    assertTrue(info.contains("virtual size: 8 MiB"), info);
    assertTrue(info.contains("disk size: 0 B"), info);
    Run.platter("resize", "-f", "raw", cluster.name("new"), "40M").mustWork();
    assertTrue(cluster.rbd("info", pooled("new")).contains("size 40 MiB"));
    Run.platter("convert", "-n", "-O", "raw", qcow2, cluster.name("new")).mustWork();
    assertArrayEquals(content, exported("new"));
    Run.platter("resize", "-f", "raw", "--shrink", cluster.name("new"), "4M").mustWork();
    assertEquals(4 * MIB, exported("new").length);
    Run small = refused("convert", "-n", "-O", "raw", qcow2, cluster.name("new"));
    assertTrue(small.err().contains("smaller than input"), small.err());
  }

  @Test
  void snapshotsAreThoseOfTheCluster() throws IOException {
    cluster.rbd("import", "--no-progress", raw, pooled("kept"));
    String name = cluster.name("kept");
    Run.platter("snapshot", "-c", "one", name).mustWork();
    String list = Run.platter("snapshot", "-l", name).mustWork();
    assertTrue(list.contains("one"), list);
    assertEquals(
        ExternalTool.qemuImg().mustRun("snapshot", "-l", name).lines().count(),
        list.lines().count());
    Path zeros = Files.write(directory.resolve("zeros"), new byte[SIZE]);
    Run.platter("convert", "-n", "-f", "raw", "-O", "raw", zeros, name).mustWork();
    assertArrayEquals(new byte[SIZE], exported("kept"));
    Run.platter("snapshot", "-a", "one", name).mustWork();
    assertArrayEquals(content, exported("kept"));
    Run.platter("snapshot", "-d", "one", name).mustWork();
    assertEquals("", cluster.rbd("snap", "ls", pooled("kept")));
  }

  @Test
  void whatIsThereIsNotReplaced() throws IOException {
    cluster.rbd("create", "--size", "1M", pooled("there"));
    Run run = refused("convert", "-O", "raw", qcow2, cluster.name("there"));
    assertTrue(run.err().contains("already"), run.err());
    refused("create", "-q", cluster.name("there"), "1M");
    assertEquals(MIB, exported("there").length);
    refused("convert", "-O", "raw", "-o", "features=none", qcow2, cluster.name("wrong"));
    refused("convert", "-O", "raw", "-o", "colour=red", qcow2, cluster.name("wrong"));
    assertEquals(List.of("there"), images("there"));
    assertEquals(List.of(), images("wrong"));
  }

  @Test
  void aConversionThatIsKilledLeavesNothingOfItsName() throws Exception {
    Path large = directory.resolve("large.raw");
    byte[] block = new byte[MIB];
    new Random(9).nextBytes(block);
    try (var out = Files.newOutputStream(large)) {
      for (int i = 0; i < 256; i++) {
        out.write(block);
      }
    }
    int killed = 0;
    for (String signal : List.of("-KILL", "-TERM")) {
      String image = "killed" + signal;
      Process process = start("convert", "-O", "raw", "-r", "32M", large, cluster.name(image));
      while (images(image).isEmpty() && process.isAlive()) {
        Thread.onSpinWait(); // until it has begun
      }
      ExternalTool.named("kill").run(signal, process.pid());
      assertTrue(process.waitFor(60, TimeUnit.SECONDS));
      killed += process.exitValue() == 0 ? 0 : 1;
      List<String> left = images(image);
      assertFalse(left.contains(image), left.toString());
      // Who is asked to end takes away what was begun.
      assertEquals(signal.equals("-KILL") ? 1 : 0, left.size(), signal + ": " + left);
    }
    assertEquals(2, killed);
  }

  private Process start(Object... command) throws IOException {
    List<String> words = new ArrayList<>();
    words.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    words.addAll(
        List.of(
            "--enable-native-access=ALL-UNNAMED",
            "-XX:TieredStopAtLevel=1",
            "-Xmx128m",
            "-cp",
            System.getProperty("java.class.path"),
            "dev.platter.cli.Main"));
    for (Object word : command) {
      words.add(word.toString());
    }
    return new ProcessBuilder(words)
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .redirectError(ProcessBuilder.Redirect.DISCARD)
        .start();
  }

  @Test
  void noKeyOfANameIsShown() {
    String key = "AQBvSl9gAAAAABAAzzzzzzzzzzzzzzzzzzzzzg";
    String name = cluster.name("none") + ":key=" + key;
    for (Run run :
        List.of(
            Run.platter("info", name),
            Run.qemuImg("info", name),
            Run.platter("convert", "-O", "raw", name, directory.resolve("x")),
            Run.platter("convert", "-O", "raw", qcow2, name.replace("none", "none@x")),
            Run.platter("create", name.replace("none", "keyed"), "1M"),
            Run.platter("info", "-f", "raw", name.replace("none", "keyed")),
            Run.platter("info", "--output=json", "-f", "raw", name.replace("none", "keyed")),
            Run.platter("info", "json:{\"driver\":\"raw\",\"file.filename\":\"" + name + "\"}"))) {
      assertFalse((run.out() + run.err()).contains("AQBv"), run.toString());
      assertTrue((run.out() + run.err()).contains("key=***"), run.toString());
    }
  }
}
