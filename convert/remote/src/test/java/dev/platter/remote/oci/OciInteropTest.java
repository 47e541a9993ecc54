package dev.platter.remote.oci;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.remote.FaultyWay;
import dev.platter.storage.Location;
import dev.platter.storage.NewStorage;
import dev.platter.storage.Storage;
import dev.platter.testdata.DockerRegistry;
import dev.platter.testdata.ExternalTool;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Docker's registry has what is pushed, and skopeo copies it from there and into it. */
@Tag("interop")
@Timeout(120)
class OciInteropTest {
  /** "me" and "s3cret", as htpasswd -B writes them. */
  private static final String PASSWORDS =
      "me:$2y$05$abcdefghijklmnopqrstuuLK7U1u6pVRmL7L1BBM2aS35PSZnDXlK\n";

  private static final byte[] DISK = OciPushTest.bytes(900_000);

  @TempDir Path directory;
  private DockerRegistry registry;
  private int port;

  @BeforeEach
  void start() throws IOException {
    start("");
  }

  private void start(String more) throws IOException {
    registry = DockerRegistry.start(directory, more);
    port = registry.port();
  }

  @AfterEach
  void end() {
    if (registry != null) {
      registry.close();
    }
  }

  private static OciProvider oci(Map<String, String> environment) {
    return new OciProvider(environment, FaultyWay.PATIENCE);
  }

  private static Location at(int port, String rest) {
    return Location.of("oci", "oci://127.0.0.1:" + port + "/vm/" + rest);
  }

  private static void push(Location place, Map<String, String> options, Map<String, String> login)
      throws IOException {
    try (NewStorage made = oci(login).create(place, options).orElseThrow()) {
      made.expect(DISK.length);
      made.storage().write(0, MemorySegment.ofArray(DISK));
      made.publish();
    }
  }

  private static byte[] pull(Location place, Map<String, String> login) throws IOException {
    try (Storage storage = oci(login).openForReading(place)) {
      byte[] content = new byte[(int) storage.size()];
      storage.readFully(0, MemorySegment.ofArray(content));
      return content;
    }
  }

  private void skopeo(String... words) throws Exception {
    ExternalTool.named("skopeo")
        .mustRun(
            Stream.concat(
                    Stream.of(
                        "--insecure-policy",
                        "copy",
                        "--src-tls-verify=false",
                        "--dest-tls-verify=false"),
                    Stream.of(words))
                .toArray(Object[]::new));
  }

  @Test
  void skopeoCopiesWhatIsPushed() throws Exception {
    push(at(port, "disk:a"), Map.of("part_size", "64k"), Map.of());
    String server = "docker://127.0.0.1:" + port + "/vm/";
    skopeo(server + "disk:a", "dir:" + directory.resolve("a"));
    MessageDigest hash = MessageDigest.getInstance("SHA-256");
    Path blob = directory.resolve("a").resolve(HexFormat.of().formatHex(hash.digest(DISK)));
    assertArrayEquals(DISK, Files.readAllBytes(blob));
    skopeo(server + "disk:a", server + "copy:b");
    assertArrayEquals(DISK, pull(at(port, "copy:b"), Map.of()));
  }

  @Test
  void skopeoTakesAContainerDisk() throws Exception {
    push(at(port, "cd:1"), Map.of("as", "containerdisk", "architecture", "arm64"), Map.of());
    String server = "docker://127.0.0.1:" + port + "/vm/";
    String shown =
        ExternalTool.named("skopeo")
            .mustRun("inspect", "--tls-verify=false", "--override-arch=arm64", server + "cd:1");
    assertTrue(shown.contains("\"Architecture\": \"arm64\""), shown);
    skopeo(server + "cd:1", "oci:" + directory.resolve("layout") + ":x");
    // Compressed as docker does it, and in Docker's own media types.
    skopeo(
        "--dest-compress-format=gzip",
        "--format=v2s2",
        "oci:" + directory.resolve("layout") + ":x",
        server + "docker:1");
    assertArrayEquals(DISK, pull(at(port, "cd:1"), Map.of()));
    Path unpacked = Files.createDirectory(directory.resolve("unpacked"));
    try (Stream<Path> blobs = Files.walk(directory.resolve("layout/blobs"))) {
      for (Path each : blobs.filter(Files::isRegularFile).toList()) {
        if (Files.size(each) > DISK.length) {
          ExternalTool.named("tar").mustRun("-C", unpacked, "-xf", each);
        }
      }
    }
    assertArrayEquals(DISK, Files.readAllBytes(unpacked.resolve("disk/disk.img")));
    assertEquals(0755, mode(unpacked.resolve("disk")));
    assertEquals(0644, mode(unpacked.resolve("disk/disk.img")));
  }

  private static int mode(Path file) throws IOException {
    return (int) Files.getAttribute(file, "unix:mode") & 0777;
  }

  @Test
  void aNameAndAPasswordOpenTheDoor() throws Exception {
    end();
    Files.writeString(directory.resolve("htpasswd"), PASSWORDS);
    start("auth: {htpasswd: {realm: here, path: " + directory.resolve("htpasswd") + "}}");
    String auth = Base64.getEncoder().encodeToString("me:s3cret".getBytes(StandardCharsets.UTF_8));
    Files.writeString(
        directory.resolve("config.json"),
        "{\"auths\":{\"127.0.0.1:%d\":{\"auth\":\"%s\"}}}".formatted(port, auth));
    Map<String, String> login = Map.of("DOCKER_CONFIG", directory.toString());
    push(at(port, "disk:a"), Map.of(), login);
    assertArrayEquals(DISK, pull(at(port, "disk:a"), login));
    assertThrows(IOException.class, () -> pull(at(port, "disk:a"), Map.of()));
  }

  /** Each request to the real one goes wrong once: the disk is there, or an error and no tag. */
  @Test
  void whatGoesWrongOnceLeavesNothingByHalves() throws Exception {
    try (FaultyWay way = new FaultyWay(port)) {
      Map<String, String> options = Map.of("part_size", "256k");
      push(at(way.port(), "disk:clean"), options, Map.of());
      int requests = way.requests();
      for (FaultyWay.Fault fault : List.of(FaultyWay.Fault.SHORT, FaultyWay.Fault.HALF_SENT)) {
        for (int i = 1; i <= requests; i += 2) {
          // A repository each, so that no blob is there already.
          String name = fault.name().toLowerCase(Locale.ROOT) + i + ":x";
          way.spoil(fault, i, i);
          boolean failed = false;
          try {
            push(at(way.port(), name), options, Map.of());
          } catch (IOException e) {
            failed = true;
          }
          way.spoil(null, 0, 0);
          if (failed) {
            assertThrows(IOException.class, () -> pull(at(port, name), Map.of()), name);
          } else {
            assertArrayEquals(DISK, pull(at(port, name), Map.of()), name);
          }
        }
      }
    }
  }
}
