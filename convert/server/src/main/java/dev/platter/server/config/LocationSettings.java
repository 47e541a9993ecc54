package dev.platter.server.config;

import dev.platter.service.HashAlgorithm;
import dev.platter.service.Pace;

/**
 * What the deployer says of data that are taken in where they lie.
 *
 * @param hash whether they are read for their digests
 * @param algorithm of the digest beside MD5
 * @param retries how often that is tried again
 * @param sizeCap the largest image in bytes
 * @param pace how long it takes at most
 */
public record LocationSettings(
    boolean hash, HashAlgorithm algorithm, int retries, long sizeCap, Pace pace) {}
