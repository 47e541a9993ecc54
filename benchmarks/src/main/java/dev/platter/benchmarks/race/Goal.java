package dev.platter.benchmarks.race;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What a row is to reach.
 *
 * @param work which line of the list of targets it stands for
 * @param speedups by contender: how many times as long it must take, compared in pairs
 * @param sizeRatio the largest part of qemu-img's file that our file may take up; 0: any
 * @param seconds the most that it may take; 0: any
 */
record Goal(String work, Map<String, Double> speedups, double sizeRatio, double seconds) {
  /** Where Java's start counts. */
  static final String SMALL_PLAIN = "uncompressed, 0.5 GB of data";

  static final String INFO = "info";

  static final Goal NONE = new Goal("", Map.of(), 0, 0);

  static Goal of(String work, double overDefault, double overBest) {
    Map<String, Double> speedups = new LinkedHashMap<>();
    if (overDefault > 0) {
      speedups.put(Contender.QEMU, overDefault);
    }
    if (overBest > 0) {
      speedups.put(Contender.QEMU_BEST, overBest);
    }
    return new Goal(work, speedups, 0, 0);
  }

  static Goal within(String work, double seconds) {
    return new Goal(work, Map.of(), 0, seconds);
  }

  Goal sizedAtMost(double ratio) {
    return new Goal(work, speedups, ratio, seconds);
  }

  /**
   * Also to be no more than 15 % slower than a contender that does only what cannot be left out.
   */
  Goal nearTo(String limit) {
    Map<String, Double> more = new LinkedHashMap<>(speedups);
    more.put(limit, 1 / 1.15);
    return new Goal(work, more, sizeRatio, seconds);
  }

  /** The target for converting between two kinds, where the data takes seconds or less than one. */
  static Goal ofConversion(ImageKind from, ImageKind to, boolean large) {
    boolean fromDeflate = from == ImageKind.QCOW2_ZLIB || from == ImageKind.STREAM;
    boolean toDeflate = to == ImageKind.QCOW2_ZLIB || to == ImageKind.STREAM;
    if (fromDeflate && toDeflate && from != to) {
      return of("qcow2 zlib ↔ streamOptimized", 20, 10);
    }
    if (from.isEncrypted() || to.isEncrypted()) {
      return of("encrypted", 1.5, 0);
    }
    return switch (to) {
      case QCOW2_ZLIB -> of("to qcow2 zlib", 9, 5).sizedAtMost(1);
      case STREAM -> of("to streamOptimized", 6.5, 5.5).sizedAtMost(1);
      case QCOW2_ZSTD -> of("to qcow2 zstd", 2, 1.3);
      case RAW, QCOW2, VMDK, VDI, VHD, VHDX, LUKS, QCOW2_LUKS -> {
        if (fromDeflate) {
          yield of("from qcow2 zlib, from streamOptimized", 2.5, 2);
        }
        if (from == ImageKind.QCOW2_ZSTD) {
          yield of("from qcow2 zstd", 1.5, 1.2);
        }
        yield large ? of("uncompressed, 4 GB of data", 1.3, 1.2) : of(SMALL_PLAIN, 0.7, 0);
      }
    };
  }
}
