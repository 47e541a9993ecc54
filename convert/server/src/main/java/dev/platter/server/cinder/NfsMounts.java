package dev.platter.server.cinder;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * Shares of NFS, each mounted where Glance mounts it: in {@code BASE/nfs/HASH}, of the SHA-256 of
 * its name. One that is mounted there is used; else it is mounted, where the service may do that.
 * It stays mounted. For any thread.
 */
final class NfsMounts implements CinderAttachments.Shares {
  private static final int LONGEST_SECONDS = 60;

  private final Path base;
  private final Path table;
  private final List<String> command;

  NfsMounts(Path base) {
    this(base, Path.of("/proc/self/mountinfo"), List.of("mount"));
  }

  /**
   * @param table what is mounted, as proc(5) has it
   * @param command what mounts
   */
  NfsMounts(Path base, Path table, List<String> command) {
    this.base = base;
    this.table = table;
    this.command = command;
  }

  @Override
  public synchronized Path directory(String share, String options) throws IOException {
    // Both come from elsewhere, and become words of a command.
    if (!share.matches("[A-Za-z0-9\\[][A-Za-z0-9.:\\[\\]_-]*:/[A-Za-z0-9./_-]*")) {
      throw new IOException("Cinder names what is no share of NFS: " + shown(share));
    }
    List<String> words = options.isBlank() ? List.of() : List.of(options.strip().split("\\s+", -1));
    for (int i = 0; i < words.size(); i++) {
      boolean right =
          i % 2 == 0 ? words.get(i).equals("-o") : words.get(i).matches("[A-Za-z0-9.:=,_]+");
      if (!right || words.size() % 2 != 0) {
        throw new IOException("Cinder names options of a mount that are none: " + shown(options));
      }
    }
    Path directory = base.resolve("nfs").resolve(hash(share));
    Optional<String> mounted = mountedAt(directory);
    if (mounted.isEmpty()) {
      mount(share, words, directory);
      mounted = mountedAt(directory);
    }
    if (!mounted.map(NfsMounts::bare).equals(Optional.of(bare(share)))) {
      throw new IOException(
          "at %s is mounted %s, expected %s"
              .formatted(directory, mounted.orElse("nothing"), share));
    }
    return directory;
  }

  private static String shown(String text) {
    String line = text.replaceAll("[\\p{Cntrl}\\s]+", " ");
    return line.substring(0, Math.min(200, line.length()));
  }

  private static String bare(String share) {
    return share.replaceFirst("(?<=[^:])/+$", "");
  }

  private static String hash(String share) {
    try {
      return HexFormat.of()
          .formatHex(
              MessageDigest.getInstance("SHA-256").digest(share.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  /** What is mounted at a directory: the last one hides those before it. */
  private Optional<String> mountedAt(Path directory) throws IOException {
    Optional<String> found = Optional.empty();
    for (String line : Files.readAllLines(table)) {
      List<String> fields = List.of(line.split(" ", -1));
      int dash = fields.indexOf("-");
      if (dash >= 5 && dash + 2 < fields.size() && fields.get(4).equals(directory.toString())) {
        found = Optional.of(fields.get(dash + 2));
      }
    }
    return found;
  }

  private void mount(String share, List<String> options, Path directory) throws IOException {
    String problem;
    try {
      Files.createDirectories(directory);
      problem = run(share, options, directory);
    } catch (IOException e) {
      problem = e.toString();
    }
    if (!problem.isEmpty()) {
      throw new IOException(
          "the share %s is not mounted at %s, and cannot be mounted by the service: %s"
              .formatted(share, directory, problem));
    }
  }

  /** Runs the command; what it says where it fails. */
  private String run(String share, List<String> options, Path directory) throws IOException {
    List<String> all = new ArrayList<>(command);
    all.addAll(List.of("-t", "nfs", "-o", "nosuid,nodev,noexec"));
    all.addAll(options);
    all.addAll(List.of(share, directory.toString()));
    Path said = Files.createTempFile("mount", ".txt");
    try {
      Process process =
          new ProcessBuilder(all)
              .redirectErrorStream(true)
              .redirectOutput(said.toFile())
              .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
              .start();
      if (!process.waitFor(LONGEST_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        return "mount has not ended in " + LONGEST_SECONDS + " seconds";
      }
      String words = shown(new String(Files.readAllBytes(said), StandardCharsets.UTF_8));
      return process.exitValue() == 0 ? "" : "mount exits " + process.exitValue() + ", " + words;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    } finally {
      Files.deleteIfExists(said);
    }
  }
}
