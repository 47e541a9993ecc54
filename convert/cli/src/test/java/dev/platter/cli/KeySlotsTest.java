package dev.platter.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.image.IllegalOptionException;
import dev.platter.image.name.ImageName;
import dev.platter.testdata.ExternalTool;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Key slots that are added and erased, and what cryptsetup says of them; the length of a disk. */
class KeySlotsTest {
  @TempDir Path directory;
  private Path luks;

  @BeforeEach
  void create() throws IOException {
    luks = directory.resolve("a.luks");
    Run.qemuImg(
            "create",
            "-q",
            "-f",
            "luks",
            "--object",
            "secret,id=a,data=first",
            "-o",
            "key-secret=a,iter-time=1",
            luks,
            "1M")
        .mustWork();
  }

  private Run amend(String options, String... more) {
    return amendNamed("driver=luks,key-secret=a,file.filename=" + luks, options, more);
  }

  private static Run amendNamed(String name, String options, String... more) {
    Object[] arguments = new Object[9 + more.length];
    Object[] common = {
      "amend",
      "--object",
      "secret,id=a,data=first",
      "--object",
      "secret,id=b,data=second",
      "--image-opts",
      name,
      "-o",
      options
    };
    System.arraycopy(common, 0, arguments, 0, 9);
    System.arraycopy(more, 0, arguments, 9, more.length);
    return Run.qemuImg(arguments);
  }

  private boolean opens(String phrase) throws IOException {
    Path key = Files.writeString(directory.resolve("key"), phrase);
    ExternalTool.Result result =
        ExternalTool.named("cryptsetup").run("open", "--test-passphrase", luks, "--key-file", key);
    assertTrue(result.exitCode() <= 2, result::toString); // 1: there is no slot left
    return result.exitCode() == 0;
  }

  private void refused(String words, Run run) throws IOException {
    byte[] before = Files.readAllBytes(luks);
    assertEquals(1, run.exitCode(), run::toString);
    assertTrue(run.err().contains(words), run::err);
    assertArrayEquals(before, Files.readAllBytes(luks));
  }

  @Test
  void aPassphraseIsAddedAndTheOldOneErased() throws IOException {
    amend("state=active,new-secret=b,keyslot=6,iter-time=1").mustWork();
    assertTrue(opens("first"));
    assertTrue(opens("second"));
    refused(
        "Refusing to overwrite active keyslot 6",
        amend("state=active,new-secret=b,keyslot=6,iter-time=1"));
    amend("state=inactive,old-secret=a").mustWork();
    assertTrue(!opens("first"));
    assertTrue(opens("second"));
    refused("Invalid password", amend("state=active,new-secret=a,iter-time=1"));
  }

  @Test
  void theLastSlotGoesOnlyByForce() throws IOException {
    refused("the only active keyslot 0", amend("state=inactive,keyslot=0"));
    refused("All the active keyslots match", amend("state=inactive,old-secret=a"));
    refused("already erased", amend("state=inactive,keyslot=3"));
    refused("No keyslots match", amend("state=inactive,old-secret=b"));
    refused("doesn't contain", amend("state=inactive,old-secret=b,keyslot=0"));
    refused("between 0 and 7", amend("state=inactive,keyslot=8"));
    refused("does not accept value 'x'", amend("state=x"));
    refused("'new-secret' is required", amend("state=active"));
    refused("must be given", amend("state=inactive"));
    assertTrue(opens("first"));
    amend("state=inactive,keyslot=0", "--force").mustWork();
    assertTrue(!opens("first"));
  }

  @Test
  void qemuOpensItWithAPassphraseThatWasAdded() throws IOException {
    amend("state=active,new-secret=b,iter-time=1").mustWork();
    ExternalTool.qemuImg()
        .mustRun(
            "convert",
            "-O",
            "raw",
            "--object",
            "secret,id=b,data=second",
            "--image-opts",
            "driver=luks,key-secret=b,file.filename=" + luks,
            directory.resolve("raw"));
    assertEquals(1 << 20, Files.size(directory.resolve("raw")));
  }

  @Test
  void aDiskBecomesLongerAndShorter() throws IOException {
    long before = Files.size(luks);
    String name = "driver=luks,key-secret=a,file.filename=" + luks;
    Run.qemuImg("resize", "--object", "secret,id=a,data=first", "--image-opts", name, "+1M")
        .mustWork();
    assertEquals(before + (1 << 20), Files.size(luks));
    Run.qemuImg(
            "resize",
            "--shrink",
            "--object",
            "secret,id=a,data=first",
            "--image-opts",
            name,
            "512k")
        .mustWork();
    assertEquals(before - (512 << 10), Files.size(luks));
    assertTrue(ExternalTool.qemuImg().mustRun("info", luks).contains("virtual size: 512 KiB"));
  }

  /** Of a header that lies in a file of its own; the disk is another one. */
  @ParameterizedTest
  @ValueSource(strings = {"luks1", "luks2"})
  void theSlotsOfADetachedHeaderAreFilledAndErased(String type) throws IOException {
    Path key = Files.writeString(directory.resolve("key"), "first");
    Path header = directory.resolve("header");
    Path disk = Files.write(directory.resolve("disk"), new byte[1 << 20]);
    String[] words = {
      "luksFormat",
      "-q",
      "--disable-locks",
      "--type",
      type,
      "--pbkdf",
      "pbkdf2",
      "--pbkdf-force-iterations",
      "1000",
      "--key-file",
      key.toString(),
      "--header",
      header.toString(),
      disk.toString()
    };
    ExternalTool.named("cryptsetup").mustRun((Object[]) words);
    byte[] before = Files.readAllBytes(disk);
    String name = "driver=luks,key-secret=a,header.filename=" + header + ",file.filename=" + disk;
    amendNamed(name, "state=active,new-secret=b,iter-time=1").mustWork();
    assertTrue(opensBy(header, disk, "first"));
    assertTrue(opensBy(header, disk, "second"));
    amendNamed(name, "state=inactive,old-secret=a").mustWork();
    assertTrue(!opensBy(header, disk, "first"));
    assertTrue(opensBy(header, disk, "second"));
    assertArrayEquals(before, Files.readAllBytes(disk));
    String second = name.replace("key-secret=a", "key-secret=b");
    Run last = amendNamed(second, "state=inactive,old-secret=b");
    assertTrue(last.err().contains("All the active keyslots match"), last::err);
    byte[] slots = Files.readAllBytes(header);
    Run.qemuImg(
            "resize", "-q", "--object", "secret,id=b,data=second", "--image-opts", second, "+1M")
        .mustWork();
    assertEquals(2 << 20, Files.size(disk));
    assertArrayEquals(slots, Files.readAllBytes(header));
  }

  @Test
  void aHeaderIsLookedForFromTheWorkingDirectory() throws IllegalOptionException {
    ImageName name =
        ImageName.parseOptions("driver=luks,header.filename=h,,1,file.filename=elsewhere/disk");
    String header = Path.of("h,1").toAbsolutePath().toString();
    assertEquals(List.of("header.filename=" + header.replace(",", ",,")), name.openOptions());
  }

  private boolean opensBy(Path header, Path disk, String phrase) throws IOException {
    Path key = Files.writeString(directory.resolve("key"), phrase);
    Object[] words = {
      "open", "--test-passphrase", "--disable-locks", "--header", header, disk, "--key-file", key
    };
    ExternalTool.Result result = ExternalTool.named("cryptsetup").run(words);
    assertTrue(result.exitCode() == 0 || result.exitCode() == 2, result::toString);
    return result.exitCode() == 0;
  }
}
