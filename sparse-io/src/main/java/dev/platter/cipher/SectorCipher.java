package dev.platter.cipher;

import dev.platter.cipher.Algorithm.Blocks;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.security.MessageDigest;
import java.util.Arrays;

/**
 * Encrypts and decrypts whole sectors in place, many at a time: each mode is made of runs of blocks
 * that the block cipher takes at once. For one thread at a time.
 */
public final class SectorCipher {
  /**
   * What is worked on at a time, bytes: it stays in the first caches, and AES is called often
   * enough to be compiled soon.
   */
  private static final int BATCH = 4 << 10;

  /** The unit in which sectors are numbered, whatever their size, bytes. */
  private static final int NUMBERED = 512;

  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfLong STORED =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle BIG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

  private final CipherSpec spec;
  private final int sectorSize;
  private final int blockSize;
  private final int batch;
  private final Blocks blocks;

  /** Encrypts the tweaks of XTS, or the vectors of ESSIV; else null. */
  private final Blocks tweaks;

  private final Blocks vectors;
  private final byte[] data;
  private final byte[] worked;
  private final byte[] masks;
  private final byte[] ivs;
  private final byte[] plainIvs;

  SectorCipher(CipherSpec spec, Secret key, int sectorSize) {
    this.spec = spec;
    this.sectorSize = sectorSize;
    this.blockSize = spec.algorithm().blockSize();
    this.batch = Math.max(BATCH, sectorSize);
    byte[] all = key.toArray();
    byte[] first = Arrays.copyOf(all, spec.cipherKeyBytes());
    this.blocks = spec.algorithm().keyed(first);
    if (spec.mode() == CipherSpec.Mode.XTS) {
      byte[] second = Arrays.copyOfRange(all, first.length, all.length);
      this.tweaks = spec.algorithm().keyed(second);
      Arrays.fill(second, (byte) 0);
    } else {
      this.tweaks = null;
    }
    if (spec.generator() == IvGenerator.ESSIV) {
      MessageDigest digest = spec.generatorHash().orElseThrow().newDigest();
      byte[] salt = digest.digest(all);
      this.vectors = spec.algorithm().keyed(salt);
      Arrays.fill(salt, (byte) 0);
    } else {
      this.vectors = null;
    }
    Arrays.fill(all, (byte) 0);
    Arrays.fill(first, (byte) 0);
    this.data = new byte[batch];
    this.worked = new byte[batch];
    this.masks = new byte[batch];
    this.ivs = new byte[batch / sectorSize * blockSize];
    this.plainIvs = new byte[ivs.length];
  }

  /**
   * Encrypts in place.
   *
   * @param offset of the first byte where sectors are counted from, bytes; begins a sector
   * @param bytes whole sectors
   */
  public void encrypt(long offset, MemorySegment bytes) {
    run(true, offset, bytes);
  }

  /** Decrypts in place, likewise. */
  public void decrypt(long offset, MemorySegment bytes) {
    run(false, offset, bytes);
  }

  private void run(boolean encrypts, long offset, MemorySegment bytes) {
    long length = bytes.byteSize();
    if (offset % sectorSize != 0 || length % sectorSize != 0) {
      throw new IllegalArgumentException(length + " bytes at " + offset + " are no whole sectors");
    }
    for (long at = 0; at < length; at += batch) {
      int count = (int) Math.min(batch, length - at);
      MemorySegment part = bytes.asSlice(at, count);
      fillVectors((offset + at) / NUMBERED, count / sectorSize);
      if (spec.mode() == CipherSpec.Mode.XTS) {
        xts(encrypts, part, count);
        continue;
      }
      MemorySegment.copy(part, ValueLayout.JAVA_BYTE, 0, data, 0, count);
      switch (spec.mode()) {
        case ECB -> cipher(encrypts, data, worked, count);
        case CTR -> counter(count);
        case CBC -> {
          if (encrypts) {
            chain(count);
          } else {
            unchain(count);
          }
        }
        case XTS -> throw new IllegalStateException("done already");
      }
      MemorySegment.copy(worked, 0, part, ValueLayout.JAVA_BYTE, 0, count);
    }
  }

