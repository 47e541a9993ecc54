package dev.platter.ova;

import static dev.platter.ova.Faults.corrupt;

import dev.platter.storage.Storage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The digests of an appliance's files (DSP0243, section 5.1), lines such as {@code SHA256(app.ovf)=
 * 0123...}.
 */
final class Manifest {
  private static final int MAX_BYTES = 10 << 20;
  private static final int MAX_LINE = 4096;
  private static final int BUFFER = 1 << 20;
  private static final Pattern LINE =
      Pattern.compile("(?i)(SHA[0-9-]+)\\s*\\((.+)\\)\\s*=\\s*([0-9a-f]+)\\s*");

  private final Map<String, Entry> entries = new LinkedHashMap<>();

  private record Entry(String algorithm, byte[] digest) {}

  private Manifest() {}

  static Manifest read(Storage storage) throws IOException {
    if (storage.size() > MAX_BYTES) {
      throw corrupt(storage.name(), "the manifest has " + storage.size() + " bytes");
    }
    byte[] bytes = new byte[(int) storage.size()];
    storage.readFully(0, MemorySegment.ofArray(bytes));
    Manifest manifest = new Manifest();
    for (String line : new String(bytes, StandardCharsets.UTF_8).lines().toList()) {
      if (!line.isBlank()) {
        manifest.add(line, storage.name());
      }
    }
    return manifest;
  }

  private void add(String line, String storage) throws IOException {
    Matcher matcher = LINE.matcher(line);
    if (line.length() > MAX_LINE || !matcher.matches()) {
      throw corrupt(storage, "the manifest has a line that is no digest: " + shortened(line));
    }
    String digits = matcher.group(1).substring("SHA".length()).replace("-", "");
    String algorithm = "SHA-" + digits;
    int length =
        switch (digits) {
          case "1" -> 20;
          case "256" -> 32;
          case "384" -> 48;
          case "512" -> 64;
          default ->
              throw Faults.unsupported(storage, "digests of kind '" + matcher.group(1) + "'");
        };
    if (matcher.group(3).length() != 2 * length) {
      throw corrupt(storage, "the manifest has a digest of the wrong length: " + shortened(line));
    }
    byte[] digest = HexFormat.of().parseHex(matcher.group(3).toLowerCase(Locale.ROOT));
    if (entries.put(Tar.plain(matcher.group(2)), new Entry(algorithm, digest)) != null) {
      throw corrupt(storage, "the manifest has two digests of '" + matcher.group(2) + "'");
    }
  }

  private static String shortened(String line) {
    return line.length() > 80 ? line.substring(0, 80) + "..." : line;
  }

  /** The kind of digest it uses. */
  String algorithm() {
    return entries.isEmpty() ? "empty" : entries.values().iterator().next().algorithm();
  }

  /** Whether it has a digest of a file. */
  boolean covers(String name) {
    return entries.containsKey(Tar.plain(name));
  }

  /** Reads all of a file and makes sure that it is what the manifest says, if that covers it. */
  void verify(String name, Storage file) throws IOException {
    Entry entry = entries.get(Tar.plain(name));
    if (entry == null) {
      return;
    }
    byte[] actual = digest(file, entry.algorithm());
    if (!MessageDigest.isEqual(actual, entry.digest())) {
      throw corrupt(
          file.name(),
          "the %s digest of '%s' is %s, the manifest says %s: it was changed or damaged"
              .formatted(
                  entry.algorithm(),
                  name,
                  HexFormat.of().formatHex(actual),
                  HexFormat.of().formatHex(entry.digest())));
    }
  }

  private static byte[] digest(Storage file, String algorithm) throws IOException {
    MessageDigest digest;
    try {
      digest = MessageDigest.getInstance(algorithm);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has " + algorithm, e);
    }
    byte[] buffer = new byte[BUFFER];
    long at = 0;
    while (true) {
      int count = (int) file.read(at, MemorySegment.ofArray(buffer));
      if (count == 0) {
        return digest.digest();
      }
      digest.update(buffer, 0, count);
      at += count;
    }
  }
}
