package dev.platter.service;

import java.util.Objects;

/**
 * What tells whether two copies of an image are the same bytes.
 *
 * @param size bytes
 * @param checksum MD5, hexadecimal
 * @param osHash SHA-512, hexadecimal
 */
public record Fingerprint(long size, String checksum, String osHash) {
  /** The name of the algorithm of {@link #osHash}, as the Image API says it. */
  public static final String OS_HASH_ALGORITHM = "sha512";

  public Fingerprint {
    Objects.requireNonNull(checksum);
    Objects.requireNonNull(osHash);
  }
}
