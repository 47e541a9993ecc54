package dev.platter.guest;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.TreeSet;

/**
 * A directory of the host that tools make file systems of: a small Linux, and what is hard to read.
 */
final class GuestTree {
  static final String LONG_TARGET = "/many/" + "../many/".repeat(20) + "a-file";
  static final int MANY = 1500;
  private static final String OS_RELEASE =
      "# a comment\nNAME='Test Linux'\nID=test\nVERSION_ID=\"1.2\"\nPRETTY_NAME=\"Test \\\"Linux\\\" 1.2\"\n";

  private GuestTree() {}

  /** A program's first bytes, of an ELF for 64-bit ARM. */
  private static byte[] program() {
    byte[] bytes = new byte[3000];
    System.arraycopy("\u007fELF".getBytes(StandardCharsets.US_ASCII), 0, bytes, 0, 4);
    bytes[4] = 2;
    bytes[5] = 1;
    bytes[18] = (byte) 183;
    return bytes;
  }

  static byte[] large() {
    byte[] bytes = new byte[700_000];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) (i * 31 + (i >> 9));
    }
    return bytes;
  }

  static TreeSet<String> manyNames() {
    TreeSet<String> names = new TreeSet<>();
    for (int i = 0; i < MANY; i++) {
      names.add("a-file-with-a-rather-long-name-" + i);
    }
    return names;
  }

  static Path make(Path root) throws IOException {
    for (String directory : new String[] {"etc", "usr/lib", "usr/bin", "many"}) {
      Files.createDirectories(root.resolve(directory));
    }
    Files.writeString(root.resolve("usr/lib/os-release"), OS_RELEASE);
    Files.createSymbolicLink(root.resolve("etc/os-release"), Path.of("/usr/lib/os-release"));
    Files.createSymbolicLink(root.resolve("bin"), Path.of("usr/bin"));
    Files.createSymbolicLink(root.resolve("usr/bin/sh"), Path.of("busybox"));
    Files.write(root.resolve("usr/bin/busybox"), program());
    Files.write(root.resolve("large"), large());
    Files.createSymbolicLink(root.resolve("far"), Path.of(LONG_TARGET));
    for (String name : manyNames()) {
      Files.createFile(root.resolve("many").resolve(name));
    }
    return root;
  }

  /** The same tree as mkfs.xfs wants to be told of it. */
  static String prototype(Path root) throws IOException {
    StringBuilder text = new StringBuilder("/none\n0 0\nd--755 0 0\n");
    addDirectory(root, text);
    return text.append("$\n").toString();
  }

  private static void addDirectory(Path directory, StringBuilder text) throws IOException {
    try (var entries = Files.newDirectoryStream(directory)) {
      for (Path entry : entries) {
        text.append(entry.getFileName());
        if (Files.isSymbolicLink(entry)) {
          text.append(" l--777 0 0 ").append(Files.readSymbolicLink(entry)).append('\n');
        } else if (Files.isDirectory(entry)) {
          text.append(" d--755 0 0\n");
          addDirectory(entry, text);
          text.append("$\n");
        } else {
          text.append(" ---644 0 0 ").append(entry).append('\n');
        }
      }
    }
  }
}
