package dev.platter.benchmarks.race;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/** A kind of image that the race converts from and to, and the options that ask for it. */
enum ImageKind {
  RAW("raw", "raw", "raw"),
  QCOW2("qcow2", "qcow2", "qcow2"),
  QCOW2_ZLIB("qcow2-zlib", "qcow2", "qcow2", "-c"),
  QCOW2_ZSTD("qcow2-zstd", "qcow2", "qcow2", "-c", "-o", "compression_type=zstd"),
  VMDK("vmdk", "vmdk", "vmdk"),
  STREAM("vmdk-stream", "vmdk", "vmdk", "-o", "subformat=streamOptimized"),
  VDI("vdi", "vdi", "vdi"),
  /** The size is forced, as the default one is rounded up to cylinders. */
  VHD("vhd", "vpc", "vhd", "-o", "force_size=on"),
  VHDX("vhdx", "vhdx", "vhdx"),
  LUKS("luks", "luks", "luks", "-o", "key-secret=s,iter-time=10"),
  QCOW2_LUKS(
      "qcow2-luks",
      "qcow2",
      "qcow2",
      "-o",
      "encrypt.format=luks,encrypt.key-secret=s,encrypt.iter-time=10");

  /** Those that are not encrypted. */
  static final List<ImageKind> PLAIN =
      Arrays.stream(values()).filter(kind -> !kind.isEncrypted()).toList();

  private static final List<String> SECRET = List.of("--object", "secret,id=s,data=race");

  private final String title;
  private final String format;
  private final String suffix;
  private final List<String> options;

  ImageKind(String title, String format, String suffix, String... options) {
    this.title = title;
    this.format = format;
    this.suffix = suffix;
    this.options = List.of(options);
  }

  /** The name in rows and tables. */
  String title() {
    return title;
  }

  /** The format as qemu-img says it. */
  String format() {
    return format;
  }

  String suffix() {
    return suffix;
  }

  /** The options of {@code convert} that ask for this kind, besides its format. */
  List<String> options() {
    return options;
  }

  boolean isEncrypted() {
    return this == LUKS || this == QCOW2_LUKS;
  }

  /** What gives the secret of images of this kind; nothing for those that need none. */
  List<String> secret() {
    return isEncrypted() ? SECRET : List.of();
  }

  /** What an image of this kind is called where the name says all of it. */
  String named(Path path) {
    String key = this == LUKS ? "key-secret=s," : this == QCOW2_LUKS ? "encrypt.key-secret=s," : "";
    return "driver=" + format + "," + key + "file.filename=" + path;
  }

  boolean isCompressed() {
    return this == QCOW2_ZLIB || this == QCOW2_ZSTD || this == STREAM;
  }

  /** Whether {@code qemu-img check} knows the format. */
  boolean isCheckable() {
    return this != RAW && this != VHD && !isEncrypted();
  }
}
