package dev.platter.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.testdata.ExternalTool;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Encrypted disks, and the secrets that open them. */
class EncryptedSourcesTest {
  private static final String PHRASE = "a passphrase, with a comma";

  @TempDir Path directory;
  private Path luks;
  private Path key;

  @BeforeEach
  void encrypt() throws IOException {
    luks = Files.write(directory.resolve("a.luks"), new byte[3 << 20]);
    key = Files.writeString(directory.resolve("key"), PHRASE);
    ExternalTool.named("cryptsetup")
        .mustRun(
            "luksFormat",
            "-q",
            "--type",
            "luks1",
            "--pbkdf-force-iterations",
            "1000",
            luks,
            "--key-file",
            key);
  }

  private String[] convert(String secret, String source) {
    return new String[] {
      "convert",
      "--object",
      secret,
      "--image-opts",
      "-O",
      "raw",
      source,
      directory.resolve("out").toString()
    };
  }

  private void works(String secret) {
    String source = "driver=luks,key-secret=s,file.filename=" + luks;
    Run.platter((Object[]) convert(secret, source)).mustWork();
    Run.qemuImg((Object[]) convert(secret, source)).mustWork();
  }

  private void fails(String words, String secret, String source) {
    Run run = Run.qemuImg((Object[]) convert(secret, source));
    assertEquals(1, run.exitCode(), run::toString);
    assertEquals(1, run.err().lines().count(), run::err);
    assertTrue(run.err().contains(words), run::err);
    assertFalse(run.err().contains("passphrase, with"), run::err);
    assertFalse(Files.exists(directory.resolve("out")));
  }

  @Test
  void aSecretComesFromWhereverItsObjectSays() throws IOException {
    works("secret,id=s,data=" + PHRASE.replace(",", ",,"));
    works("secret,id=s,file=" + key);
    String base64 = Base64.getEncoder().encodeToString(PHRASE.getBytes(StandardCharsets.UTF_8));
    works("secret,id=s,format=base64,data=" + base64);
    Path file = Files.writeString(directory.resolve("base64"), base64 + "\n");
    works("secret,id=s,format=base64,file=" + file);
    works("{\"qom-type\":\"secret\",\"id\":\"s\",\"data\":\"" + PHRASE + "\"}");
  }

  /** As in QEMU's documentation, by OpenSSL. */
  @Test
  void aSecretMayBeEncryptedWithAnother() throws IOException {
    Path master = Files.write(directory.resolve("master"), new byte[32]);
    String iv = Base64.getEncoder().encodeToString(new byte[16]);
    Path packed = directory.resolve("packed");
    ExternalTool.named("openssl")
        .mustRun(
            "enc",
            "-aes-256-cbc",
            "-a",
            "-K",
            "00".repeat(32),
            "-iv",
            "00".repeat(16),
            "-in",
            key,
            "-out",
            packed);
    String source = "driver=luks,key-secret=s,file.filename=" + luks;
    String secret = "secret,id=s,keyid=m,format=base64,file=" + packed + ",iv=" + iv;
    Run.qemuImg(
            "convert",
            "--object",
            "secret,id=m,file=" + master,
            "--object",
            secret,
            "--image-opts",
            source,
            "-O",
            "raw",
            directory.resolve("out"))
        .mustWork();
    Files.delete(directory.resolve("out"));
    Files.write(master, new byte[31]);
    Run wrong =
        Run.qemuImg(
            "convert",
            "--object",
            "secret,id=m,file=" + master,
            "--object",
            secret,
            "--image-opts",
            source,
            "-O",
            "raw",
            directory.resolve("out"));
    assertTrue(wrong.err().contains("32 bytes in length"), wrong::err);
  }

  @Test
  void withoutTheRightSecretNothingIsMade() {
    String source = "driver=luks,key-secret=s,file.filename=" + luks;
    fails("Invalid password, cannot unlock any keyslot", "secret,id=s,data=passphrase", source);
    fails("No secret with id 's'", "secret,id=t,data=passphrase", source);
    fails(
        "Parameter 'key-secret' is required for cipher",
        "secret,id=s,data=passphrase",
        "driver=luks,file.filename=" + luks);
    fails("Base64 data", "secret,id=s,format=base64,data=passphrase-", source);
  }

  @Test
  void whatNeedsNoBytesNeedsNoSecret() {
    String info = Run.platter("info", luks).mustWork();
    assertTrue(info.contains("file format: luks\n"), info);
    assertTrue(info.contains("encrypted: yes\n"), info);
    String raw =
        Run.platter("convert", "-f", "raw", "-O", "raw", luks, directory.resolve("raw")).mustWork();
    assertEquals("", raw);
  }

  @Test
  void namesAndJsonReachEncryptedDisks() {
    String json =
        "json:{\"driver\":\"luks\",\"key-secret\":\"s\",\"file\":{\"driver\":\"file\","
            + "\"filename\":\""
            + luks
            + "\"}}";
    Run.qemuImg("compare", "--object", "secret,id=s,file=" + key, json, json).mustWork();
    Run map = Run.qemuImg("map", "--output=json", "--object", "secret,id=s,file=" + key, json);
    assertTrue(map.mustWork().contains("\"data\": true"), map::toString);
    assertFalse(map.out().contains("offset"), map::out);
  }

