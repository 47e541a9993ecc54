package dev.platter.guest;

import java.util.Optional;
import java.util.OptionalInt;

/**
 * A file system, or what else fills a partition, a logical volume or a whole disk.
 *
 * @param place such as {@code partition 1}, {@code disk} or {@code vg/root}
 * @param partition the partition that holds it; empty: the whole disk does
 * @param kind its name, mostly as {@code blkid} has it: {@code ext4}, {@code xfs}, {@code fat32},
 *     {@code crypto_LUKS2} ...; empty: it could not be looked at
 * @param label empty: none
 * @param uuid as {@code blkid} writes it; empty: none
 * @param size bytes that it says it has; 0: it does not say
 * @param unreadable why its files could not be read, though this kind's could be; empty: they
 *     could, or were not tried
 */
public record FileSystem(
    String place,
    OptionalInt partition,
    String kind,
    String label,
    String uuid,
    long size,
    Optional<String> unreadable) {}
