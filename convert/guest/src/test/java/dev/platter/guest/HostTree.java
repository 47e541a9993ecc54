package dev.platter.guest;

import java.io.IOException;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;

/** A directory of the host with all that is hard to copy, and what there is to say of one. */
final class HostTree {
  static final long SPARSE_SIZE = 5 << 20;
  private static final int MANY = 150;
  static final long TIME = 1_500_000_000L;

  private HostTree() {}

  static boolean isRoot() {
    return System.getProperty("user.name").equals("root");
  }

  static Path make(Path root) throws IOException {
    for (String directory : List.of("etc", "many", "odd")) {
      Files.createDirectories(root.resolve(directory));
    }
    for (int i = 0; i < MANY; i++) {
      Files.writeString(root.resolve("many/a-file-with-a-rather-long-name-" + i), "file " + i);
    }
    Files.write(root.resolve("large"), GuestTree.large());
    Files.createSymbolicLink(root.resolve("etc/os-release"), Path.of("/usr/lib/os-release"));
    Files.createSymbolicLink(root.resolve("far"), Path.of(GuestTree.LONG_TARGET));
    Path odd = root.resolve("odd");
    Path deep = Files.createDirectories(odd.resolve("d".repeat(120)).resolve("e".repeat(120)));
    Files.writeString(deep.resolve("deep"), "deep");
    Files.writeString(odd.resolve("größe äöü"), "umlauts");
    Files.createFile(odd.resolve("empty"));
    Files.writeString(odd.resolve("private"), "private");
    Files.writeString(odd.resolve("root-shell"), "set-uid");
    Files.writeString(odd.resolve("one"), "two names");
    Files.createLink(odd.resolve("two"), odd.resolve("one"));
    try (RandomAccessFile sparse = new RandomAccessFile(odd.resolve("sparse").toFile(), "rw")) {
      sparse.seek(1 << 20);
      sparse.write("in the middle".getBytes(StandardCharsets.US_ASCII));
      sparse.seek(3 << 20);
      sparse.write(GuestTree.large());
      sparse.setLength(SPARSE_SIZE);
    }
    if (isRoot()) {
      Files.setAttribute(odd.resolve("private"), "unix:uid", 1234);
      Files.setAttribute(odd.resolve("private"), "unix:gid", 3_000_000);
    }
    Files.setAttribute(odd.resolve("private"), "unix:mode", 0640);
    Files.setAttribute(odd.resolve("root-shell"), "unix:mode", 04755);
    Files.setAttribute(odd.resolve("d".repeat(120)), "unix:mode", 0710);
    List<Path> all;
    try (Stream<Path> paths = Files.walk(root)) {
      all = paths.toList();
    }
    int second = 0;
    for (Path path : all.reversed()) {
      if (!Files.isSymbolicLink(path)) {
        Files.setLastModifiedTime(path, FileTime.fromMillis((TIME + second++) * 1000));
      }
    }
    return root;
  }

  /**
   * What is said of each file below a directory.
   *
   * @param aspects some of {@code mode}, {@code special} (with set-uid), {@code owner}, {@code
   *     time}, {@code links}
   */
  static Map<String, String> describe(Path root, Set<String> aspects) throws IOException {
    Map<String, String> all = new TreeMap<>();
    List<Path> paths;
    try (Stream<Path> walk = Files.walk(root)) {
      paths = walk.toList();
    }
    for (Path path : paths) {
      Map<String, Object> facts =
          Files.readAttributes(
              path, "unix:mode,uid,gid,nlink,size,lastModifiedTime", LinkOption.NOFOLLOW_LINKS);
      StringBuilder text = new StringBuilder();
      int mode = (int) facts.get("mode");
      boolean isLink = Files.isSymbolicLink(path);
      boolean isFile = Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS);
      text.append(isLink ? "link " + Files.readSymbolicLink(path) : isFile ? "file" : "other");
      if (aspects.contains("mode") && !isLink) {
        text.append(" %o".formatted(mode & (aspects.contains("special") ? 07777 : 0777)));
      }
      if (aspects.contains("owner")) {
        text.append(" " + facts.get("uid") + ":" + facts.get("gid"));
      }
      if (aspects.contains("time") && !isLink) {
        text.append(" " + ((FileTime) facts.get("lastModifiedTime")).toMillis() / 1000);
      }
      if (isFile) {
        text.append(aspects.contains("links") ? " links " + facts.get("nlink") : "");
        text.append(" " + facts.get("size") + " " + sha256(path));
      }
      all.put(root.relativize(path).toString(), text.toString());
    }
    return all;
  }

  private static String sha256(Path file) throws IOException {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      try (OutputStream sum = new DigestOutputStream(OutputStream.nullOutputStream(), digest)) {
        Files.copy(file, sum);
      }
      return HexFormat.of().formatHex(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
