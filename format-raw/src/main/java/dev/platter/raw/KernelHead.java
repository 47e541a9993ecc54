package dev.platter.raw;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;

/**
 * What the first bytes of a kernel of Linux tell (Linux kernel documentation: "The Linux/x86 boot
 * protocol", "Booting AArch64 Linux", "Boot image header in RISC-V Linux").
 *
 * @param kind what such a file is called
 * @param architecture as {@code uname -m} says it; empty: not told
 * @param version empty: not told in the head
 */
record KernelHead(String kind, String architecture, String version) {
  private static final int BOOT_SIGNATURE = 0x1FE;
  private static final int X86_MAGIC = 0x202;
  private static final int X86_PROTOCOL = 0x206;
  private static final int X86_VERSION = 0x20E;
  private static final int X86_LOAD_FLAGS = 0x211;
  private static final int X86_EXTENDED_FLAGS = 0x236;
  private static final int X86_SETUP = 0x200;
  private static final int LONGEST_VERSION = 256;
  private static final int IMAGE_MAGIC = 56;
  private static final int ZIMAGE_MAGIC = 0x24;
  private static final int ZBOOT_COMPRESSION = 24;
  private static final int PE_POINTER = 0x3C;
  private static final byte[] ZIMAGE = {0x18, 0x28, 0x6F, 0x01};

  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  /** Empty: this is no kernel. */
  static Optional<KernelHead> of(MemorySegment head) {
    if (head.byteSize() < 64) {
      return Optional.empty();
    }
    if (has(head, X86_MAGIC, "HdrS") && u16(head, BOOT_SIGNATURE) == 0xAA55) {
      return Optional.of(x86(head));
    }
    if (has(head, IMAGE_MAGIC, "ARM\u0064")) {
      return Optional.of(new KernelHead("Linux Image", "aarch64", ""));
    }
    if (has(head, IMAGE_MAGIC, "RSC\u0005")) {
      return Optional.of(new KernelHead("Linux Image", "riscv64", ""));
    }
    if (Arrays.equals(bytes(head, ZIMAGE_MAGIC, ZIMAGE.length), ZIMAGE)) {
      return Optional.of(new KernelHead("Linux zImage", "armv7l", ""));
    }
    if (has(head, 0, "MZ") && has(head, 4, "zimg")) {
      String compression = DiscText.clean(text(head, ZBOOT_COMPRESSION, 8));
      String kind = "Linux EFI zboot" + (compression.isEmpty() ? "" : " (" + compression + ")");
      return Optional.of(new KernelHead(kind, peArchitecture(head), ""));
    }
    return Optional.empty();
  }

  private static KernelHead x86(MemorySegment head) {
    int protocol = u16(head, X86_PROTOCOL);
    boolean big = protocol >= 0x200 && (u16(head, X86_LOAD_FLAGS) & 1) != 0;
    boolean wide = protocol >= 0x20C && (u16(head, X86_EXTENDED_FLAGS) & 1) != 0;
    int pointer = protocol >= 0x200 ? u16(head, X86_VERSION) : 0;
    String text = pointer == 0 ? "" : text(head, pointer + X86_SETUP, LONGEST_VERSION);
    // Behind the version is who built it when.
    String version = DiscText.clean(text).split(" ", 2)[0];
    return new KernelHead(
        big ? "Linux bzImage" : "Linux zImage", wide ? "x86_64" : "i686", version);
  }

  private static String peArchitecture(MemorySegment head) {
    int at = u16(head, PE_POINTER);
    return !has(head, at, "PE\0\0")
        ? ""
        : switch (u16(head, at + 4)) {
          case 0x8664 -> "x86_64";
          case 0xAA64 -> "aarch64";
          case 0x5064 -> "riscv64";
          case 0x6264 -> "loongarch64";
          default -> "";
        };
  }

  private static boolean has(MemorySegment head, int at, String magic) {
    return text(head, at, magic.length()).equals(magic);
  }

  private static String text(MemorySegment head, int at, int length) {
    return new String(bytes(head, at, length), StandardCharsets.ISO_8859_1);
  }

  /** As far as there are so many. */
  private static byte[] bytes(MemorySegment head, int at, int length) {
    long from = Math.min(at, head.byteSize());
    long count = Math.min(length, head.byteSize() - from);
    return head.asSlice(from, count).toArray(ValueLayout.JAVA_BYTE);
  }

  private static int u16(MemorySegment head, int at) {
    return at > head.byteSize() - 2 ? 0 : head.get(SHORT, at) & 0xFFFF;
  }
}
