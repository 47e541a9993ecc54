package dev.platter.qcow2;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.image.Limits;
import dev.platter.qcow2.format.BitmapDirectory;
import dev.platter.qcow2.format.BitmapEntry;
import dev.platter.qcow2.format.HeaderExtension;
import dev.platter.qcow2.format.ImageHead;
import dev.platter.qcow2.format.Qcow2Header;
import dev.platter.qcow2.live.LiveRefcounts;
import dev.platter.storage.Barrier;
import dev.platter.storage.MemoryStorage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;

/** Puts empty, enabled bitmaps into an image that has none: as QEMU would, without QEMU. */
final class AddedBitmaps {
  private final MemoryStorage storage;
  private final ImageHead head;
  private final LiveRefcounts refcounts;

  private AddedBitmaps(byte[] image) throws IOException {
    this.storage = MemoryStorage.of("image", image);
    this.head = ImageHead.read(storage, Limits.DEFAULT);
    this.refcounts = new LiveRefcounts(storage, head);
  }

  /** The image with one bitmap for each granularity, which is its name. */
  static byte[] to(byte[] image, int... granularityBits) throws IOException {
    return new AddedBitmaps(image).add(granularityBits);
  }

  private byte[] add(int... granularityBits) throws IOException {
    MemorySegment directory = MemorySegment.ofArray(new byte[32 * granularityBits.length]);
    for (int i = 0; i < granularityBits.length; i++) {
      BitmapEntry entry =
          new BitmapEntry(0, 0, 0, 0, granularityBits[i], 0, "" + granularityBits[i], 0);
      long clusters = entry.clustersFor(head.header().size(), head.header());
      MemorySegment at = directory.asSlice(32L * i);
      at.set(Qcow2Header.LONG, 0, put(MemorySegment.ofArray(new byte[(int) clusters * 8])));
      at.set(Qcow2Header.INT, 8, (int) clusters);
      at.set(Qcow2Header.INT, BitmapEntry.FLAGS_OFFSET, BitmapEntry.FLAG_AUTO);
      at.set(ValueLayout.JAVA_BYTE, 16, (byte) BitmapEntry.TYPE_DIRTY_TRACKING);
      at.set(ValueLayout.JAVA_BYTE, 17, (byte) granularityBits[i]);
      at.set(Qcow2Header.SHORT, 18, (short) entry.name().length());
      MemorySegment.copy(
          MemorySegment.ofArray(entry.name().getBytes(UTF_8)), 0, at, 24, entry.name().length());
    }
    MemorySegment extension = MemorySegment.ofArray(new byte[BitmapDirectory.EXTENSION_LENGTH]);
    extension.set(Qcow2Header.INT, 0, granularityBits.length);
    extension.set(Qcow2Header.LONG, 8, directory.byteSize());
    extension.set(Qcow2Header.LONG, BitmapDirectory.OFFSET_FIELD, put(directory));
    putExtension(new HeaderExtension(HeaderExtension.BITMAPS, extension));
    MemorySegment flags = MemorySegment.ofArray(new byte[8]);
    flags.set(
        Qcow2Header.LONG, 0, head.header().autoclearFeatures() | Qcow2Header.AUTOCLEAR_BITMAPS);
    storage.write(88, flags);
    try (LiveRefcounts.Changes changes = refcounts.changes()) {
      changes.write(new Barrier(List.of(storage)));
    }
    return storage.toByteArray();
  }

  /** In the place of the names of features, which nobody needs; the backing file's name moves. */
  private void putExtension(HeaderExtension added) throws IOException {
    List<HeaderExtension> all = new ArrayList<>(head.extensions());
    all.removeIf(each -> each.type() == HeaderExtension.FEATURE_NAMES);
    all.add(added);
    all.add(new HeaderExtension(HeaderExtension.END, MemorySegment.NULL));
    long at = head.header().headerLength();
    for (HeaderExtension each : all) {
      long length = HeaderExtension.storedLength(each.data().byteSize());
      MemorySegment bytes = MemorySegment.ofArray(new byte[(int) length]);
      each.writeTo(bytes);
      storage.write(at, bytes);
      at += length;
    }
    if (head.backingFile().isPresent()) {
      byte[] name = head.backingFile().get().getBytes(UTF_8);
      storage.write(at, MemorySegment.ofArray(name));
      MemorySegment offset = MemorySegment.ofArray(new byte[8]);
      offset.set(Qcow2Header.LONG, 0, at);
      storage.write(8, offset);
      at += name.length;
    }
    assertTrue(at <= head.header().clusterSize());
  }

  private long put(MemorySegment bytes) throws IOException {
    long clusters = head.header().clustersFor(bytes.byteSize());
    LiveRefcounts.Taken taken = refcounts.take(clusters);
    assertEquals(clusters, taken.count());
    long offset = taken.cluster() << head.header().clusterBits();
    storage.truncate(Math.max(storage.size(), offset + (clusters << head.header().clusterBits())));
    storage.write(offset, bytes);
    return offset;
  }
}
