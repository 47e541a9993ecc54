package dev.platter.fuzz;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.zip.CRC32;
import java.util.zip.CRC32C;
import java.util.zip.Checksum;

/**
 * Puts checksums right, so that what was edited is read and not refused at the door. A sound file
 * stays as it is.
 */
final class Seal {
  private static final int VHD_FOOTER = 512;
  private static final int VHD_FOOTER_SUM = 64;
  private static final int VHD_HEADER = 1024;
  private static final int VHD_HEADER_SUM = 36;
  private static final int VHDX_STEP = 64 << 10;
  private static final int VHDX_HEADER = 4 << 10;
  private static final int LOG_SECTOR = 4 << 10;
  private static final int GPT_SECTOR = 512;
  private static final int LUKS2_SUM = 448;
  private static final int LUKS2_SUM_LENGTH = 64;

  private Seal() {}

  /** Changes the given bytes and answers them. */
  static byte[] applied(byte[] file) {
    for (int at = 0; at + VHD_FOOTER <= file.length; at += GPT_SECTOR) {
      sector(file, at);
    }
    // A footer is at the end wherever that is.
    if (file.length >= VHD_FOOTER && has(file, file.length - VHD_FOOTER, "conectix")) {
      vhd(file, file.length - VHD_FOOTER, VHD_FOOTER, VHD_FOOTER_SUM);
    }
    return file;
  }

  private static void sector(byte[] file, int at) {
    if (has(file, at, "conectix")) {
      vhd(file, at, VHD_FOOTER, VHD_FOOTER_SUM);
    } else if (has(file, at, "cxsparse")) {
      vhd(file, at, VHD_HEADER, VHD_HEADER_SUM);
    } else if (has(file, at, "head") && at < 4 * VHDX_STEP) {
      sum(file, at, VHDX_HEADER, at + 4, new CRC32C());
    } else if (has(file, at, "regi") && at < 8 * VHDX_STEP) {
      sum(file, at, VHDX_STEP, at + 4, new CRC32C());
    } else if (has(file, at, "loge") && at % LOG_SECTOR == 0) {
      long length = Integer.toUnsignedLong(little(file).getInt(at + 8));
      sum(file, at, Math.min(length, file.length - (long) at), at + 4, new CRC32C());
    } else if (has(file, at, "EFI PART")) {
      gpt(file, at);
    } else if (has(file, at, "LUKS\u00ba\u00be\0\2") || has(file, at, "SKUL\u00ba\u00be\0\2")) {
      luks2(file, at);
    }
  }

  private static ByteBuffer little(byte[] file) {
    return ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static boolean has(byte[] file, int at, String magic) {
    byte[] bytes = magic.getBytes(StandardCharsets.ISO_8859_1);
    return at + bytes.length <= file.length
        && Arrays.equals(file, at, at + bytes.length, bytes, 0, bytes.length);
  }

  /** VHD: the complement of the sum of all bytes but its own. */
  private static void vhd(byte[] file, int at, int length, int sumAt) {
    if (at + length > file.length) {
      return;
    }
    int sum = 0;
    for (int i = 0; i < length; i++) {
      sum += i >= sumAt && i < sumAt + Integer.BYTES ? 0 : file[at + i] & 0xFF;
    }
    ByteBuffer.wrap(file).putInt(at + sumAt, ~sum);
  }

  /** A checksum, in little endian, over bytes among which it counts as zero. */
  private static void sum(byte[] file, int at, long length, int sumAt, Checksum checksum) {
    if (length < Long.BYTES || at + length > file.length) {
      return;
    }
    little(file).putInt(sumAt, 0);
    checksum.update(file, at, (int) length);
    little(file).putInt(sumAt, (int) checksum.getValue());
  }

  /** The entries first, as the header has their sum. */
  private static void gpt(byte[] file, int at) {
    ByteBuffer bytes = little(file);
    long entries = bytes.getLong(at + 72) * GPT_SECTOR;
    long length =
        Integer.toUnsignedLong(bytes.getInt(at + 80))
            * Integer.toUnsignedLong(bytes.getInt(at + 84));
    if (entries >= 0 && length > 0 && length <= file.length - Math.min(entries, file.length)) {
      CRC32 crc = new CRC32();
      crc.update(file, (int) entries, (int) length);
      bytes.putInt(at + 88, (int) crc.getValue());
    }
    long size = Integer.toUnsignedLong(bytes.getInt(at + 12));
    if (size >= 92) {
      sum(file, at, size, at + 16, new CRC32());
    }
  }

  /** The header with its JSON; SHA-256, as cryptsetup writes. */
  private static void luks2(byte[] file, int at) {
    long size = ByteBuffer.wrap(file).getLong(at + 8);
    if (size < LUKS2_SUM + LUKS2_SUM_LENGTH || size > file.length - (long) at) {
      return;
    }
    Arrays.fill(file, at + LUKS2_SUM, at + LUKS2_SUM + LUKS2_SUM_LENGTH, (byte) 0);
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      digest.update(file, at, (int) size);
      byte[] sum = digest.digest();
      System.arraycopy(sum, 0, file, at + LUKS2_SUM, sum.length);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
