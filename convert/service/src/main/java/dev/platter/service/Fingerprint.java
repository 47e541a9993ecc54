package dev.platter.service;

import java.util.Objects;

/**
 * What tells whether two copies of an image are the same bytes.
 *
 * @param size bytes
 * @param checksum MD5, hexadecimal
 * @param algorithm of the better digest
 * @param osHash the better digest, hexadecimal
 */
public record Fingerprint(long size, String checksum, HashAlgorithm algorithm, String osHash) {
  public Fingerprint {
    Objects.requireNonNull(checksum);
    Objects.requireNonNull(algorithm);
    Objects.requireNonNull(osHash);
  }
}
