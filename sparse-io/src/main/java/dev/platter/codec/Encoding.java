package dev.platter.codec;

/** How one block of guest bytes is compressed on the host. */
public enum Encoding {
  /** A bare deflate stream (RFC 1951), as qcow2 stores it. */
  DEFLATE,
  /**
   * A zlib stream (RFC 1950): deflate with a two-byte header and an Adler-32, as VMDK grains store
   * it.
   */
  ZLIB,
  /** One or more Zstandard frames (RFC 8878). */
  ZSTD,
  /** One bare LZ4 block. */
  LZ4
}
