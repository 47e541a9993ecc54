package dev.platter.cipher;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** What makes the initialization vector of a sector out of its number, as dm-crypt has them. */
public enum IvGenerator {
  /** The lower 32 bits of the number, little endian. */
  PLAIN,
  /** The number, little endian. */
  PLAIN64,
  /** The number, big endian, at the end. */
  PLAIN64BE,
  /** The number of the sector's first block, counted from 1, big endian, at the end. */
  BENBI,
  /** Zeros. */
  NULL,
  /** The number, encrypted with the hash of the key. */
  ESSIV;

  private static final VarHandle LITTLE =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle BIG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

  /** The generator of that name. */
  public static Optional<IvGenerator> named(String name) {
    return Arrays.stream(values()).filter(known -> known.luksName().equals(name)).findFirst();
  }

  /** How headers call it. */
  public String luksName() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Puts the vectors of sectors one after the other; those of ESSIV are to be encrypted yet. */
  void fill(byte[] vectors, int blockSize, int count, long firstSector, long sectorStep) {
    Arrays.fill(vectors, 0, count * blockSize, (byte) 0);
    for (int i = 0; i < count; i++) {
      long sector = firstSector + i * sectorStep;
      int start = i * blockSize;
      int end = start + blockSize - 8;
      switch (this) {
        case PLAIN -> LITTLE.set(vectors, start, sector & 0xffff_ffffL);
        case PLAIN64, ESSIV -> LITTLE.set(vectors, start, sector);
        case PLAIN64BE -> BIG.set(vectors, end, sector);
        case BENBI -> BIG.set(vectors, end, sector * (512 / blockSize) + 1);
        case NULL -> {}
      }
    }
  }
}
