package dev.platter.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.testdata.ExternalTool;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Images that nginx has: with ranges, without, and behind a certificate of its own. */
@Tag("interop")
@Timeout(120)
class WebImagesTest {
  @TempDir Path directory;
  private Path files;
  private Process nginx;
  private int plain;
  private int encrypted;
  private byte[] content;

  @BeforeEach
  void start() throws Exception {
    Path program = ExternalTool.named("nginx").program();
    files = Files.createDirectory(directory.resolve("www"));
    content = new byte[5 << 20];
    new Random(3).nextBytes(content);
    Files.write(files.resolve("disk.raw"), content);
    ExternalTool.qemuImg()
        .mustRun(
            "convert", "-c", "-O", "qcow2", files.resolve("disk.raw"), files.resolve("disk.qcow2"));
    ExternalTool.named("openssl")
        .mustRun(
            "req",
            "-x509",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-days",
            "2",
            "-subj",
            "/CN=localhost",
            "-addext",
            "subjectAltName=DNS:localhost",
            "-keyout",
            directory.resolve("key"),
            "-out",
            directory.resolve("cert"));
    plain = freePort();
    encrypted = freePort();
    String at = directory.toString();
    StringBuilder settings =
        new StringBuilder(asRoot() + "daemon off; worker_processes 1; pid " + at + "/pid;");
    settings.append("error_log ").append(at).append("/errors; events {} http { access_log ");
    settings.append(at).append("/requests;");
    for (String each : List.of("client_body", "proxy", "fastcgi", "uwsgi", "scgi")) {
      settings.append(each).append("_temp_path ").append(at).append("/").append(each).append(";");
    }
    settings.append("root " + at + "/www; server { listen 127.0.0.1:" + plain + ";");
    settings.append("location /whole/ { alias " + at + "/www/; max_ranges 0; }");
    settings.append("location /closed/ { alias " + at + "/www/; auth_basic closed;");
    settings.append("auth_basic_user_file " + at + "/users; } }");
    Files.writeString(directory.resolve("users"), "joe:{PLAIN}s3cret-word\n");
    settings.append("server { listen 127.0.0.1:" + encrypted + " ssl;");
    settings.append("ssl_certificate " + at + "/cert; ssl_certificate_key " + at + "/key; } }");
    Path file = Files.writeString(directory.resolve("nginx.conf"), settings);
    nginx =
        new ProcessBuilder(program.toString(), "-c", file.toString(), "-e", at + "/errors")
            .inheritIO()
            .start();
    while (!listens()) {
      assertTrue(nginx.isAlive());
      Thread.onSpinWait();
    }
  }

  /** Started by root, it would serve as another user, who cannot read the test's directory. */
  private static String asRoot() {
    return System.getProperty("user.name").equals("root") ? "user root; " : "";
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private boolean listens() {
    try (Socket probe = new Socket()) {
      probe.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), encrypted), 1000);
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  @AfterEach
  void stop() throws InterruptedException {
    if (nginx != null) {
      nginx.destroy();
      assertTrue(nginx.waitFor(20, TimeUnit.SECONDS));
    }
  }

  private String url(String path) {
    return "http://127.0.0.1:" + plain + "/" + path;
  }

  private void convertsTo(byte[] expected, String source) throws IOException {
    Path target = directory.resolve("converted.raw");
    Run run = Run.platter("convert", "-O", "raw", source, target);
    assertEquals(0, run.exitCode(), run.err());
    assertArrayEquals(expected, Files.readAllBytes(target), source);
    Files.delete(target);
  }

  @Test
  void imagesAreConvertedWithAndWithoutRanges() throws Exception {
    for (String image : List.of("disk.raw", "disk.qcow2", "whole/disk.raw", "whole/disk.qcow2")) {
      convertsTo(content, url(image));
    }
    ExternalTool.named("xz").mustRun("-k", files.resolve("disk.raw"));
    convertsTo(content, url("disk.raw.xz"));
    convertsTo(content, url("whole/disk.raw.xz"));
  }

  /** What a server without ranges sends is read as far as it must be, and once. */
  @Test
  void aServerWithoutRangesIsReadInOrder() throws Exception {
    Path large = Files.copy(files.resolve("disk.qcow2"), files.resolve("large.qcow2"));
    try (RandomAccessFile file = new RandomAccessFile(large.toFile(), "rw")) {
      file.setLength(1L << 30);
    }
    Run info = Run.platter("info", url("whole/large.qcow2"));
    assertEquals(0, info.exitCode(), info.err());
    assertTrue(info.out().contains("virtual size: 5 MiB"), info.out());
    info = Run.platter("info", "-f", "raw", url("whole/large.qcow2"));
    assertTrue(info.out().contains("virtual size: 1 GiB"), info.out());
    Path target = directory.resolve("converted.qcow2");
    Run run =
        Run.platter(
            "convert", "--digest", "source:sha256", "-O", "qcow2", url("whole/disk.raw"), target);
    assertEquals(0, run.exitCode(), run.err());
    String sha256 = Run.platter("digest", files.resolve("disk.raw")).mustWork().substring(0, 71);
    assertEquals("source:" + sha256 + "  " + url("whole/disk.raw") + "\n", run.out());
    ExternalTool.named("xz").mustRun("-k", files.resolve("disk.raw"));
    run =
        Run.platter("convert", "--digest", "source:md5", url("whole/disk.raw.xz"), target + ".raw");
    assertEquals(0, run.exitCode(), run.err());
    byte[] md5 =
        MessageDigest.getInstance("MD5").digest(Files.readAllBytes(files.resolve("disk.raw.xz")));
    assertTrue(
        run.out().startsWith("source:md5:" + HexFormat.of().formatHex(md5) + " "), run.out());
    assertTrue(
        Run.platter("compare", files.resolve("disk.raw"), target).mustWork().contains("identical"));
    stop(); // the log is written by then
    long ofInfo = 0;
    int asked = 0;
    for (String line : Files.readAllLines(directory.resolve("requests"))) {
      long bytes = Long.parseLong(line.replaceAll(".*\" [0-9]{3} ([0-9]+) .*", "$1"));
      ofInfo += line.contains("large.qcow2") ? bytes : 0;
      asked += line.contains("disk.raw ") ? 1 : 0;
    }
    assertTrue(ofInfo < 64 << 20, "info had " + ofInfo + " bytes sent");
    assertEquals(1, asked);
  }

