package dev.platter.guest;

import dev.platter.guest.files.Bytes;
import dev.platter.guest.files.FileTree;
import dev.platter.guest.files.Source;
import dev.platter.image.ImageException;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/** For which machine a program was made, by its header: ELF, or PE of Windows and UEFI. */
final class Executables {
  private static final int HEAD = 1024;
  private static final int ELF_MACHINE = 18;
  private static final int PE_POINTER = 0x3C;

  private Executables() {}

  /** Of the first of these files that is a program; empty: none of them is. */
  static String architectureOf(FileTree files, List<String> paths) throws IOException {
    for (String path : paths) {
      try {
        Optional<Bytes> head = files.head(path, HEAD);
        String found = head.isPresent() ? architecture(head.get()) : "";
        if (!found.isEmpty()) {
          return found;
        }
      } catch (ImageException e) {
        continue; // perhaps compressed by the file system; the next one may not be
      }
    }
    return "";
  }

  /** Of one program; empty: it is none, or for a machine that is not known here. */
  static String architecture(Source program) throws IOException {
    return architecture(program.readUpTo(0, HEAD));
  }

  private static String architecture(Bytes head) throws IOException {
    if (head.has(0, "\u007fELF")) {
      boolean wide = head.u8(4) == 2;
      boolean little = head.u8(5) == 1;
      return elf(little ? head.u16(ELF_MACHINE) : head.big().u16(ELF_MACHINE), wide, little);
    }
    if (head.has(0, "MZ") && head.length() > PE_POINTER + 4) {
      long at = head.u32(PE_POINTER);
      return head.has(at, "PE\0\0") && at + 6 <= head.length() ? pe(head.u16(at + 4)) : "";
    }
    return "";
  }

  private static String elf(int machine, boolean wide, boolean little) {
    return switch (machine) {
      case 3 -> "i686";
      case 8 -> wide ? "mips64" : "mips";
      case 20 -> "ppc";
      case 21 -> little ? "ppc64le" : "ppc64";
      case 22 -> wide ? "s390x" : "s390";
      case 40 -> "armv7l";
      case 43 -> "sparc64";
      case 62 -> "x86_64";
      case 183 -> "aarch64";
      case 243 -> wide ? "riscv64" : "riscv32";
      case 258 -> "loongarch64";
      default -> "";
    };
  }

  private static String pe(int machine) {
    return switch (machine) {
      case 0x14C -> "i686";
      case 0x8664 -> "x86_64";
      case 0x1C0, 0x1C4 -> "armv7l";
      case 0xAA64 -> "aarch64";
      case 0x5064 -> "riscv64";
      case 0x6264 -> "loongarch64";
      default -> "";
    };
  }
}
