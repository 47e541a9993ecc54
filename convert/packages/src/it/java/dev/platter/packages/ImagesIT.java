package dev.platter.packages;

import static dev.platter.packages.Tools.require;
import static dev.platter.packages.Tools.run;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The images for containers, copied and checked by a program of others, then unpacked and used with
 * nothing of this system but its kernel.
 */
@Tag("interop")
class ImagesIT {
  private static final Path LAYOUT = Path.of(System.getProperty("image"));
  private static final Pattern DIGEST = Pattern.compile("\"digest\": ?\"sha256:([0-9a-f]{64})\"");

  @TempDir static Path scratch;
  private static Path root;
  private static String listed = "";

  @BeforeAll
  static void unpack() throws Exception {
    assumeFalse(Boolean.getBoolean("image.skip"), "images were left out (image.skip)");
    require("skopeo", "tar", "unshare", "chroot", "mount");
    root = Files.createDirectory(scratch.resolve("root"));
    // Checks each digest and size on the way.
    Path copy = scratch.resolve("copy");
    run("skopeo", "--insecure-policy", "copy", "-q", image("platter"), "dir:" + copy);
    for (String layer : layers(Files.readString(copy.resolve("manifest.json")))) {
      run("tar", "--no-same-owner", "-xf", copy.resolve(layer), "-C", root);
      listed += run("tar", "--numeric-owner", "-tvf", copy.resolve(layer));
    }
  }

  private static String image(String name) {
    return "oci:" + LAYOUT + ":" + name;
  }

  /** The layers of an image, the lowest first. */
  private static List<String> layers(String manifest) {
    List<String> layers = new ArrayList<>();
    Matcher digest = DIGEST.matcher(manifest.substring(manifest.indexOf("\"layers\"")));
    while (digest.find()) {
      layers.add(digest.group(1));
    }
    assertEquals(2, layers.size(), manifest);
    return layers;
  }

  private static void requireNamespaces() throws Exception {
    int exit = new ProcessBuilder("unshare", "-rm", "true").start().waitFor();
    assumeTrue(exit == 0, "no mount can be made here");
  }

  /** What runs a command in the image, as root of it, with the kernel's own file systems. */
  private static List<String> inside(String... command) {
    List<String> words = new ArrayList<>(List.of("unshare", "-rm", "sh", "-ec"));
    words.add(
        "mount --rbind /proc \"$0/proc\"; mount --rbind /dev \"$0/dev\"; exec chroot \"$0\" \"$@\"");
    words.add(root.toString());
    words.addAll(List.of(command));
    return words;
  }

  private static String runInside(String... command) throws Exception {
    requireNamespaces();
    return run(inside(command).toArray());
  }

  @Test
  void theProgramRunsInItsImage() throws Exception {
    String program = "/usr/lib/platter/bin/platter";
    assertTrue(
        configuration("platter").contains("\"Entrypoint\":[\"" + program + "\"]"),
        "what is started");
    assertTrue(runInside(program, "--version").startsWith("platter "));
    Path disks = root.resolve("disks");
    Files.copy(PackagesIT.IMAGE, disks.resolve("disk.qcow2"));
    runInside(program, "convert", "-O", "vmdk", "/disks/disk.qcow2", "/disks/disk.vmdk");
    assertTrue(
        runInside("/usr/lib/platter/bin/qemu-img", "info", "/disks/disk.vmdk")
            .contains("file format: vmdk"));
    assertTrue(
        runInside(program, "compare", "/disks/disk.qcow2", "/disks/disk.vmdk")
            .contains("Images are identical."));
    assertTrue(Files.exists(root.resolve("usr/lib/platter/licenses/THIRD-PARTY.txt")));
    assertTrue(Files.exists(root.resolve("usr/share/doc/libc6/copyright")));
  }

  @Test
  void theCachesOfClassesFitInTheImage() throws Exception {
    for (String cache : List.of("info.aot", "other.aot", "convert.aot")) {
      runInside( // fails where the cache does not fit
          "/usr/lib/platter/lib/runtime/bin/java",
          "@/usr/lib/platter/lib/jvm.options",
          "-XX:AOTCache=/usr/lib/platter/lib/" + cache,
          "-XX:AOTMode=on",
          "-m",
          "dev.platter.cli/dev.platter.cli.Main",
          "--version");
    }
  }

  @Test
  void theServiceRunsInItsImage() throws Exception {
    String configuration = configuration("service");
    assertTrue(configuration.contains("\"User\":\"10001:10001\""), configuration);
    assertTrue(
        configuration.contains("[\"--data\",\"/var/lib/platter\",\"--listen\",\"0.0.0.0:9292\"]"),
        configuration);
    assertTrue(
        Pattern.compile("(?m)^drwx------ 10001/10001 .* var/lib/platter/$").matcher(listed).find(),
        "its directory is its user's");
    assertEquals(
        layers(run("skopeo", "inspect", "--raw", image("platter"))),
        layers(run("skopeo", "inspect", "--raw", image("service"))),
        "layers of both images");
    requireNamespaces();
    List<String> command =
        inside(
            "/usr/lib/platter/bin/platter",
            "service",
            "--data",
            "/var/lib/platter",
            "--listen",
            "127.0.0.1:0");
    Process service =
        new ProcessBuilder(command).redirectError(scratch.resolve("service.log").toFile()).start();
    try (BufferedReader out = service.inputReader(StandardCharsets.UTF_8);
        HttpClient client = HttpClient.newHttpClient()) {
      String line = out.readLine();
      assertTrue(
          line != null && line.startsWith("platter service: listening on "),
          () -> line + "\n" + log());
      URI uri = URI.create(line.substring(line.lastIndexOf(' ') + 1) + "/v2/images");
      HttpRequest request = HttpRequest.newBuilder(uri).build();
      assertEquals(200, client.send(request, BodyHandlers.discarding()).statusCode());
    } finally {
      service.destroy();
      service.waitFor();
    }
  }

  private static String log() {
    try {
      return Files.readString(scratch.resolve("service.log"));
    } catch (IOException e) {
      return e.toString();
    }
  }

  private static String configuration(String name) throws Exception {
    return run("skopeo", "inspect", "--config", "--raw", image(name));
  }

  @Test
  void scannersFindThePackagesOfDebian() throws Exception {
    for (String name : List.of("base-files", "dash", "libc6", "libgcc-s1")) {
      String status = Files.readString(root.resolve("var/lib/dpkg/status.d").resolve(name));
      assertTrue(status.contains("Package: " + name + "\n"), status);
      assertTrue(status.contains("\nVersion: "), status);
    }
    assertTrue(Files.readString(root.resolve("etc/os-release")).contains("ID=debian"));
  }
}
