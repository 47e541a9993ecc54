package dev.platter.guest.files.btrfs;

import dev.platter.guest.files.Bytes;
import dev.platter.image.CorruptImageException;
import java.util.Comparator;

/** The key of a btrfs item; items lie in the order of their keys, whose numbers are unsigned. */
record BtrfsKey(long objectId, int type, long offset) implements Comparable<BtrfsKey> {
  static final int LENGTH = 17;

  private static final Comparator<BtrfsKey> ORDER =
      Comparator.comparing(BtrfsKey::objectId, Long::compareUnsigned)
          .thenComparingInt(BtrfsKey::type)
          .thenComparing(BtrfsKey::offset, Long::compareUnsigned);

  static BtrfsKey parse(Bytes bytes, long at) throws CorruptImageException {
    return new BtrfsKey(bytes.i64(at), bytes.u8(at + 8), bytes.i64(at + 9));
  }

  @Override
  public int compareTo(BtrfsKey other) {
    return ORDER.compare(this, other);
  }

  boolean isOf(long object, int ofType) {
    return objectId == object && type == ofType;
  }
}
