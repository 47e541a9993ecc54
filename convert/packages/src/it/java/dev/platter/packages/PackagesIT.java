package dev.platter.packages;

import static dev.platter.packages.Tools.require;
import static dev.platter.packages.Tools.run;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Packages are unpacked by the tools of the systems they are for, and used from where they lie. */
@Tag("interop")
class PackagesIT {
  private static final Path PACKAGES = Path.of(System.getProperty("packages"));
  private static final String VERSION = System.getProperty("version");
  static final Path IMAGE = Path.of("../../testdata/golden/v3.qcow2").toAbsolutePath().normalize();

  @TempDir Path scratch;

  private static Path archive(String ending) {
    return PACKAGES.resolve(
        "platter-" + VERSION + "-linux-" + System.getProperty("rpm.arch") + ending);
  }

  private static Path deb() {
    return PACKAGES.resolve(
        "platter_"
            + VERSION.replace("-SNAPSHOT", "~snapshot")
            + "_"
            + System.getProperty("deb.arch")
            + ".deb");
  }

  private static Path rpm() {
    return PACKAGES.resolve("platter-" + VERSION + "." + System.getProperty("rpm.arch") + ".rpm");
  }

  @Test
  void theDebianPackageInstallsWhatWorks() throws Exception {
    require("dpkg", "dpkg-deb");
    Path root = scratch.resolve("root");
    Files.createDirectories(root.resolve("var/lib/dpkg/info"));
    Files.createDirectories(root.resolve("var/lib/dpkg/updates"));
    Files.createFile(root.resolve("var/lib/dpkg/status"));
    // Scripts and dependencies are those of the system that it is installed in, which this is not.
    Path deb = deb();
    run("dpkg-deb", "-R", deb, scratch.resolve("parts"));
    for (String script : List.of("postinst", "prerm", "postrm")) {
      Path path = scratch.resolve("parts/DEBIAN").resolve(script);
      run("sh", "-n", path);
      assertTrue(Files.isExecutable(path), script);
    }
    run(
        "dpkg",
        "--root=" + root,
        "--force-not-root,depends,bad-path",
        "--no-triggers",
        "--unpack",
        deb);
    assertTrue(run("dpkg", "--root=" + root, "-s", "platter").contains("Version: 0."));
    works(root);
    assertEquals("/etc/platter/platter.conf\n", run("dpkg-deb", "-I", deb, "conffiles"));
    assertEquals(debFiles(deb), files(root), "what is listed and what lies there");
  }

  private static TreeSet<String> debFiles(Path deb) throws Exception {
    TreeSet<String> names = new TreeSet<>();
    for (String line : run("dpkg-deb", "-c", deb).lines().toList()) {
      assertTrue(line.contains(" root/root "), line);
      String name = line.replaceFirst("^\\S+ +\\S+ +\\S+ +\\S+ +\\S+ +\\./?", "");
      if (!name.endsWith("/") && !name.isEmpty()) {
        names.add(name.replaceFirst(" -> .*", ""));
      }
    }
    return names;
  }

  private static TreeSet<String> files(Path root) throws IOException {
    TreeSet<String> names = new TreeSet<>();
    try (Stream<Path> tree = Files.walk(root)) {
      tree.filter(path -> !Files.isDirectory(path, java.nio.file.LinkOption.NOFOLLOW_LINKS))
          .map(path -> root.relativize(path).toString())
          .filter(name -> !name.startsWith("var/lib/dpkg/"))
          .map(name -> name.replace(".dpkg-new", "")) // a conffile that waits for its configuration
          .forEach(names::add);
    }
    return names;
  }

  @Test
  void theRpmInstallsWhatWorks() throws Exception {
    require("rpm", "rpm2cpio", "cpio");
    Path root = Files.createDirectory(scratch.resolve("root"));
    run(
        "sh",
        "-c",
        "cd '"
            + root
            + "' && rpm2cpio '"
            + rpm()
            + "' | cpio -idm --quiet --no-absolute-filenames");
    works(root);
    assertTrue(run("rpm", "-qpi", rpm()).contains("License     : Apache-2.0"));
    assertEquals("/etc/platter/platter.conf\n", run("rpm", "-qpc", rpm()));
    TreeSet<String> listed = new TreeSet<>();
    for (String line : run("rpm", "-qplv", rpm()).lines().toList()) {
      assertTrue(line.matches("\\S+\\s+\\d+ root +root .*"), line);
      if (!line.startsWith("d")) {
        listed.add(line.replaceFirst(" -> .*", "").replaceFirst(".* /", ""));
      }
    }
    assertEquals(listed, files(root), "what is listed and what lies there");
    run("rpm", "-K", "--nosignature", rpm());
    Path database = scratch.resolve("database");
    run("rpm", "--dbpath", database, "--initdb");
    run(
        "rpm",
        "--dbpath",
        database,
        "-i",
        "--test",
        "--nodeps",
        "--ignorearch",
        "--ignoresize",
        rpm());
  }

