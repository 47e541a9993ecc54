import static java.nio.file.StandardCopyOption.REPLACE_EXISTING;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;

/**
 * Lays out the files of a package as they are in an installed system: {@code LayOut DISTRIBUTION
 * PROJECT SYSTEM VERSION TIMESTAMP MAINTAINER ROOT}. The links, and who may do what, are up to what
 * packs them.
 */
class LayOut {
  private final Path distribution;
  private final Path root;

  LayOut(Path distribution, Path root) {
    this.distribution = distribution;
    this.root = root;
  }

  public static void main(String[] args) throws IOException {
    Path distribution = Path.of(args[0]);
    if (!Files.exists(distribution.resolve("lib/convert.aot"))) {
      throw new IOException("no distribution in " + distribution + ": build convert/cli before");
    }
    Path project = Path.of(args[1]);
    Path system = Path.of(args[2]);
    LayOut layOut = new LayOut(distribution, Path.of(args[6]));
    deleteTree(layOut.root);
    layOut.program();
    layOut.share();
    layOut.documentation(project, system.resolve("README.package"));
    layOut.changes(args[3], ZonedDateTime.parse(args[4]), args[5]);
    layOut.service(system);
  }

  private Path place(String name) throws IOException {
    Path place = root.resolve(name);
    Files.createDirectories(place.getParent());
    return place;
  }

  private void program() throws IOException {
    for (String part : List.of("bin", "lib", "licenses", "LICENSE")) {
      copyTree(distribution.resolve(part), root.resolve("usr/lib/platter").resolve(part));
    }
    // For who gives it that name: this is no package's qemu-img but by the administrator's choice.
    for (String completion :
        List.of(
            "bash-completion/completions/qemu-img",
            "zsh/site-functions/_qemu-img",
            "fish/vendor_completions.d/qemu-img.fish")) {
      Files.copy(
          distribution.resolve("share").resolve(completion),
          place("usr/lib/platter/share/" + completion));
    }
  }

  private void share() throws IOException {
    try (Stream<Path> pages = Files.list(distribution.resolve("share/man/man1"))) {
      for (Path page : pages.toList()) {
        pack(Files.readAllBytes(page), place("usr/share/man/man1/" + page.getFileName() + ".gz"));
      }
    }
    Path share = distribution.resolve("share");
    Files.copy(
        share.resolve("bash-completion/completions/platter"),
        place("usr/share/bash-completion/completions/platter"));
    Files.copy(
        share.resolve("zsh/site-functions/_platter"),
        place("usr/share/zsh/vendor-completions/_platter"));
    Files.copy(
        share.resolve("fish/vendor_completions.d/platter.fish"),
        place("usr/share/fish/vendor_completions.d/platter.fish"));
  }

  /** All licences in one file, as Debian wants them. */
  private void documentation(Path project, Path readme) throws IOException {
    Files.copy(readme, place("usr/share/doc/platter/README.package"));
    Files.copy(
        readme.resolveSibling("lintian-overrides"), place("usr/share/lintian/overrides/platter"));
    pack(
        Files.readAllBytes(project.resolve("CHANGELOG.md")),
        place("usr/share/doc/platter/CHANGELOG.md.gz"));
    StringBuilder copyright = new StringBuilder();
    copyright.append(
        """
        Copyright 2026 the maintainers of Platter, under the Apache License 2.0, which is in
        /usr/share/common-licenses/Apache-2.0 on Debian and in /usr/lib/platter/LICENSE.

        """);
    Path licenses = distribution.resolve("licenses");
    copyright.append(Files.readString(licenses.resolve("THIRD-PARTY.txt")));
    try (Stream<Path> files = Files.list(licenses)) {
      for (Path text : files.sorted().toList()) {
        String name = text.getFileName().toString();
        if (name.endsWith(".txt") && !name.equals("THIRD-PARTY.txt")) {
          copyright.append("\n\n%s\n%s\n\n".formatted(name, "=".repeat(name.length())));
          copyright.append(Files.readString(text));
        }
      }
    }
    Files.writeString(place("usr/share/doc/platter/copyright"), copyright);
  }

  private void changes(String version, ZonedDateTime time, String maintainer) throws IOException {
    String changes =
        """
        platter (%s) unstable; urgency=medium

          * See CHANGELOG.md.gz.

         -- %s  %s
        """
            .formatted(
                version.replace("-SNAPSHOT", "~snapshot"),
                maintainer,
                DateTimeFormatter.RFC_1123_DATE_TIME
                    .format(time.withZoneSameInstant(ZoneOffset.UTC))
                    .replace("GMT", "+0000"));
    pack(changes.getBytes(StandardCharsets.UTF_8), place("usr/share/doc/platter/changelog.gz"));
  }

  private void service(Path system) throws IOException {
    Files.copy(system.resolve("platter.service"), place("usr/lib/systemd/system/platter.service"));
    Files.copy(system.resolve("sysusers.conf"), place("usr/lib/sysusers.d/platter.conf"));
    Files.copy(system.resolve("platter.conf"), place("etc/platter/platter.conf"));
  }

  /** Packs a file with gzip, at its best, as its header says. */
  private static void pack(byte[] content, Path target) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (GZIPOutputStream packed =
        new GZIPOutputStream(bytes) {
          {
            def.setLevel(9);
          }
        }) {
      packed.write(content);
    }
    byte[] file = bytes.toByteArray();
    file[8] = 2; // XFL (RFC 1952, 2.3.1): maximum compression
    Files.write(target, file);
  }

  /** Copies files for the links to them: packages have no links but their own. */
  private static void copyTree(Path from, Path to) throws IOException {
    Files.createDirectories(to.getParent());
    try (Stream<Path> tree = Files.walk(from)) {
      for (Path path : tree.toList()) {
        Path target = to.resolve(from.relativize(path).toString());
        if (Files.isDirectory(path)) {
          Files.createDirectories(target);
        } else {
          Files.copy(path, target, REPLACE_EXISTING);
        }
      }
    }
  }

  private static void deleteTree(Path root) throws IOException {
    if (Files.exists(root)) {
      try (Stream<Path> tree = Files.walk(root)) {
        for (Path path : tree.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(path);
        }
      }
    }
  }
}
