package dev.platter.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The commands that change chains: the same lines to qemu-img and to us, on twins of images. */
@Tag("interop")
class ChainCommandsInteropTest {
  /** Images for lines that are refused, anew once one has changed some. */
  private static Twins untouched;

  @TempDir static Path shared;
  @TempDir Path directory;
  private Twins twins;

  @BeforeEach
  void makeTwins() throws IOException {
    twins = new Twins(directory);
  }

  /** A chain of three, each longer than the one below, of all that clusters can be. */
  private static String[] chain(String options, String... more) {
    boolean compresses = !options.contains("2M");
    List<String> lines = new ArrayList<>();
    lines.add("img create -q -f qcow2 -o " + options + " base.qcow2 9M");
    lines.add("io -c 'write -P 1 0 5M' -c 'write -P 2 6M 1M' base.qcow2");
    lines.add("img create -q -f qcow2 -o " + options + " -b base.qcow2 -F qcow2 mid.qcow2 10M");
    lines.add("io -c 'write -P 3 1M 100k' -c 'write -z 2M 300k' mid.qcow2");
    if (compresses) {
      lines.add("io -c 'write -c -P 7 3M 2M' -c 'discard 4M 64k' mid.qcow2");
    }
    lines.add("io -c 'write -P 9 9500k 10k' mid.qcow2");
    lines.add("img create -q -f qcow2 -o " + options + " -b mid.qcow2 -F qcow2 top.qcow2 12300k");
    lines.add("io -c 'write -P 4 1030k 5k' -c 'write -z 100k 200k' top.qcow2");
    lines.add("io -c 'write -P 5 11M 1M' top.qcow2");
    if (compresses) {
      lines.add("io -c 'write -c -P 8 8M 64k' top.qcow2");
    }
    lines.addAll(List.of(more));
    return lines.toArray(String[]::new);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "cluster_size=64k",
        "cluster_size=512",
        "cluster_size=2M",
        "compat=0.10",
        "cluster_size=16k,extended_l2=on",
        "refcount_bits=1",
        "refcount_bits=64,compression_type=zstd"
      })
  void commitsAsQemuImgDoes(String options) throws IOException {
    twins.made(chain(options));
    twins.both("commit -d @top.qcow2");
    twins.same("base.qcow2", "mid.qcow2", "top.qcow2");
    twins.both("commit -p @top.qcow2");
    twins.same("base.qcow2", "mid.qcow2", "top.qcow2");
    twins.both("commit -b base.qcow2 @top.qcow2");
    twins.same("base.qcow2", "top.qcow2");
  }

  @Test
  void commitsFromAndIntoImagesWithSnapshots() throws IOException {
    twins.made(
        chain(
            "cluster_size=4k",
            "img snapshot -c one base.qcow2",
            "img snapshot -c two mid.qcow2",
            "img snapshot -c three top.qcow2",
            "io -c 'write -P 44 1M 64k' top.qcow2"));
    twins.both("commit -q @top.qcow2");
    twins.same("base.qcow2", "mid.qcow2", "top.qcow2");
    twins.both("commit @mid.qcow2");
    twins.same("base.qcow2", "mid.qcow2", "top.qcow2");
  }

  @ParameterizedTest
  @ValueSource(strings = {"2M", "3M", "5M"})
  void commitsIntoARawBaseOfAnotherLength(String size) throws IOException {
    twins.made(
        "img create -q -f raw base.raw 3M",
        "io -f raw -c 'write -P 1 0 3M' base.raw",
        "img create -q -f qcow2 -b base.raw -F raw top.qcow2 " + size,
        "io -c 'write -P 3 1M 100k' -c 'write -z 1500k 64k' -c 'write -P 4 1900k 3k' top.qcow2");
    twins.both("commit -t none -r 1G @top.qcow2");
    twins.same("top.qcow2", "base.raw");
  }

  @Test
  void commitsAcrossFormatsAndFromADataFile() throws IOException {
    twins.made(
        "img create -q -f vmdk base.vmdk 3M",
        "img create -q -f qcow2 -b base.vmdk -F vmdk top.qcow2 3M",
        "io -c 'write -P 3 1M 100k' -c 'write -z 2M 64k' top.qcow2");
    twins.both("commit @top.qcow2");
    twins.same("base.vmdk", "top.qcow2");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "cluster_size=64k",
        "cluster_size=512",
        "cluster_size=2M",
        "compat=0.10",
        "cluster_size=16k,extended_l2=on",
        "refcount_bits=1"
      })
  void rebasesAsQemuImgDoes(String options) throws IOException {
    twins.made(
        chain(
            options,
            "img create -q -f qcow2 new.qcow2 7500k",
            "io -c 'write -P 1 0 3M' -c 'write -P 6 5M 2M' new.qcow2",
            "img create -q -f raw long.raw 20M",
            "io -f raw -c 'write -P 6 0 20M' long.raw"));
    twins.both("rebase -p -b new.qcow2 -F qcow2 @top.qcow2");
    twins.same("top.qcow2");
    twins.both("rebase -b long.raw -F raw @mid.qcow2");
    twins.same("mid.qcow2");
    twins.both("rebase -b '' @top.qcow2");
    twins.same("top.qcow2");
    if (!options.contains("0.10")) {
      twins.both("rebase -b long.raw -F raw @top.qcow2");
      twins.same("top.qcow2");
    }
  }

  @Test
  void rebasesOntoAPartOfItsOwnChainWithSnapshots() throws IOException {
    twins.made(
        chain(
            "cluster_size=4k",
            "img snapshot -c one top.qcow2",
            "io -c 'write -P 77 8M 200k' top.qcow2"));
    twins.both("rebase -b base.qcow2 -F qcow2 @top.qcow2");
    twins.same("top.qcow2");
    twins.both("rebase -u -b mid.qcow2 -F qcow2 @top.qcow2");
    twins.same("top.qcow2");
  }

  @Test
  void namesOfAllLengthsFollowEachOther() throws IOException {
    twins.made(chain("cluster_size=64k"));
    for (int length : new int[] {1000, 3, 400, 1023, 20, 500}) {
      twins.both("rebase -u -b " + "x".repeat(length) + " -F raw @mid.qcow2");
      twins.told("mid.qcow2");
    }
    twins.both("rebase -u @mid.qcow2");
    twins.told("mid.qcow2");
    twins.both("rebase -u -b base.qcow2 -F qcow2 @mid.qcow2");
    twins.same("mid.qcow2");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "commit",
        "commit @nofile",
        "commit @base.qcow2",
        "commit -b nope @top.qcow2",
        "commit -t some @top.qcow2",
        "commit @top.qcow2 @mid.qcow2",
        "commit -f raw @top.qcow2",
        "commit -f some @top.qcow2",
        "rebase @top.qcow2",
        "rebase",
        "rebase -b nope.qcow2 -F qcow2 @top.qcow2",
        "rebase -b mid.qcow2 @top.qcow2",
        "rebase -u -b nope @top.qcow2",
        "rebase -u -b nope -F some @top.qcow2",
        "rebase -t some -b mid.qcow2 @top.qcow2",
        "rebase -T some -b mid.qcow2 @top.qcow2",
        "snapshot @top.qcow2",
        "snapshot -c @top.qcow2",
        "snapshot -d nope @top.qcow2",
        "snapshot -a nope @top.qcow2",
        "snapshot -l -a x @top.qcow2",
        "snapshot -a x -a y @top.qcow2",
        "snapshot -U -c x @top.qcow2"
      })
  void refusesInTheSameWords(String line) throws IOException {
    twins = untouched();
    twins.both(line);
    twins.same("base.qcow2", "mid.qcow2", "top.qcow2");
  }

  private static Twins untouched() throws IOException {
    if (untouched == null || !untouched.areAsMade()) {
      untouched =
          new Twins(Files.createTempDirectory(shared, "twins"))
              .made(
                  chain(
                      "cluster_size=64k",
                      "img create -q -f qcow2 -o refcount_bits=64 wide.qcow2 1M",
                      "img create -q -f qcow2 -o extended_l2=on extended.qcow2 1M",
                      "img bitmap --add base.qcow2 b0",
                      "img bitmap --add mid.qcow2 b1",
                      "img snapshot -c one base.qcow2"));
    }
    return untouched;
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "cluster_size=64k",
        "cluster_size=512,refcount_bits=8",
        "cluster_size=2M,refcount_bits=64",
        "compat=0.10",
        "cluster_size=16k,extended_l2=on,refcount_bits=2"
      })
  void takesAppliesAndDeletesSnapshotsAsQemuImgDoes(String options) throws IOException {
    twins.made(chain(options));
    String[] lines = {
      "snapshot -c one @top.qcow2",
      "snapshot -c 'a longer name' @top.qcow2",
      "snapshot -l @top.qcow2",
      "snapshot -a one @top.qcow2",
      "snapshot -c one @top.qcow2",
      "snapshot -d 1 @top.qcow2",
      "snapshot -d one @top.qcow2",
      "snapshot -a 2 @top.qcow2",
      "snapshot -l @top.qcow2",
      "snapshot -d one @top.qcow2",
      "snapshot -d 'a longer name' @top.qcow2",
      "snapshot -l @top.qcow2"
    };
    int seed = 10;
    for (String line : lines) {
      twins.both(line);
      twins.same("top.qcow2");
      twins.write(
          "top.qcow2",
          "write -P " + seed++ + " " + seed * 512 + "k 100k",
          "write -z " + (seed * 300 + 17) + "k 70k");
    }
    twins.same("top.qcow2");
  }

  @Test
  void aSnapshotKeepsItsSizeAndItsMachineState() throws IOException {
    twins.made(chain("cluster_size=64k"));
    twins.both("snapshot -c small @top.qcow2");
    twins.both("resize -q @top.qcow2 40M");
    twins.write("top.qcow2", "write -P 99 30M 1M");
    twins.both("snapshot -c large @top.qcow2");
    for (String name : List.of("small", "large", "small")) {
      twins.both("snapshot -a " + name + " @top.qcow2");
      twins.same("top.qcow2");
    }
    twins.both("snapshot -d large @top.qcow2");
    twins.same("top.qcow2");
  }

  @Test
  void refusesSnapshotsThatThereCannotBe() throws IOException {
    twins.made(
        "img create -q -f qcow2 -o refcount_bits=1 one.qcow2 4M",
        "io -c 'write 0 1M' one.qcow2",
        "img create -q -f qcow2 marked.qcow2 4M",
        "img snapshot -c a marked.qcow2",
        "img bitmap --add marked.qcow2 b0");
    twins.both("snapshot -c a @one.qcow2");
    twins.both("snapshot -a a @marked.qcow2");
    twins.both("snapshot -d a @marked.qcow2");
    twins.same("marked.qcow2");
  }

  @ParameterizedTest
  @ValueSource(strings = {"cluster_size=64k", "cluster_size=4k", "cluster_size=512"})
  void amendsAsQemuImgDoes(String options) throws IOException {
    twins.made(chain(options, "img snapshot -c one mid.qcow2"));
    for (String change :
        List.of(
            "lazy_refcounts=on",
            "compat=0.10",
            "compat=0.10",
            "compat=v3,refcount_bits=64",
            "refcount_bits=2,lazy_refcounts=on",
            "refcount_bits=16,compat=v2",
            "compat=1.1",
            "refcount_bits=8")) {
      twins.both("amend -o " + change + " @mid.qcow2");
      twins.same("mid.qcow2");
      twins.both("amend -p -o " + change + " @base.qcow2");
      twins.same("base.qcow2");
    }
    twins.both("amend -o size=20M @top.qcow2");
    twins.same("top.qcow2");
  }

  @Test
  void anAmendedSizeHidesWhatALongerParentHas() throws IOException {
    twins.made(
        "img create -q -f qcow2 base.qcow2 8M",
        "io -c 'write -P 17 0 8M' base.qcow2",
        "img create -q -f qcow2 -b base.qcow2 -F qcow2 top.qcow2 3M");
    twins.both("amend -o size=5M @top.qcow2");
    twins.same("top.qcow2");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "amend @top.qcow2",
        "amend -o cluster_size=4k @top.qcow2",
        "amend -o foo=1 @top.qcow2",
        "amend -f raw -o size=1 @top.qcow2",
        "amend -o compat=v4 @top.qcow2",
        "amend -o refcount_bits=3 @top.qcow2",
        "amend -o refcount_bits=128 @top.qcow2",
        "amend -o refcount_bits=8,compat=0.10 @top.qcow2",
        "amend -o data_file=x @top.qcow2",
        "amend -o data_file_raw=on @top.qcow2",
        "amend -o extended_l2=on @top.qcow2",
        "amend -o compression_type=zstd @top.qcow2",
        "amend -o compat=0.10 @wide.qcow2",
        "amend -o refcount_bits=1 @base.qcow2",
        "amend -o compat=0.10 @extended.qcow2",
        "bitmap --add @top.qcow2",
        "bitmap --add -g 100 @top.qcow2 b",
        "bitmap --add -g 3k @top.qcow2 b",
        "bitmap --add -g 4G @top.qcow2 b",
        "bitmap --merge x @top.qcow2 b",
        "bitmap --merge x @base.qcow2 b0",
        "bitmap --add -b x @top.qcow2 b",
        "bitmap --merge z -F raw @top.qcow2 b",
        "bitmap --merge z -b @nofile @base.qcow2 b0",
        "bitmap -g 64k --remove @top.qcow2 b",
        "bitmap --remove @top.qcow2 b",
        "bitmap --enable --disable --add @top.qcow2 b",
        "bitmap --add @base.qcow2 b0",
        "bitmap --add @base.qcow2 ''",
        "bitmap --merge b0 -b @base.qcow2 -F qcow2 @mid.qcow2 b1"
      })
  void refusesAmendmentsAndBitmapsInTheSameWords(String line) throws IOException {
    twins = untouched();
    twins.both(line);
    twins.same("base.qcow2", "mid.qcow2", "top.qcow2", "wide.qcow2", "extended.qcow2");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"cluster_size=64k", "cluster_size=512", "cluster_size=16k,extended_l2=on"})
  void changesBitmapsAsQemuImgDoes(String options) throws IOException {
    twins.made(chain(options, "img create -q -f qcow2 other.qcow2 9M"));
    String[] lines = {
      "bitmap --add @base.qcow2 first",
      "bitmap --add --disable @base.qcow2 second",
      "bitmap --add -g 512 @base.qcow2 fine",
      "bitmap --add -g 1M @base.qcow2 coarse",
      "bitmap @base.qcow2 second --enable --merge first --disable",
      "bitmap --merge fine --merge second @base.qcow2 coarse",
      "bitmap --merge coarse @base.qcow2 fine",
      "bitmap --add --merge fine -b @base.qcow2 -F qcow2 @other.qcow2 taken",
      "bitmap --clear @base.qcow2 coarse",
      "resize -q @base.qcow2 30M",
      "bitmap --merge fine @base.qcow2 first",
      "bitmap --remove --add -g 32k --enable @base.qcow2 second",
      "bitmap --remove @base.qcow2 fine",
      "bitmap --remove @base.qcow2 coarse",
      "bitmap --remove @base.qcow2 first",
      "bitmap --remove @base.qcow2 second",
    };
    int seed = 3;
    for (String line : lines) {
      twins.both(line);
      twins.same("base.qcow2", "other.qcow2");
      // Each bitmap of each image takes four processes: every other time.
      for (String name : seed % 2 == 0 ? List.of("base.qcow2", "other.qcow2") : List.<String>of()) {
        twins.sameBitmaps(name, List.of("first", "second", "fine", "coarse", "taken"));
      }
      seed++;
      twins.write(
          "base.qcow2",
          "write -P " + seed + " " + seed * 500 + "k " + seed * 7 + "k",
          "discard " + seed * 100 + "k 64k");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "-o cluster_size=512",
        "-o cluster_size=2M",
        "-c -o compression_type=zstd",
        "-o extended_l2=on,cluster_size=16k",
        "-B @base.qcow2 -F qcow2",
        "-n"
      })
  void takesBitmapsAlongAsQemuImgDoes(String options) throws IOException {
    twins.made(
        chain(
            "cluster_size=4k",
            "img bitmap --add --disable -g 512 mid.qcow2 fine",
            "img bitmap --add -g 1M mid.qcow2 coarse",
            "img bitmap --add mid.qcow2 usual",
            "io -c 'write 1000k 3k' -c 'write 7M 2500k' mid.qcow2",
            "img bitmap --disable mid.qcow2 usual",
            "img bitmap --add -g 64k mid.qcow2 empty",
            "img create -q -f qcow2 new.qcow2 10M"));
    twins.both("convert --bitmaps -O qcow2 " + options + " @mid.qcow2 @new.qcow2");
    twins.same("new.qcow2");
    twins.sameBitmaps("new.qcow2", List.of("fine", "coarse", "usual", "empty"));
    twins.both("measure -O qcow2 @new.qcow2");
    twins.write("new.qcow2", "write 5M 64k");
    twins.sameBitmaps("new.qcow2", List.of("fine", "coarse", "usual", "empty"));
  }
}
