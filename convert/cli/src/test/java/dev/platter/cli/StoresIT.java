package dev.platter.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.testdata.StubSnapshots;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.gaul.s3proxy.AuthenticationType;
import org.gaul.s3proxy.S3Proxy;
import org.gaul.s3proxy.nio2blob.TransientNio2BlobApiMetadata;
import org.jclouds.ContextBuilder;
import org.jclouds.blobstore.BlobStoreContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The assembled program, whose runtime does not hold the library that speaks to stores. */
class StoresIT {
  private static final Path PROGRAM = Path.of("target/platter/bin/platter").toAbsolutePath();
  private static final int SIZE = 64 << 20;

  @TempDir Path scratch;
  private BlobStoreContext blobs;
  private S3Proxy server;

  private record Result(int exitCode, String out, String err) {}

  @BeforeEach
  void start() throws Exception {
    blobs =
        ContextBuilder.newBuilder(new TransientNio2BlobApiMetadata())
            .credentials("none", "none")
            .build(BlobStoreContext.class);
    blobs.getBlobStore().createContainerInLocation(null, "disks");
    server =
        S3Proxy.builder()
            .blobStore(blobs.getBlobStore())
            .endpoint(URI.create("http://127.0.0.1:0"))
            .awsAuthentication(AuthenticationType.AWS_V2_OR_V4, "access", "secret")
            .build();
    server.start();
  }

  @AfterEach
  void end() throws Exception {
    server.stop();
    blobs.close();
  }

  private Result run(Map<String, String> settings, String... words) throws Exception {
    List<String> command = new ArrayList<>(List.of(PROGRAM.toString()));
    command.addAll(List.of(words));
    Path out = scratch.resolve("out");
    Path err = scratch.resolve("err");
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(scratch.toFile())
            .redirectOutput(out.toFile())
            .redirectError(err.toFile());
    builder.environment().keySet().removeIf(name -> name.startsWith("AWS_"));
    builder.environment().put("HOME", scratch.toString());
    builder.environment().put("AWS_EC2_METADATA_DISABLED", "true");
    builder.environment().put("AWS_ENDPOINT_URL", "http://127.0.0.1:" + server.getPort());
    builder.environment().putAll(settings);
    Process process = builder.start();
    try {
      assertTrue(process.waitFor(2, TimeUnit.MINUTES), String.join(" ", words));
      return new Result(process.exitValue(), Files.readString(out), Files.readString(err));
    } finally {
      process.destroyForcibly();
    }
  }

  private String mustRun(String... words) throws Exception {
    Map<String, String> keys =
        Map.of("AWS_ACCESS_KEY_ID", "access", "AWS_SECRET_ACCESS_KEY", "secret");
    Result result = run(keys, words);
    assertEquals("", result.err());
    assertEquals(0, result.exitCode(), result.out());
    return result.out();
  }

  private byte[] makeASource() throws IOException {
    byte[] data = new byte[9 << 20];
    new Random(1).nextBytes(data);
    try (RandomAccessFile file =
        new RandomAccessFile(scratch.resolve("source.raw").toFile(), "rw")) {
      file.setLength(SIZE);
      file.seek(3 << 20);
      file.write(data);
    }
    return data;
  }

  @Test
  void disksGoIntoAStoreAndComeBack() throws Exception {
    makeASource();
    for (String format : List.of("qcow2", "vhdx", "raw")) {
      String object = "s3://disks/dir/disk." + format;
      mustRun("convert", "-O", format, "source.raw", object);
      String info = mustRun("info", object);
      assertTrue(info.contains("file format: " + format) && info.contains(SIZE + " bytes"), info);
      mustRun("compare", "source.raw", object);
      mustRun("convert", "-O", "raw", object, "back.raw");
      assertArrayEquals(
          Files.readAllBytes(scratch.resolve("source.raw")),
          Files.readAllBytes(scratch.resolve("back.raw")));
    }
    assertEquals(List.of(), blobs.getBlobStore().listMultipartUploads("disks"));
  }

  /** In a stub of EBS, which checks what it is told. */
  @Test
  void disksBecomeSnapshotsAndComeBack() throws Exception {
    byte[] data = makeASource();
    try (StubSnapshots service = new StubSnapshots()) {
      Map<String, String> settings = new HashMap<>();
      settings.put("AWS_ACCESS_KEY_ID", "access");
      settings.put("AWS_SECRET_ACCESS_KEY", "secret");
      settings.put("AWS_ENDPOINT_URL_EBS", "http://127.0.0.1:" + service.port());
      String[] words = {"convert", "-O", "raw", "--round-size", "1G", "source.raw", "ebs:my disk"};
      Result made = run(settings, words);
      assertEquals(0, made.exitCode(), made.err());
      StubSnapshots.Snapshot snapshot = service.snapshots().getFirst();
      assertTrue(made.err().contains("'ebs:my disk' is " + snapshot.id()), made.err());
      assertTrue(snapshot.isComplete());
      assertEquals(data.length / StubSnapshots.BLOCK, snapshot.blocks().size());
      String[] back = {"convert", "-O", "raw", "ebs:" + snapshot.id(), "back.raw"};
      Result read = run(settings, back);
      assertEquals(0, read.exitCode(), read.err());
      try (RandomAccessFile file =
          new RandomAccessFile(scratch.resolve("back.raw").toFile(), "r")) {
        assertEquals(1L << 30, file.length());
        byte[] content = new byte[SIZE];
        file.readFully(content);
        assertArrayEquals(Files.readAllBytes(scratch.resolve("source.raw")), content);
      }
      Result refused = run(settings, "convert", "-O", "raw", "source.raw", "ebs:small");
      assertEquals(1, refused.exitCode(), refused.err());
      assertTrue(refused.err().contains("--round-size 1G"), refused.err());
      assertEquals(1, service.snapshots().size());
    }
  }

  @Test
  void newImagesAreMadeThere() throws Exception {
    mustRun("create", "-f", "qcow2", "s3://disks/new", "1G");
    assertTrue(mustRun("info", "s3://disks/new").contains("(1073741824 bytes)"));
  }

  @Test
  void keysAreFoundInTheirFile() throws Exception {
    makeASource();
    Files.createDirectory(scratch.resolve(".aws"));
    Files.writeString(
        scratch.resolve(".aws/credentials"),
        "[default]\naws_access_key_id = access\naws_secret_access_key = secret\n");
    Result result = run(Map.of(), "convert", "-O", "qcow2", "source.raw", "s3://disks/x");
    assertEquals(0, result.exitCode(), result.err());
  }

  @Test
  void whatIsRefusedIsOneLine() throws Exception {
    makeASource();
    Map<String, String> wrong =
        Map.of("AWS_ACCESS_KEY_ID", "access", "AWS_SECRET_ACCESS_KEY", "other");
    for (Map<String, String> keys : List.of(Map.<String, String>of(), wrong)) {
      for (List<String> words :
          List.of(
              List.of("info", "s3://disks/x"),
              List.of("convert", "-O", "qcow2", "source.raw", "s3://disks/x"))) {
        Result result = run(keys, words.toArray(String[]::new));
        assertEquals(1, result.exitCode(), result.out());
        assertTrue(result.err().matches("platter: [^\n]+\n"), result.err());
        assertTrue(!result.err().contains("secret"), result.err());
      }
    }
    assertEquals(0, blobs.getBlobStore().list("disks").size());
  }
}
