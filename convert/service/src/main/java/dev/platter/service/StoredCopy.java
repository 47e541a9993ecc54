package dev.platter.service;

import dev.platter.service.store.StoredImage;

/**
 * The image as one store has it. Where the deployer lets stores have different formats, copies
 * differ.
 *
 * @param storeId the store
 * @param stored where it is there
 * @param fingerprint of the bytes stored
 * @param virtualSize the size of the guest disk, bytes; that of the image where it cannot be told
 * @param diskFormat the format stored
 * @param containerFormat the container stored
 */
public record StoredCopy(
    String storeId,
    StoredImage stored,
    Fingerprint fingerprint,
    long virtualSize,
    String diskFormat,
    String containerFormat) {}
