package dev.platter.qcow2;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.image.DirtyBitmap;
import dev.platter.image.DiskImage;
import dev.platter.image.spi.ImageFormat;
import dev.platter.image.spi.OpenRequest;
import dev.platter.storage.WritableStorage;
import dev.platter.testdata.LiveImageContract;
import dev.platter.testdata.LiveSubject;
import dev.platter.testdata.LiveSubject.Kind;
import java.io.IOException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Images with bitmaps: all that holds for others, and no change goes unmarked, unless the bitmap
 * says of itself that it is not to be relied on.
 */
class LiveQcow2BitmapTest extends LiveImageContract {
  private static final int SECTOR = 512;

  @Override
  protected ImageFormat format() {
    return new Qcow2Format();
  }

  @Override
  protected Stream<Kind> kinds() {
    return Stream.of(
        Kind.of(""),
        Kind.of("cluster_size=512,refcount_bits=1"),
        Kind.of("cluster_size=4k,refcount_bits=64").compressed().overParent(),
        Kind.of("extended_l2=on,cluster_size=16k"),
        Kind.of("data_file=data,cluster_size=4k"));
  }

  @Override
  protected boolean grows(Kind kind) {
    return !kind.compress();
  }

  @Override
  protected LiveSubject make(Kind kind, long seed, int size) throws IOException {
    return withBitmaps(super.make(kind, seed, size));
  }

  @Override
  protected LiveSubject makeEmpty(Kind kind, int size) throws IOException {
    return withBitmaps(super.makeEmpty(kind, size));
  }

  private static LiveSubject withBitmaps(LiveSubject subject) throws IOException {
    Map<String, byte[]> files = new HashMap<>(subject.files());
    files.computeIfPresent(
        LiveSubject.IMAGE,
        (name, image) -> {
          try {
            return AddedBitmaps.to(image, 9, 13, 16);
          } catch (IOException e) {
            throw new AssertionError(e);
          }
        });
    return new LiveSubject(files, subject.below());
  }

  @Override
  protected void mustTellOfChanges(
      Map<String, ? extends WritableStorage> files, byte[] before, byte[] now) throws IOException {
    try (DiskImage image = format().open(files.get(LiveSubject.IMAGE), OpenRequest.strict())) {
      for (DirtyBitmap bitmap : image.dirtyBitmaps()) {
        for (int at = 0; at < Math.min(before.length, now.length); at += SECTOR) {
          int end = Math.min(at + SECTOR, Math.min(before.length, now.length));
          int from = at;
          assertTrue(
              Arrays.equals(before, at, end, now, at, end) || bitmap.runAt(at, end).isDirty(),
              () -> "bitmap " + bitmap.name() + " does not tell of a change at " + from);
        }
      }
    }
  }
}
