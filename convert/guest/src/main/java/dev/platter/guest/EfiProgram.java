package dev.platter.guest;

/**
 * A program that UEFI may start: the removable media's name for an architecture (UEFI specification
 * 3.5.1.1), or the loader of an installed system.
 *
 * @param place where it is: a {@link FileSystem#place}
 * @param path in that file system, such as {@code /EFI/BOOT/BOOTX64.EFI}
 * @param architecture that it is made for, as {@code uname -m} says it; empty: not known
 * @param signer whose certificate its signature bears, which Secure Boot would look at, with who
 *     issued it; empty: none. The signature itself is not verified.
 */
public record EfiProgram(String place, String path, String architecture, String signer) {
  /** Whether a machine starts it that was told nothing of it. */
  public boolean isDefault() {
    return path.regionMatches(true, 0, "/EFI/BOOT/BOOT", 0, "/EFI/BOOT/BOOT".length());
  }
}