  @Test
  void aNamedSecretOpensWhatAServerKeepsClosed() throws Exception {
    Path secret = Files.writeString(directory.resolve("secret"), "s3cret-word");
    String options = "driver=qcow2,file.driver=http,file.url=" + url("closed/disk.qcow2");
    String user = options + ",file.username=joe,file.password-secret=s";
    Run info = Run.platter("info", "--object", "secret,id=s,file=" + secret, "--image-opts", user);
    assertEquals(0, info.exitCode(), info.err());
    for (Run run :
        List.of(
            Run.platter("info", "--image-opts", options),
            Run.platter("info", "--image-opts", user),
            Run.platter("info", "--object", "secret,id=s,data=wr0ng", "--image-opts", user))) {
      assertEquals(1, run.exitCode());
      assertEquals(1, run.err().lines().count(), run.err());
      assertFalse((run.err() + run.out()).matches("(?s).*(s3cret|wr0ng).*"), run.err());
    }
  }

  @Test
  void infoOfALargeImageReadsKilobytes() throws Exception {
    Path large = files.resolve("large.qcow2");
    ExternalTool.qemuImg()
        .mustRun("create", "-f", "qcow2", "-o", "preallocation=metadata", large, "20G");
    Run info = Run.platter("info", url("large.qcow2"));
    assertEquals(0, info.exitCode(), info.err());
    assertTrue(info.out().contains("virtual size: 20 GiB"), info.out());
    stop(); // the log is written by then
    long bytes = 0;
    for (String line : Files.readAllLines(directory.resolve("requests"))) {
      bytes += Long.parseLong(line.replaceAll(".*\" [0-9]{3} ([0-9]+) .*", "$1"));
    }
    assertTrue(bytes > 0 && bytes < 300_000, bytes + " bytes");
  }

  @Test
  void aCertificateIsCheckedUnlessToldOtherwise() throws Exception {
    String url = "https://localhost:" + encrypted + "/disk.qcow2";
    Path target = directory.resolve("target.raw");
    Run refused = Run.platter("convert", "-O", "raw", url, target);
    assertEquals(1, refused.exitCode());
    assertTrue(refused.err().contains("certificate of localhost"), refused.err());
    assertEquals(1, refused.err().lines().count(), refused.err());
    assertFalse(Files.exists(target));
    convertsTo(
        content,
        "json:{\"driver\":\"qcow2\",\"file\":{\"driver\":\"https\",\"url\":\""
            + url
            + "\",\"sslverify\":false}}");
  }

  @Test
  void aBackingFileBesideAnImageIsRead() throws Exception {
    Path overlay = files.resolve("overlay.qcow2");
    ExternalTool.qemuImg()
        .runIn(files, "create", "-f", "qcow2", "-b", "disk.qcow2", "-F", "qcow2", overlay);
    convertsTo(content, url("overlay.qcow2"));
  }

  @Test
  void aCutImageIsAnErrorAndLeavesNothing() throws Exception {
    try (RandomAccessFile file = new RandomAccessFile(files.resolve("disk.qcow2").toFile(), "rw")) {
      file.setLength(file.length() / 2);
    }
    for (String name : List.of("disk.qcow2", "whole/disk.qcow2", "none")) {
      Path target = directory.resolve("target.raw");
      Run run = Run.platter("convert", "-O", "raw", url(name), target);
      assertEquals(1, run.exitCode(), name);
      assertFalse(Files.exists(target), name);
    }
  }

  @Test
  void passwordsAndSignaturesInUrlsAreNotShown() throws Exception {
    for (String source :
        List.of(
            "http://joe:s3cret@127.0.0.1:" + plain + "/none",
            url("none?sig=s3cret"),
            url("none?a=b&X-Amz-Signature=s3cret&c=d"),
            "json:{\"driver\":\"http\",\"url\":\"" + url("none") + "\",\"cookie\":\"s3cret\"}")) {
      Run run = Run.platter("info", source);
      assertEquals(1, run.exitCode());
      assertFalse((run.out() + run.err()).contains("s3cret"), run.err());
    }
    Run shown = Run.platter("info", "--output=json", url("disk.qcow2?sig=s3cret"));
    assertEquals(0, shown.exitCode(), shown.err());
    assertFalse(shown.out().contains("s3cret"), shown.out());
  }
}
