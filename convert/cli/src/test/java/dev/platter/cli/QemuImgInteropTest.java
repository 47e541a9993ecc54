package dev.platter.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.platter.testdata.ExternalTool;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The same command line through qemu-img and through us: the same output and exit code. */
@Tag("interop")
class QemuImgInteropTest {
  /**
   * Where the qemu-img of a distribution may differ from QEMU 10.2, which we follow; taken out of
   * both answers before they are compared.
   */
  private static final List<Difference> DIFFERENCES =
      List.of(
          new Difference(
              "(?m)^Child node '/file':\\n(    .*\\n)+", "", "the section exists since 8.0"),
          new Difference(
              "(?s) *\"children\": \\[\\n *\\{\\n *\"name\": \"file\",.*?\"dirty-flag\": false\\n"
                  + " *}\\n *}\\n *],\\n",
              "",
              "the key exists since 8.0"),
          new Difference(", \"compressed\": (true|false)", "", "the key exists since 8.2"),
          new Difference(
              "(?m)^ID +TAG.*\\n([0-9].*\\n)+", "", "columns were renamed and widened in 9.0"),
          new Difference(
              "(?m)^qemu-img \\w+: ", "qemu-img: ", "getopt names the command since 10.1"),
          new Difference("(?m)^Try 'qemu-img.*\\n", "", "the hint names the command since 10.1"),
          new Difference(
              "Invalid image size specified(: '.*'|\\. You may use [^.]*\\.)",
              "Invalid image size specified",
              "the words since 10.1"),
          new Difference(
              "Invalid number of coroutines.*",
              "Invalid number of coroutines",
              "the words since 10.1"),
          new Difference("\\n\\z", "", "a hint had no end of line before 8.0"));

  private record Difference(String pattern, String replacement, String reason) {}

  @TempDir static Path shared;
  private static ExternalTool qemuImg;

  @BeforeEach
  void makeImages() throws IOException {
    qemuImg = ExternalTool.qemuImg();
    if (Files.exists(shared.resolve("done"))) {
      return;
    }
    ExternalTool qemuIo = ExternalTool.qemuIo();
    make("create -f raw disk.raw 1M");
    qemuIo.runIn(shared, "-f", "raw", "-c", "write -P 1 64k 64k", "disk.raw").mustExit(0);
    make("create -f qcow2 base.qcow2 1M");
    qemuIo
        .runIn(
            shared,
            "-f",
            "qcow2",
            "-c",
            "write -P 1 64k 64k",
            "-c",
            "write -z 128k 64k",
            "-c",
            "write -c -P 3 256k 64k",
            "base.qcow2")
        .mustExit(0);
    make("create -f qcow2 -b base.qcow2 -F qcow2 over.qcow2 2M");
    qemuIo
        .runIn(
            shared,
            "-f",
            "qcow2",
            "-c",
            "write -P 2 64k 128k",
            "-c",
            "write -z 512k 64k",
            "over.qcow2")
        .mustExit(0);
    make("create -f qcow2 snap.qcow2 1M");
    qemuIo.runIn(shared, "-f", "qcow2", "-c", "write -P 1 64k 64k", "snap.qcow2").mustExit(0);
    make("snapshot -c one snap.qcow2");
    make("create -f qcow2 marks.qcow2 1M");
    make("bitmap --add marks.qcow2 b0");
    make("create -f qcow2 -o preallocation=metadata full.qcow2 1M");
    make("create -f qcow2 -u -b gone.qcow2 -F qcow2 orphan.qcow2 1M");
    Files.createFile(shared.resolve("done"));
  }