  /** As Nova and Cinder call it: a new encrypted disk from a plain one, and back by qemu-img. */
  @Test
  void plainDisksBecomeEncryptedOnes() throws IOException {
    byte[] content = new byte[3 << 20];
    new java.util.Random(1).nextBytes(content);
    java.util.Arrays.fill(content, 1 << 20, 2 << 20, (byte) 0);
    Path raw = Files.write(directory.resolve("raw"), content);
    Path made = directory.resolve("made.luks");
    String secret = "secret,id=s,file=" + key;
    Run.qemuImg(
            "convert",
            "-O",
            "luks",
            "--object",
            secret,
            "-o",
            "key-secret=s,cipher-alg=aes-256,cipher-mode=xts,ivgen-alg=essiv,iter-time=10",
            raw,
            made)
        .mustWork();
    Path back = directory.resolve("back");
    ExternalTool.qemuImg()
        .mustRun(
            "convert",
            "-O",
            "raw",
            "--object",
            secret,
            "--image-opts",
            "driver=luks,key-secret=s,file.filename=" + made,
            back);
    assertEquals(-1, Files.mismatch(raw, back));
    String measured =
        Run.qemuImg("measure", "-O", "luks", "--object", secret, "-o", "key-secret=s", raw)
            .mustWork();
    assertTrue(measured.contains("required size: " + Files.size(made)), measured);
    Run create =
        Run.qemuImg(
            "create",
            "-f",
            "luks",
            "--object",
            secret,
            "-o",
            "key-secret=s,iter-time=10",
            directory.resolve("new"),
            "1M");
    assertEquals(
        "Formatting '"
            + directory.resolve("new")
            + "', fmt=luks size=1048576 key-secret=s iter-time=10\n",
        create.mustWork());
  }

  /** As Cinder does: onto an encrypted volume that is there already. */
  @Test
  void disksAreWrittenOntoEncryptedOnes() throws IOException {
    byte[] content = new byte[1 << 20];
    new java.util.Random(2).nextBytes(content);
    java.util.Arrays.fill(content, 5000, 300_000, (byte) 0);
    Path raw = Files.write(directory.resolve("raw"), content);
    String secret = "secret,id=s,file=" + key;
    String target = "driver=luks,key-secret=s,file.filename=" + luks;
    Run.qemuImg(
            "convert", "-n", "--object", secret, "--target-image-opts", "-f", "raw", raw, target)
        .mustWork();
    Path back = directory.resolve("back");
    ExternalTool.qemuImg()
        .mustRun("convert", "-O", "raw", "--object", secret, "--image-opts", target, back);
    byte[] read = Files.readAllBytes(back);
    assertEquals(
        -1, java.util.Arrays.mismatch(content, java.util.Arrays.copyOf(read, content.length)));
    Run wrong =
        Run.qemuImg(
            "convert",
            "-n",
            "--object",
            "secret,id=s,data=wrong",
            "--target-image-opts",
            raw,
            target);
    assertEquals(1, wrong.exitCode());
    assertTrue(wrong.err().contains("Invalid password"), wrong::err);
  }

  @Test
  void imagesAreMadeOverAndMovedOntoOnesThatNeedASecret() {
    String secret = "secret,id=s,file=" + key;
    String below =
        "json:{\"driver\":\"luks\",\"key-secret\":\"s\","
            + ("\"file\":{\"driver\":\"file\",\"filename\":\"" + luks + "\"}}");
    Path over = directory.resolve("over.qcow2");
    Path plain = directory.resolve("plain.qcow2");
    Run.qemuImg("create", "-q", "--object", secret, "-f", "qcow2", "-F", "luks", "-b", below, over)
        .mustWork();
    Run.qemuImg("create", "-q", "-f", "qcow2", plain, "3M").mustWork();
    Run.qemuImg("rebase", "--object", secret, "-F", "luks", "-b", below, plain).mustWork();
    String moved = Run.qemuImg("info", "--output=json", plain).mustWork();
    assertTrue(moved.contains("\"backing-filename-format\": \"luks\""), moved);
  }

  @Test
  void encryptedQcow2ImagesAreWrittenOntoResizedAndGivenKeys() throws IOException {
    byte[] content = new byte[1 << 20];
    new java.util.Random(3).nextBytes(content);
    java.util.Arrays.fill(content, 5000, 300_000, (byte) 0);
    Path raw = Files.write(directory.resolve("raw"), content);
    Path image = directory.resolve("image.qcow2");
    String secret = "secret,id=s,file=" + key;
    String name = "driver=qcow2,encrypt.key-secret=s,file.filename=" + image;
    String options = "encrypt.format=luks,encrypt.key-secret=s,encrypt.iter-time=1";
    Run.qemuImg("create", "-f", "qcow2", "--object", secret, "-o", options, image, "1M").mustWork();
    Run.qemuImg("convert", "-n", "--object", secret, "--target-image-opts", "-f", "raw", raw, name)
        .mustWork();
    Run.qemuImg("resize", "--object", secret, "--image-opts", name, "2M").mustWork();
    Run.qemuImg(
            "amend",
            "--object",
            secret,
            "--object",
            "secret,id=n,data=hunter2",
            "--image-opts",
            "-o",
            "encrypt.state=active,encrypt.new-secret=n,encrypt.iter-time=1",
            name)
        .mustWork();
    Path back = directory.resolve("back");
    ExternalTool.qemuImg()
        .mustRun(
            "convert",
            "-O",
            "raw",
            "--object",
            "secret,id=s,data=hunter2",
            "--image-opts",
            name,
            back);
    assertEquals(
        -1,
        java.util.Arrays.mismatch(
            java.util.Arrays.copyOf(content, 2 << 20), Files.readAllBytes(back)));
    String bytes = Files.readString(image, java.nio.charset.StandardCharsets.ISO_8859_1);
    assertFalse(bytes.contains("hunter2") || bytes.contains(PHRASE), "a secret is in the file");
  }
}
