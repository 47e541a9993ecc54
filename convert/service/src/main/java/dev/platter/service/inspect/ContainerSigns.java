package dev.platter.service.inspect;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;

/** What is around an image, told from its first bytes. */
final class ContainerSigns {
  /** The first bytes of gzip, zip, xz, zstd, lz4 and bzip2 files. */
  private static final List<byte[]> COMPRESSED =
      List.of(
          HexFormat.of().parseHex("1f8b08"),
          HexFormat.of().parseHex("504b0304"),
          HexFormat.of().parseHex("fd377a585a00"),
          HexFormat.of().parseHex("28b52ffd"),
          HexFormat.of().parseHex("04224d18"),
          "BZh".getBytes(StandardCharsets.US_ASCII));

  private static final int TAR_BLOCK = 512;
  private static final int TAR_MAGIC = 257;
  private static final int TAR_NAME = 100;

  /** How the first member of a saved or exported container image is called. */
  private static final String DOCKER_MEMBER =
      "(\\./)?(manifest\\.json|index\\.json|oci-layout|repositories|blobs/?.*"
          + "|[0-9a-f]{64}(/.*|\\.json|\\.tar)?)";

  private ContainerSigns() {}

  /** docker, compressed, or bare. */
  static String of(MemorySegment head) {
    for (byte[] magic : COMPRESSED) {
      if (startsWith(head, 0, magic)) {
        return "compressed";
      }
    }
    return isTar(head) && memberName(head).matches(DOCKER_MEMBER) ? "docker" : "bare";
  }

  /** Whether what holds disks is an envelope alone, a text: in a tar's header there are zeros. */
  static boolean isText(MemorySegment head) {
    MemorySegment block = head.asSlice(0, Math.min(head.byteSize(), TAR_BLOCK));
    for (long i = 0; i < block.byteSize(); i++) {
      if (block.get(ValueLayout.JAVA_BYTE, i) == 0) {
        return false;
      }
    }
    return true;
  }

  static boolean isTar(MemorySegment head) {
    return startsWith(head, TAR_MAGIC, "ustar".getBytes(StandardCharsets.US_ASCII));
  }

  static boolean startsWith(MemorySegment head, long at, byte[] magic) {
    return head.byteSize() >= at + magic.length
        && MemorySegment.ofArray(magic).mismatch(head.asSlice(at, magic.length)) < 0;
  }

  private static String memberName(MemorySegment head) {
    byte[] bytes = head.asSlice(0, TAR_NAME).toArray(ValueLayout.JAVA_BYTE);
    String name = new String(bytes, StandardCharsets.ISO_8859_1);
    int end = name.indexOf('\0');
    return end < 0 ? name : name.substring(0, end);
  }
}
