package dev.platter.guest;

import dev.platter.guest.files.FileTree;
import dev.platter.guest.files.Node;
import java.io.IOException;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * What UEFI would start from an EFI system partition: the removable media's name for an
 * architecture (UEFI specification 3.5.1.1), or the loader of an installed system.
 *
 * @param architecture empty: not told by a name
 */
record EfiPrograms(String architecture) {
  private static final Map<String, String> NAMES =
      Map.of(
          "bootx64.efi", "x86_64",
          "bootaa64.efi", "aarch64",
          "bootia32.efi", "i686",
          "bootarm.efi", "armv7l",
          "bootriscv64.efi", "riscv64",
          "bootloongarch64.efi", "loongarch64");
  private static final int MAX_DIRECTORIES = 64;

  /** Empty: there is nothing that could be started. */
  static Optional<EfiPrograms> find(FileTree files) throws IOException {
    Optional<Node> boot = files.directory("/EFI/BOOT");
    if (boot.isPresent()) {
      for (String name : boot.get().names()) {
        String architecture = NAMES.get(name.toLowerCase(Locale.ROOT));
        if (architecture != null) {
          return Optional.of(new EfiPrograms(architecture));
        }
      }
    }
    Optional<Node> vendors = files.directory("/EFI");
    if (vendors.isPresent()) {
      int looked = 0;
      for (String vendor : vendors.get().names()) {
        Optional<Node> directory = files.directory("/EFI/" + vendor);
        if (directory.isPresent() && ++looked <= MAX_DIRECTORIES && holdsProgram(directory.get())) {
          return Optional.of(new EfiPrograms(""));
        }
      }
    }
    return Optional.empty();
  }

  /** Windows keeps its loader one directory further down. */
  private static boolean holdsProgram(Node directory) throws IOException {
    for (String name : directory.names()) {
      if (name.toLowerCase(Locale.ROOT).endsWith(".efi")) {
        return true;
      }
    }
    return new FileTree(directory).find("Boot/bootmgfw.efi").isPresent();
  }
}
