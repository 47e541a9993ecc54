package dev.platter.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@code platter service --check-config}, as a process: what it says, and that it opens nothing.
 */
class CheckConfigTest {
  @TempDir Path directory;
  private Path config;

  @BeforeEach
  void nameTheFile() {
    config = directory.resolve("x.conf");
  }

  private record Said(int exitCode, String out, String err) {}

  private Said check(String settings) throws IOException, InterruptedException {
    Files.writeString(config, settings);
    Path out = directory.resolve("out");
    Path err = directory.resolve("err");
    List<String> command =
        new ArrayList<>(
            List.of(
                System.getProperty("java.home") + "/bin/java",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName()));
    command.addAll(
        List.of(
            "--check-config",
            "--config",
            config.toString(),
            "--data",
            directory.resolve("data").toString()));
    int exitCode =
        new ProcessBuilder(command)
            .redirectOutput(out.toFile())
            .redirectError(err.toFile())
            .start()
            .waitFor();
    return new Said(exitCode, Files.readString(out), Files.readString(err));
  }

  @Test
  void rightSettingsAreSaidToBeRightAndNothingIsOpened() throws Exception {
    Said said =
        check(
            """
            workers = 4
            enabled_backends = a:s3, b:rbd, c:file
            [a]
            s3_store_host = nowhere.invalid
            s3_store_bucket = b
            s3_store_create_bucket_on_put = true
            s3_store_access_key = S3CRET
            s3_store_secret_key = S3CRET
            [c]
            filesystem_store_datadir = %s/store
            [database]
            connection = postgresql://u:S3CRET@nowhere.invalid/x
            """
                .formatted(directory));
    assertEquals("", said.err());
    assertEquals(
        config
            + ", line 1: [DEFAULT] workers means nothing here\n"
            + "platter service: the settings are right\n",
        said.out());
    assertEquals(0, said.exitCode());
    assertFalse(Files.exists(directory.resolve("data")));
    assertFalse(Files.exists(directory.resolve("store")));
  }

  @Test
  void eachWrongSettingIsALine() throws Exception {
    Said said =
        check("bind_port = 0\nimage_size_cap = big\n[database]\nconnection = mysql://S3CRET@h/x\n");
    assertEquals(1, said.exitCode());
    assertEquals("", said.out());
    assertEquals(
        List.of(
            "platter service: %s, line 4: [database] connection: postgresql://HOST/NAME or h2:file:PATH is expected; 'platter service migrate' brings what a Glance has in another database"
                .formatted(config),
            "platter service: %s, line 2: [DEFAULT] image_size_cap = big: a whole number is expected"
                .formatted(config)),
        said.err().lines().toList());
    assertTrue(check("[x\ny\n").err().contains("line 2"));
  }
}
