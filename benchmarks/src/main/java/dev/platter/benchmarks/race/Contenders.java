package dev.platter.benchmarks.race;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The command lines of all converters that this machine has. */
final class Contenders {
  private final Settings settings;
  private final Java java;
  private final Optional<Path> nbdcopy = Shell.find("nbdcopy");
  private final Optional<Path> nbdkit = Shell.find("nbdkit");
  private final Optional<Path> qemuNbd = Shell.find("qemu-nbd");
  private final Optional<Path> sevenZip = Shell.find("7z");
  private final Optional<Path> vmdkConvert = Shell.find("vmdk-convert");

  Contenders(Settings settings, Java java) {
    this.settings = settings;
    this.java = java;
  }

  /**
   * Platter, qemu-img with and without its fastest flags, {@code cp} where nothing is compressed.
   *
   * @param own options for Platter alone
   */
  List<Contender> converting(Disk source, ImageKind kind, String... own) {
    List<Contender> contenders = new ArrayList<>();
    contenders.add(
        Contender.making(
            target("platter", kind), Contender.PLATTER, convert(platter(), source, kind, own)));
    Path theirs = target("qemu", kind);
    String qemu = settings.qemuImg().toString();
    contenders.add(Contender.making(theirs, Contender.QEMU, convert(qemu, source, kind)));
    contenders.add(
        Contender.making(
            theirs, Contender.QEMU_BEST, convert(qemu, source, kind, "-W", "-m", "16")));
    boolean encrypted = source.kind().isEncrypted() || kind.isEncrypted();
    if (!source.kind().isCompressed() && !kind.isCompressed() && !encrypted) {
      contenders.add(
          Contender.making(
              theirs,
              Contender.CP,
              List.of("cp", "--sparse=always", path(source), theirs.toString())));
    }
    return contenders;
  }

  private List<String> convert(String program, Disk source, ImageKind kind, String... own) {
    List<String> command = new ArrayList<>();
    boolean encrypted = source.kind().isEncrypted();
    command.addAll(List.of(program, "convert"));
    command.addAll((encrypted ? source.kind() : kind).secret());
    command.addAll(encrypted ? List.of("--image-opts") : List.of("-f", source.kind().format()));
    command.addAll(List.of("-O", kind.format()));
    command.addAll(kind.options());
    command.addAll(List.of(own));
    command.add(encrypted ? source.kind().named(source.in(settings.data())) : path(source));
    command.add(target(program.equals(platter()) ? "platter" : "qemu", kind).toString());
    return command;
  }

  /** Other converters that can do the same and are installed. */
  List<Contender> others(Disk source, ImageKind kind) {
    List<Contender> contenders = new ArrayList<>();
    Path target = target("other", kind);
    if (kind == ImageKind.RAW && nbdcopy.isPresent()) {
      List<String> server = server(source);
      if (!server.isEmpty()) {
        List<String> command = new ArrayList<>(List.of(nbdcopy.get().toString(), "--", "["));
        command.addAll(server);
        command.addAll(List.of("]", target.toString()));
        contenders.add(Contender.making(target, Contender.NBDCOPY, command));
      }
    }
    if (kind == ImageKind.RAW && sevenZip.isPresent()) {
      sevenZipType(source.kind())
          .ifPresent(type ->
              contenders.add(
                  Contender.piping(
                      target,
                      Contender.SEVEN_ZIP,
                      List.of(sevenZip.get().toString(), "e", "-so", "-t" + type, path(source)))));
    }
    if (source.kind() == ImageKind.VMDK && kind == ImageKind.STREAM && vmdkConvert.isPresent()) {
      contenders.add(
          Contender.making(
              target,
              Contender.VMDK_CONVERT,
              List.of(vmdkConvert.get().toString(), path(source), target.toString())));
    }
    return contenders;
  }

  private List<String> server(Disk source) {
    if (source.kind() == ImageKind.RAW) {
      return nbdkit
          .map(program -> List.of(program.toString(), "--exit-with-parent", "file", path(source)))
          .orElse(List.of());
    }
    return qemuNbd
        .map(p -> List.of(p.toString(), "-r", "-f", source.kind().format(), path(source)))
        .orElse(List.of());
  }

