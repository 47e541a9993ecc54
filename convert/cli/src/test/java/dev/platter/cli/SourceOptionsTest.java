package dev.platter.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.cli.line.Command;
import dev.platter.cli.line.Option;
import dev.platter.image.spi.FileUse;
import dev.platter.storage.FileStorage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What is said of how images are opened means the same to every command: {@code --object} and
 * {@code --image-opts}, and {@code -U} to those that read.
 */
class SourceOptionsTest {
  private static final Path LVM = Path.of("..", "..", "testdata", "golden", "guest", "lvm.qcow2");
  private static final Set<String> WITHOUT_IMAGES = Set.of("completion", "manual");

  /** It makes an image, which has no name by options. */
  private static final String CREATES = "create";

  private static final Set<String> CHANGING =
      new TreeSet<>(Set.of("amend", "bitmap", "commit", "compact", CREATES, "resize"));

  /** They look at tables alone. */
  private static final Set<String> NEED_NO_BYTES =
      Set.of("amend", "bitmap", "check", "compact", "map", "rebase", "resize", "snapshot");

  @TempDir Path directory;
  private Path plain;
  private Path secret;

  @BeforeEach
  void makeTwins() throws IOException {
    plain = Files.copy(LVM, directory.resolve("plain.qcow2"));
    secret = directory.resolve("secret.qcow2");
  }

  private void encrypt() {
    String options = "encrypt.format=luks,encrypt.key-secret=s,encrypt.iter-time=1";
    Run.platter(
            "convert",
            "--object",
            "secret,id=s,data=x",
            "-O",
            "qcow2",
            "-o",
            options,
            plain,
            secret)
        .mustWork();
  }

  private static List<String> allNames() {
    List<String> names = new ArrayList<>(Commands.NAMES);
    names.addAll(Commands.OWN_NAMES);
    names.removeAll(WITHOUT_IMAGES);
    return names;
  }

  private static Set<String> without(Option option) {
    Set<String> without = new TreeSet<>();
    for (String name : allNames()) {
      if (!Commands.named(name).options().contains(option)) {
        without.add(name);
      }
    }
    return without;
  }

  @Test
  void everyCommandTakesThem() {
    assertEquals(Set.of(), without(Command.OBJECT));
    assertEquals(Set.of(CREATES), without(Command.IMAGE_OPTS));
    assertEquals(CHANGING, without(Command.FORCE_SHARE));
  }

  /** The words of a line, in which PLAIN and SECRET are the twins and OUT is a file to be made. */
  private Run run(String line, String plainName, String secretName, String... options) {
    List<Object> words = new ArrayList<>();
    for (String word : line.split(" ")) {
      words.add(
          word.replace("PLAIN", plainName)
              .replace("SECRET", secretName)
              .replace("OUT", directory.resolve("out").toString()));
      if (words.size() == 1) {
        words.addAll(List.of(options));
      }
    }
    return Run.platter(words.toArray());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "bench -c 3 SECRET",
        "cat SECRET /etc/os-release",
        "check SECRET",
        "check -r all SECRET",
        "compare PLAIN SECRET",
        "convert -O raw SECRET OUT",
        "dd if=SECRET of=OUT",
        "diff PLAIN SECRET",
        "digest SECRET",
        "extract SECRET /etc OUT",
        "find SECRET /etc",
        "info --deep SECRET",
        "ls SECRET /etc",
        "map --output=json SECRET",
        "measure -O qcow2 --sparsify SECRET",
        "stat SECRET /etc/os-release",
        "tar-out SECRET /etc OUT",
        "verify SECRET DIGEST",
        "amend -o lazy_refcounts=on SECRET",
        "bench -w -c 3 SECRET",
        "bitmap --add SECRET b",
        "compact PLAIN",
        "rebase -u SECRET",
        "resize SECRET +1M",
        "snapshot -c one SECRET"
      })
  void imagesByOptionsAreOpenedWithTheirSecrets(String line) throws IOException {
    encrypt();
    String name = "driver=qcow2,encrypt.key-secret=s,file.filename=" + secret;
    String twin = "driver=qcow2,file.filename=" + plain;
    if (line.startsWith("compact")) { // which a qcow2 image never is
      Path vdi = directory.resolve("plain.vdi");
      Run.platter("convert", "-O", "vdi", plain, vdi).mustWork();
      twin = "driver=vdi,file.filename=" + vdi;
    }
    String digest = line.contains("DIGEST") ? digest() : "";
    String words = line.replace("DIGEST", digest);
    Run right = run(words, twin, name, "--object", "secret,id=s,data=x", "--image-opts");
    assertEquals(0, right.exitCode(), right::toString);
    if (!NEED_NO_BYTES.contains(line.substring(0, line.indexOf(' ')))) {
      Path out = directory.resolve("out");
      if (Files.isRegularFile(out)) {
        Files.delete(out);
      }
      Run none = run(words, twin, name, "--image-opts");
      assertTrue(none.exitCode() != 0, none::toString);
      assertTrue(none.err().contains("No secret with id 's'"), none::toString);
      assertFalse(Files.isRegularFile(out));
    }
  }

  private String digest() {
    return Run.platter("digest", plain).mustWork().split(" ")[0];
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "bench -c 3 PLAIN",
        "cat PLAIN /etc/os-release",
        "check PLAIN",
        "compare PLAIN PLAIN",
        "convert -O raw PLAIN OUT",
        "dd if=PLAIN of=OUT",
        "diff PLAIN PLAIN",
        "digest PLAIN",
        "extract PLAIN /etc OUT",
        "find PLAIN /etc",
        "info PLAIN",
        "ls PLAIN /etc",
        "map --output=json PLAIN",
        "measure -O qcow2 PLAIN",
        "snapshot -l PLAIN",
        "stat PLAIN /etc/os-release",
        "tar-out PLAIN /etc OUT",
        "verify PLAIN DIGEST"
      })
  void anImageInUseIsReadWhereTheUserSaysSo(String line) throws IOException {
    String words = line.replace("DIGEST", line.contains("DIGEST") ? digest() : "");
    String name = plain.toString();
    try (FileStorage machine = FileStorage.openForWriting(plain)) {
      machine.lock(FileUse.CHANGE.of(FileUse.Part.IMAGE));
      Run refused = run(words, name, name);
      assertTrue(refused.exitCode() != 0, refused::toString);
      assertTrue(refused.err().contains("lock"), refused::toString);
      assertFalse(Files.exists(directory.resolve("out")));
      Run shared = run(words, name, name, "-U");
      assertEquals(0, shared.exitCode(), shared::toString);
    }
  }
}
