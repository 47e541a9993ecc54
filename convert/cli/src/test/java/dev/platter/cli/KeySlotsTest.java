package dev.platter.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.testdata.ExternalTool;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

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
    Object[] arguments = new Object[9 + more.length];
    Object[] common = {
      "amend",
      "--object",
      "secret,id=a,data=first",
      "--object",
      "secret,id=b,data=second",
      "--image-opts",
      "driver=luks,key-secret=a,file.filename=" + luks,
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
}
