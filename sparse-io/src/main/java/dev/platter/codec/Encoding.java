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
  LZ4,
  /** One bzip2 stream; only read. */
  BZIP2(false),
  /** One xz stream (version 1.1 of its format); only read. */
  XZ(false),
  /**
   * Blocks of LZFSE and LZVN, up to their end mark, as Apple's disk images have them; only read.
   */
  LZFSE(false),
  /** Apple Data Compression, which has no end mark: it ends where the block is full; only read. */
  ADC(false);

  private final boolean written;

  Encoding() {
    this(true);
  }

  Encoding(boolean written) {
    this.written = written;
  }

  /** Whether there are encoders for it. */
  public boolean isWritten() {
    return written;
  }
}
