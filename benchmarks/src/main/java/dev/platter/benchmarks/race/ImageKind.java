package dev.platter.benchmarks.race;

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
  VHDX("vhdx", "vhdx", "vhdx");

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

  boolean isCompressed() {
    return this == QCOW2_ZLIB || this == QCOW2_ZSTD || this == STREAM;
  }

  /** Whether {@code qemu-img check} knows the format. */
  boolean isCheckable() {
    return this != RAW && this != VHD;
  }
}