  private static void make(String line) {
    qemuImg.runIn(shared, (Object[]) line.split(" ")).mustExit(0);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "info D/disk.raw",
        "info --output=json D/disk.raw",
        "info D/base.qcow2 --output json",
        "info D/base.qcow2",
        "info --backing-chain D/over.qcow2",
        "info --backing-chain --output=json D/over.qcow2",
        "info -U -f qcow2 D/snap.qcow2",
        "info D/marks.qcow2",
        "info --output=json D/marks.qcow2",
        "info D/orphan.qcow2",
        "info --backing-chain D/orphan.qcow2",
        "info file:D/disk.raw",
        "info D/missing",
        "info foo:bar",
        "info -f bogus D/disk.raw",
        "info -f qcow2 D/disk.raw",
        "info",
        "info D/disk.raw D/disk.raw",
        "info --bogus D/disk.raw",
        "map D/disk.raw",
        "map D/snap.qcow2",
        "map D/over.qcow2",
        "map D/full.qcow2",
        "map --output=json D/disk.raw",
        "map --output=json D/base.qcow2",
        "map --output=json D/over.qcow2",
        "map --output=json D/full.qcow2",
        "map --output=json -s 70000 -l 64k D/over.qcow2",
        "map --output=json -s 3M D/over.qcow2",
        "map D/orphan.qcow2",
        "check D/base.qcow2",
        "check --output=json D/base.qcow2",
        "check D/snap.qcow2",
        "check D/disk.raw",
        "check -q D/marks.qcow2",
        "compare D/disk.raw D/snap.qcow2",
        "compare D/disk.raw D/base.qcow2",
        "compare -s D/base.qcow2 D/over.qcow2",
        "compare -q D/base.qcow2 D/over.qcow2",
        "compare D/disk.raw D/missing",
        "compare -f qcow2 D/disk.raw D/disk.raw",
        "compare D/disk.raw",
        "create -f qcow2 D/new 10G",
        "create -f qcow2 -o cluster_size=128k -o extended_l2=on D/new 1.5G -o compat=1.1",
        "create -f qcow2 -o preallocation=metadata,lazy_refcounts=on D/new 1M",
        "create -f qcow2 -b D/base.qcow2 -F qcow2 D/new",
        "create -f qcow2 -b D/base.qcow2 D/new",
        "create -f qcow2 -b D/missing -F qcow2 D/new",
        "create -f qcow2 -u -b D/missing -F qcow2 D/new 1M",
        "create -f qcow2 D/new",
        "create -f qcow2 D/new 1X",
        "create -f qcow2 -o refcount_bits=3 D/new 1M",
        "create -f qcow2 -o compat=0.10,compression_type=zstd D/new 1M",
        "create -f raw -o preallocation=falloc D/new 64k",
        "create -f raw -o preallocation=metadata D/new 64k",
        "create -f raw D/no/such/directory 64k",
        "create -f bogus D/new 64k",
        "convert -O qcow2 D/over.qcow2 D/new",
        "convert -O qcow2 -o bogus=1 D/disk.raw D/new",
        "convert -O qcow2 -o cluster_size=1000 D/disk.raw D/new",
        "convert -O qcow2 -B D/base.qcow2 D/disk.raw D/new",
        "convert -O raw -B D/base.qcow2 -F qcow2 D/disk.raw D/new",
        "convert -O raw -c D/disk.raw D/new",
        "convert -l nosuch -O raw D/snap.qcow2 D/new",
        "convert -m 17 D/disk.raw D/new",
        "convert -S 513 D/disk.raw D/new",
        "convert --target-is-zero D/disk.raw D/new",
        "convert -n D/disk.raw D/missing",
        "convert -C -S 4k D/disk.raw D/new",
        "convert D/disk.raw",
        "measure D/disk.raw",
        "measure --output=json D/disk.raw",
        "measure --size 1000",
        "measure",
        "measure -O qcow2 D/disk.raw",
        "measure -O qcow2 --output=json D/over.qcow2",
        "measure -O qcow2 --output=json D/marks.qcow2",
        "measure -O qcow2 -o compat=0.10 D/marks.qcow2",
        "measure -O qcow2 -l one D/snap.qcow2",
        "measure -O qcow2 --size 10T -o cluster_size=2M,extended_l2=on",
        "measure -O qcow2 --size 1G -o cluster_size=4k,refcount_bits=64",
        "measure -O qcow2 --size 1G -o preallocation=full",
        "measure -O qcow2 -o cluster_size=3 --size 1M",
        "measure -O raw --size 1G D/disk.raw"
      })
  void answersAsQemuImgDoes(String line) throws IOException {
    Object[] arguments = line.replace("D/", shared + "/").split(" ");
    Files.deleteIfExists(shared.resolve("new"));
    ExternalTool.Result theirs = qemuImg.runIn(shared, arguments);
    Files.deleteIfExists(shared.resolve("new"));
    Run ours = Run.qemuImg(arguments);
    assertEquals(normal(theirs.stdout()), normal(ours.out()), theirs::toString);
    assertEquals(normal(theirs.stderr()), normal(ours.err()), theirs::toString);
    assertEquals(theirs.exitCode(), ours.exitCode(), theirs::toString);
  }

  private static String normal(String text) {
    String normal = text;
    for (Difference difference : DIFFERENCES) {
      normal = normal.replaceAll(difference.pattern(), difference.replacement());
    }
    return normal;
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "-c",
        "-c -o compression_type=zstd",
        "-o cluster_size=512",
        "-o cluster_size=2M",
        "-o extended_l2=on",
        "-o compat=0.10",
        "-o preallocation=metadata",
        "-o preallocation=full",
        "-o lazy_refcounts=on,refcount_bits=1",
        "-S 0",
        "-C",
        "-m 1",
        "-W -t writeback -T writeback -U -q",
        "-B D/base.qcow2 -F qcow2"
      })
  void writesQcow2ThatQemuImgReads(String options) throws IOException {
    Path target = shared.resolve("made.qcow2");
    String line = "convert -O qcow2 " + options + " D/over.qcow2 D/made.qcow2";
    Object[] arguments = line.replace("D/", shared + "/").split(" +");
    assertEquals("", Run.qemuImg(arguments).mustWork());
    qemuImg.run("check", "-q", target).mustExit(0);
    qemuImg.run("compare", shared.resolve("over.qcow2"), target).mustExit(0);
  }
}