  @Test
  void theArchivesHoldTheProgram() throws Exception {
    require("tar", "unzip");
    for (String ending : List.of(".tar.gz", ".zip")) {
      Path target = Files.createDirectory(scratch.resolve("in" + ending));
      if (ending.equals(".zip")) {
        run("unzip", "-q", archive(ending), "-d", target);
      } else {
        run("tar", "-xf", archive(ending), "-C", target);
      }
      Path home = target.resolve("platter-" + VERSION);
      Path raw = target.resolve("disk.raw");
      run(home.resolve("bin/platter"), "convert", "-O", "raw", IMAGE, raw);
      run(home.resolve("bin/qemu-img"), "compare", IMAGE, raw);
      assertTrue(Files.exists(home.resolve("LICENSE")));
      assertTrue(Files.exists(home.resolve("licenses/THIRD-PARTY.txt")));
    }
  }

  @Test
  void theFormulaNamesTheArchive() throws Exception {
    Path formula = PACKAGES.resolve("platter.rb");
    String text = Files.readString(formula);
    String archive = archive(".tar.gz").getFileName().toString();
    assertTrue(text.contains("/" + archive + "\"\n"), text);
    String sum =
        HexFormat.of()
            .formatHex(
                MessageDigest.getInstance("SHA-256")
                    .digest(Files.readAllBytes(archive(".tar.gz"))));
    assertTrue(text.contains("sha256 \"" + sum + "\""), text);
    assertFalse(text.contains("@"), text);
  }

  /** All that a user of an installed system does, from the directory that it is installed in. */
  private void works(Path root) throws Exception {
    Path platter = root.resolve("usr/bin/platter");
    assertTrue(Files.isSymbolicLink(platter));
    assertTrue(run(platter, "--version").startsWith("platter "));
    assertTrue(run(platter, "info", IMAGE).contains("file format: qcow2"));
    Path target = scratch.resolve("disk.vmdk");
    run(platter, "convert", "-O", "vmdk", IMAGE, target);
    run(platter, "compare", IMAGE, target);
    Path lib = root.resolve("usr/lib/platter/lib");
    assertTrue(
        run(platter, "service", "--help").contains("--listen HOST:PORT"), "the image service");
    // As alternatives have it: a link of that name.
    Path link =
        Files.createSymbolicLink(
            scratch.resolve("qemu-img"), root.resolve("usr/lib/platter/bin/qemu-img"));
    assertTrue(run(link, "--version").startsWith("qemu-img version"));
    for (String cache : List.of("info.aot", "other.aot", "convert.aot")) {
      run( // fails where the cache does not fit
          lib.resolve("runtime/bin/java"),
          "@" + lib.resolve("jvm.options"),
          "-XX:AOTCache=" + lib.resolve(cache),
          "-XX:AOTMode=on",
          "-m",
          "dev.platter.cli/dev.platter.cli.Main",
          "--version");
    }
    require("man", "systemd-analyze");
    Path pages = root.resolve("usr/share/man");
    assertTrue(run("man", "-M", pages, "-w", "platter-convert").contains("platter-convert.1"));
    assertTrue(run("man", "-M", pages, "-P", "cat", "platter").contains("SYNOPSIS"));
    assertTrue(Files.exists(root.resolve("usr/share/bash-completion/completions/platter")));
    String copyright = Files.readString(root.resolve("usr/share/doc/platter/copyright"));
    for (String name : List.of("Eric Biggers", "Zstandard", "Intel Corporation", "OpenJDK")) {
      assertTrue(copyright.contains(name), name);
    }
    // No package has this name in place of another's.
    assertFalse(Files.exists(root.resolve("usr/bin/qemu-img")));
    assertFalse(Files.exists(root.resolve("usr/local")));
    unitIsRight(root);
    assertEquals(
        "rw-r--r--",
        PosixFilePermissions.toString(
            Files.getPosixFilePermissions(lib.resolve("runtime/lib/modules"))));
  }

  private void unitIsRight(Path root) throws Exception {
    // What it starts must be there: a unit for this place of the program.
    Path unit = root.resolve("usr/lib/systemd/system/platter.service");
    Path here = Files.createDirectories(scratch.resolve("unit")).resolve("platter.service");
    Files.writeString(
        here,
        Files.readString(unit)
            .replace("/usr/bin/platter", root.resolve("usr/bin/platter").toString()));
    assertEquals("", run("systemd-analyze", "verify", "--man=no", "--recursive-errors=no", here));
    require("systemd-sysusers");
    String users =
        run("systemd-sysusers", "--dry-run", root.resolve("usr/lib/sysusers.d/platter.conf"));
    assertTrue(users.isEmpty() || users.contains("platter"), users);
  }
}
