package dev.platter.testdata;

import dev.platter.image.BlockMap;
import dev.platter.image.DiskImage;
import dev.platter.image.Extent;
import dev.platter.image.FormatOptions;
import dev.platter.image.Identity;
import dev.platter.image.ParentReference;
import dev.platter.image.spi.CreateRequest;
import dev.platter.image.spi.ImageFormat;
import dev.platter.image.spi.ImageWriter;
import dev.platter.image.spi.OpenRequest;
import dev.platter.storage.MemoryStorage;
import java.io.IOException;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * An image that a test writes to.
 *
 * @param files the image's own, named {@link #IMAGE}, first, and those that it names
 * @param below the layers under it, top first
 */
public record LiveSubject(Map<String, byte[]> files, List<BlockMap> below) {
  /** The name of the image's own file. */
  public static final String IMAGE = "image";

  /**
   * A way of making one.
   *
   * @param options as after {@code -o}, several separated by commas; may be empty
   * @param parent whether it lies over another image of its format
   * @param parentOptions the same for that
   */
  public record Kind(String options, boolean compress, boolean parent, String parentOptions) {
    /** An image alone, nothing compressed. */
    public static Kind of(String options) {
      return new Kind(options, false, false, "");
    }

    /** The same over a parent. */
    public Kind overParent() {
      return overParent("");
    }

    /** The same over a parent that is made with other options. */
    public Kind overParent(String others) {
      return new Kind(options, compress, true, others);
    }

    /** The same with compressed blocks. */
    public Kind compressed() {
      return new Kind(options, true, parent, parentOptions);
    }

    /** What it is in words. */
    @Override
    public String toString() {
      return (options.isEmpty() ? "defaults" : options)
          + (compress ? ", compressed" : "")
          + (parent ? ", over a parent" : "");
    }
  }

  /** An image of which nothing is stored, over a parent with data where the kind has one. */
  public static LiveSubject makeEmpty(ImageFormat format, Kind kind, int size) throws IOException {
    return make(format, kind, new Nothing(size), ModelDisk.random(1, size, 4096));
  }

  private record Nothing(long size) implements BlockMap {
    @Override
    public int blockSize() {
      return 1;
    }

    @Override
    public Extent extentAt(long offset, long limit) {
      return new Extent.Absent(offset, limit - offset);
    }
  }

  /** An image with data, zeros and nothing here and there, in runs of {@code unit} bytes. */
  public static LiveSubject make(ImageFormat format, Kind kind, long seed, int size, int unit)
      throws IOException {
    return make(
        format, kind, ModelDisk.random(seed, size, unit), ModelDisk.random(seed + 1, size, unit));
  }

  private static LiveSubject make(ImageFormat format, Kind kind, BlockMap content, BlockMap below)
      throws IOException {
    MemoryTarget target = new MemoryTarget(new MemoryStorage(IMAGE));
    if (!kind.parent()) {
      write(format, kind, content, target, Optional.empty());
      return new LiveSubject(contents(target), List.of());
    }
    MemoryTarget parentTarget = new MemoryTarget(new MemoryStorage("parent"));
    write(format, Kind.of(kind.parentOptions()), below, parentTarget, Optional.empty());
    DiskImage parent = format.open(parentTarget.storage(), OpenRequest.strict());
    write(format, kind, content, target, Optional.of(parent));
    return new LiveSubject(contents(target), List.of(parent.map()));
  }

  private static void write(
      ImageFormat format,
      Kind kind,
      BlockMap content,
      MemoryTarget target,
      Optional<DiskImage> parent)
      throws IOException {
    List<String> texts = kind.options().isEmpty() ? List.of() : List.of(kind.options());
    CreateRequest request =
        new CreateRequest(
            content.size(),
            FormatOptions.parse(texts, format.createOptions()),
            kind.compress(),
            parent.map(image -> new ParentReference("parent", Optional.of(format.name()))),
            target,
            Identity.seeded(target.storage().name(), Instant.EPOCH),
            parent);
    try (ImageWriter writer = format.create(request)) {
      PlainMover.move(content, writer, kind.parent(), false, 1);
    }
  }

  private static Map<String, byte[]> contents(MemoryTarget target) throws IOException {
    Map<String, byte[]> files = new LinkedHashMap<>();
    files.put(IMAGE, ((MemoryStorage) target.storage()).toByteArray());
    for (Map.Entry<String, MemoryStorage> outside : target.outside().entrySet()) {
      files.put(outside.getKey(), outside.getValue().toByteArray());
    }
    return files;
  }
}
