package dev.platter.cli.convert;

import dev.platter.cli.image.NewImage;
import dev.platter.cli.line.Failure;
import dev.platter.cli.line.Invocation;
import dev.platter.cli.source.Source;
import dev.platter.image.DirtyBitmap;
import dev.platter.image.DiskImage;
import dev.platter.image.FormatOptions;
import dev.platter.image.ImageInfo;
import dev.platter.image.spi.Bitmaps;
import dev.platter.image.spi.ImageEditor;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The dirty bitmaps that a conversion takes along ({@code convert --bitmaps}). */
final class BitmapCopy {
  /** How an image tells of its bitmaps, and what a Parallels image calls those it has. */
  private static final String BITMAPS = "bitmaps";

  private static final String UNREAD_BITMAPS = "dirty-bitmaps";

  private final Invocation call;
  private final List<DirtyBitmap> bitmaps;
  private final Map<String, Bitmaps.Recording> recordings;
  private final List<String> broken;
  private final long size;

  private BitmapCopy(
      Invocation call,
      List<DirtyBitmap> bitmaps,
      Map<String, Bitmaps.Recording> recordings,
      List<String> broken,
      long size) {
    this.call = call;
    this.bitmaps = bitmaps;
    this.recordings = recordings;
    this.broken = broken;
    this.size = size;
  }

  /**
   * Those of the source's top image, before anything is written.
   *
   * @throws Failure if it can have none, or has one that cannot be relied on and is not to be left
   *     out ({@code --skip-broken-bitmaps})
   */
  static BitmapCopy of(Invocation call, List<Source> sources) throws Failure, IOException {
    if (sources.size() != 1) {
      throw new Failure("Copying bitmaps only possible with single source");
    }
    DiskImage image = sources.getFirst().chain().top().image();
    ImageInfo info = image.info();
    if (!image.keepsBitmaps()) {
      throw new Failure("Source lacks bitmap support");
    }
    if (info.details().get(UNREAD_BITMAPS) instanceof List<?> unread && !unread.isEmpty()) {
      throw new Failure(
          "'"
              + sources.getFirst().name().shown()
              + "' has dirty bitmaps that cannot be read, as they are those of format '"
              + info.format()
              + "'");
    }
    List<DirtyBitmap> bitmaps = image.dirtyBitmaps();
    Set<String> sound = Set.copyOf(bitmaps.stream().map(DirtyBitmap::name).toList());
    Map<String, Bitmaps.Recording> recordings = new HashMap<>();
    List<String> broken = new ArrayList<>();
    if (info.details().get(BITMAPS) instanceof List<?> all) {
      for (Object one : all) {
        Map<?, ?> told = (Map<?, ?>) one;
        String name = told.get("name").toString();
        boolean enabled = told.get("flags") instanceof List<?> flags && flags.contains("auto");
        recordings.put(name, enabled ? Bitmaps.Recording.ENABLED : Bitmaps.Recording.DISABLED);
        if (!sound.contains(name)) {
          broken.addFirst(name); // qemu-img tells of the last one first
        }
      }
    }
    if (!broken.isEmpty() && !call.has(ConvertCommand.SKIP_BROKEN)) {
      throw new Failure("Cannot copy inconsistent bitmap '" + broken.getFirst() + "'")
          .withSecondLine(
              "Try --skip-broken-bitmaps, or use '"
                  + call.profile().program()
                  + " bitmap --remove' to delete it");
    }
    return new BitmapCopy(call, bitmaps, recordings, broken, info.virtualSize());
  }

  /** The target cannot keep bitmaps. */
  static Failure lackingIn(String format) {
    return new Failure("Format driver '" + format + "' does not support bitmaps");
  }

  /** Sees, before anything is written, that an image which is there can take them. */
  void check(ImageInfo target) throws Failure {
    FormatOptions kind = FormatOptions.none();
    if (target.details().get("compat") instanceof String compat) {
      kind = kind.with("compat", compat);
    }
    if (!NewImage.format(call, target.format()).keepsBitmaps(kind)) {
      throw lackingIn(target.format());
    }
    List<?> present =
        target.details().get(BITMAPS) instanceof List<?> list
            ? list.stream().map(one -> ((Map<?, ?>) one).get("name").toString()).toList()
            : List.of();
    for (DirtyBitmap bitmap : bitmaps.reversed()) {
      if (present.contains(bitmap.name())) {
        throw new Failure(
            "Failed to create bitmap "
                + bitmap.name()
                + ": Bitmap already exists: "
                + bitmap.name());
      }
      checkSize(target.virtualSize());
    }
  }

  /** Sees that the new disk is as large as the one that the bitmaps are of. */
  void checkSize(long target) throws Failure {
    if (target != size && !bitmaps.isEmpty()) {
      throw new Failure(
          "Failed to populate bitmap "
              + bitmaps.getLast().name()
              + ": Bitmaps are of different sizes (destination size is "
              + target
              + ", source size is "
              + size
              + ") and can't be merged");
    }
  }

  /** Gives them to an image whose disk is what the source's is. */
  void into(ImageEditor image) throws IOException {
    for (String name : broken) {
      call.complain("warning: Skipping inconsistent bitmap '" + name + "'");
    }
    if (bitmaps.isEmpty()) {
      return;
    }
    Bitmaps target = image.bitmaps().orElseThrow();
    for (DirtyBitmap bitmap : bitmaps) {
      target.add(bitmap.name(), bitmap.granularity(), recordings.get(bitmap.name()));
      target.merge(bitmap.name(), bitmap);
    }
  }
}
