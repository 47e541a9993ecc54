package dev.platter.service;

import dev.platter.convert.ConvertOptions;
import dev.platter.convert.Converter;
import dev.platter.convert.Destination;
import dev.platter.image.FormatOptions;
import dev.platter.image.Identity;
import dev.platter.image.spi.CreateRequest;
import dev.platter.image.spi.ImageFormat;
import dev.platter.image.spi.ImageFormats;
import dev.platter.storage.MemoryStorage;
import dev.platter.testdata.MemoryTarget;
import dev.platter.testdata.ModelDisk;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Small images of every format, in the Image API's words, made from one disk. */
public final class SampleImages {
  /** The size of their guest disk, bytes. */
  public static final int DISK = 3 << 20;

  /** What the Image API calls a kind of image, and how it is made. */
  public record Kind(String diskFormat, String format, String options) {
    @Override
    public String toString() {
      return diskFormat + (options.isEmpty() ? "" : " (" + options + ")");
    }
  }

  /** All kinds that an import takes. */
  public static final List<Kind> KINDS =
      List.of(
          new Kind("raw", "raw", ""),
          new Kind("qcow2", "qcow2", ""),
          new Kind("qcow2", "qcow2", "compat=0.10"),
          new Kind("qcow2", "qcow2", "cluster_size=2M"),
          new Kind("qcow2", "qcow2", "extended_l2=on"),
          new Kind("vmdk", "vmdk", "subformat=monolithicSparse"),
          new Kind("vmdk", "vmdk", "subformat=streamOptimized"),
          new Kind("vhd", "vpc", "subformat=dynamic,force_size=on"),
          new Kind("vhd", "vpc", "subformat=fixed,force_size=on"),
          new Kind("vhdx", "vhdx", ""),
          new Kind("vdi", "vdi", ""),
          new Kind("ploop", "parallels", ""));

  private static final ModelDisk MODEL = model();

  private SampleImages() {}

  private static ModelDisk model() {
    try {
      return ModelDisk.random(7, DISK, 65536);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  /** What the guest sees in all of them. */
  public static byte[] disk() {
    return MODEL.content();
  }

  /** An image. */
  public static byte[] of(Kind kind) throws IOException {
    return of(kind.format(), kind.options());
  }

  /** An image in one of our formats with options as a command line has them. */
  public static byte[] of(String formatName, String options) throws IOException {
    ImageFormat format = ImageFormats.present().named(formatName).orElseThrow();
    MemoryTarget target = new MemoryTarget(new MemoryStorage("sample"));
    FormatOptions parsed =
        options.isEmpty()
            ? FormatOptions.none()
            : FormatOptions.parse(List.of(options), format.createOptions());
    CreateRequest request =
        new CreateRequest(
            DISK,
            parsed,
            false,
            Optional.empty(),
            target,
            Identity.seeded("sample", Instant.EPOCH));
    try (Destination destination = Destination.newImage(format, request)) {
      new Converter(ConvertOptions.defaults().withWorkers(1)).convert(MODEL, destination);
    }
    return ((MemoryStorage) target.storage()).toByteArray();
  }

  /** Bytes to change in a copy of an image, by their offset. */
  public static byte[] patched(byte[] image, Map<Integer, byte[]> patches) {
    byte[] copy = image.clone();
    patches.forEach((offset, bytes) -> System.arraycopy(bytes, 0, copy, offset, bytes.length));
    return copy;
  }
}
