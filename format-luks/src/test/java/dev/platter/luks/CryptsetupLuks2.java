package dev.platter.luks;

import dev.platter.testdata.ExternalTool;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Disks that cryptsetup encrypts with LUKS2, without a device. */
final class CryptsetupLuks2 {
  private static final int HEADER = 32 << 20;

  private CryptsetupLuks2() {}

  /** A file that begins, decrypted, with these bytes. */
  static Path encrypted(
      Path directory, byte[] content, int sectorSize, String options, String phrase)
      throws IOException {
    Path key = Files.writeString(directory.resolve("key"), phrase);
    Path file =
        Files.write(directory.resolve("luks2"), Arrays.copyOf(content, content.length + HEADER));
    List<Object> arguments =
        new ArrayList<>(
            List.of(
                "reencrypt",
                "--encrypt",
                "-q",
                "--type",
                "luks2",
                "--reduce-device-size",
                "32M",
                "--force-offline-reencrypt",
                "--disable-locks",
                "--sector-size",
                sectorSize,
                "--key-file",
                key));
    arguments.addAll(List.of(options.split(" ")));
    arguments.add(file);
    ExternalTool.named("cryptsetup").mustRun(arguments.toArray());
    return file;
  }
}
