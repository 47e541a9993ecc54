package dev.platter.guest;

/**
 * An operating system that was found. Words are those of os-release(5); what is not known is empty.
 *
 * @param type {@code linux}, {@code windows} or {@code freebsd}
 * @param id such as {@code debian}, {@code rhel}, {@code windows}
 * @param versionId such as {@code 12}, {@code 24.04}, {@code 10.0.20348}
 * @param prettyName such as {@code Debian GNU/Linux 12 (bookworm)}
 * @param architecture as {@code uname -m} says it: {@code x86_64}, {@code aarch64}, {@code i686}
 *     ...
 * @param place where its root is: a {@link FileSystem#place}, with the directory where that is not
 *     the file system's own root
 */
public record OperatingSystem(
    String type,
    String id,
    String versionId,
    String prettyName,
    String architecture,
    String place) {}