  private void cipher(boolean encrypts, byte[] in, byte[] out, int length) {
    if (encrypts) {
      blocks.encrypt(in, out, length);
    } else {
      blocks.decrypt(in, out, length);
    }
  }

  private void fillVectors(long firstSector, int count) {
    byte[] target = vectors == null ? ivs : plainIvs;
    spec.generator().fill(target, blockSize, count, firstSector, sectorSize / NUMBERED);
    if (vectors != null) {
      vectors.encrypt(plainIvs, ivs, count * blockSize);
    }
  }

  /**
   * IEEE 1619: each block is masked before and after with the tweak times a power of two. Bytes
   * come and go on the way; copying them first and last would take a tenth longer.
   */
  private void xts(boolean encrypts, MemorySegment bytes, int length) {
    int sectors = length / sectorSize;
    tweaks.encrypt(ivs, plainIvs, sectors * blockSize);
    for (int sector = 0; sector < sectors; sector++) {
      maskSector(bytes, sector);
    }
    cipher(encrypts, data, worked, length);
    for (int at = 0; at < length; at += 8) {
      bytes.set(STORED, at, (long) LONG.get(worked, at) ^ (long) LONG.get(masks, at));
    }
  }

  private void maskSector(MemorySegment bytes, int sector) {
    long low = (long) LONG.get(plainIvs, sector * 16);
    long high = (long) LONG.get(plainIvs, sector * 16 + 8);
    int end = (sector + 1) * sectorSize;
    for (int at = sector * sectorSize; at < end; at += 16) {
      LONG.set(masks, at, low);
      LONG.set(masks, at + 8, high);
      LONG.set(data, at, bytes.get(STORED, at) ^ low);
      LONG.set(data, at + 8, bytes.get(STORED, at + 8) ^ high);
      long carry = high >> 63;
      high = high << 1 | low >>> 63;
      low = low << 1 ^ carry & 0x87;
    }
  }

  /** Block after block, of all sectors at once, as each needs the one before it. */
  private void chain(int length) {
    int sectors = length / sectorSize;
    int row = sectors * blockSize;
    // The vectors are what the first blocks are chained to.
    System.arraycopy(ivs, 0, plainIvs, 0, row);
    for (int block = 0; block < sectorSize; block += blockSize) {
      for (int sector = 0; sector < sectors; sector++) {
        for (int i = 0; i < blockSize; i += 8) {
          long plain = (long) LONG.get(data, sector * sectorSize + block + i);
          long before = (long) LONG.get(plainIvs, sector * blockSize + i);
          LONG.set(masks, sector * blockSize + i, plain ^ before);
        }
      }
      blocks.encrypt(masks, plainIvs, row);
      for (int sector = 0; sector < sectors; sector++) {
        for (int i = 0; i < blockSize; i += 8) {
          LONG.set(
              worked,
              sector * sectorSize + block + i,
              (long) LONG.get(plainIvs, sector * blockSize + i));
        }
      }
    }
  }

  private void unchain(int length) {
    blocks.decrypt(data, worked, length);
    for (int start = 0; start < length; start += sectorSize) {
      System.arraycopy(ivs, start / sectorSize * blockSize, masks, start, blockSize);
      System.arraycopy(data, start, masks, start + blockSize, sectorSize - blockSize);
    }
    mask(worked, masks, length);
  }

  /** The sector's vector is the first value of a counter that is as wide as a block. */
  private void counter(int length) {
    for (int start = 0; start < length; start += sectorSize) {
      int iv = start / sectorSize * blockSize;
      long high = blockSize == 16 ? (long) BIG.get(ivs, iv) : 0;
      long low = (long) BIG.get(ivs, iv + blockSize - 8);
      for (int at = start; at < start + sectorSize; at += blockSize) {
        if (blockSize == 16) {
          BIG.set(masks, at, high);
        }
        BIG.set(masks, at + blockSize - 8, low);
        low++;
        high += low == 0 ? 1 : 0;
      }
    }
    blocks.encrypt(masks, worked, length);
    mask(worked, data, length);
  }

  private static void mask(byte[] bytes, byte[] with, int length) {
    for (int at = 0; at < length; at += 8) {
      LONG.set(bytes, at, (long) LONG.get(bytes, at) ^ (long) LONG.get(with, at));
    }
  }
}