  private static Optional<String> sevenZipType(ImageKind kind) {
    return switch (kind) {
      case QCOW2, QCOW2_ZLIB -> Optional.of("qcow");
      case VMDK, STREAM -> Optional.of("vmdk");
      case VDI -> Optional.of("vdi");
      case VHD -> Optional.of("vhd");
      case RAW, QCOW2_ZSTD, VHDX, LUKS, QCOW2_LUKS -> Optional.empty();
    };
  }

  /** The codec's library by itself, where one is at work: at that level, if one is asked for. */
  List<Contender> codec(Disk source, ImageKind kind, String... level) {
    List<String> command =
        switch (kind) {
          case QCOW2_ZLIB -> encode(source, "deflate", level);
          case STREAM -> encode(source, "zlib", level);
          case QCOW2_ZSTD -> encode(source, "zstd", level);
          case RAW, QCOW2, VMDK, VDI, VHD, VHDX, LUKS, QCOW2_LUKS ->
              java.codecAlone("decode", source.kind().format(), path(source));
        };
    return List.of(Contender.selfTimed(Contender.CODEC, command));
  }

  private List<String> encode(Disk source, String encoding, String... level) {
    List<String> command =
        new ArrayList<>(java.codecAlone("encode", source.kind().format(), path(source), encoding));
    command.addAll(List.of(level));
    return command;
  }

  /** Comparing two disks. */
  List<Contender> comparing(Disk one, Disk other) {
    List<String> arguments =
        List.of(
            "compare",
            "-f",
            one.kind().format(),
            "-F",
            other.kind().format(),
            path(one),
            path(other));
    return plain(arguments);
  }

  /** Describing a disk, and what Java itself takes for that. */
  List<Contender> describing(Disk disk) {
    List<Contender> contenders = new ArrayList<>(plain(List.of("info", path(disk))));
    contenders.add(Contender.of(Contender.EMPTY_MAIN, java.emptyMain()));
    return contenders;
  }

  /** Asking about a disk by a command and its options. */
  List<Contender> asking(Disk disk, String... command) {
    List<String> arguments = new ArrayList<>(List.of(command));
    arguments.add(path(disk));
    return plain(arguments);
  }

  /** Copying a raw disk block by block, {@code dd}. */
  List<Contender> copying(Disk raw, ImageKind kind) {
    Path ours = target("platter", kind);
    Path theirs = target("qemu", kind);
    return List.of(
        Contender.making(ours, Contender.PLATTER, dd(platter(), raw, kind, ours)),
        Contender.making(
            theirs, Contender.QEMU, dd(settings.qemuImg().toString(), raw, kind, theirs)));
  }

  private List<String> dd(String program, Disk raw, ImageKind kind, Path target) {
    return List.of(
        program,
        "dd",
        "-f",
        "raw",
        "-O",
        kind.format(),
        "bs=1M",
        "if=" + path(raw),
        "of=" + target);
  }

  /** Those that change images with parents, or with snapshots. */
  Chains chains() {
    return new Chains(settings);
  }

  private List<Contender> plain(List<String> arguments) {
    List<Contender> contenders = new ArrayList<>();
    List<String> ours = new ArrayList<>(List.of(platter()));
    ours.addAll(arguments);
    contenders.add(Contender.of(Contender.PLATTER, ours));
    List<String> theirs = new ArrayList<>(List.of(settings.qemuImg().toString()));
    theirs.addAll(arguments);
    contenders.add(Contender.of(Contender.QEMU, theirs));
    return contenders;
  }

  private String platter() {
    return settings.program().resolve("bin/platter").toString();
  }

  private String path(Disk disk) {
    return disk.in(settings.data()).toString();
  }

  private Path target(String who, ImageKind kind) {
    return settings.data().resolve("target-" + who + "." + kind.suffix());
  }
}
