package dev.platter.service.inspect;

import dev.platter.image.spi.ImageFormat;
import dev.platter.image.spi.ImageFormats;
import java.util.Optional;
import java.util.Set;

/** Which formats the Image API's disk formats are. */
public final class FormatNames {
  /** Kinds of raw disks whose names say what is in them. */
  static final Set<String> RAW_KINDS = Set.of("raw", "aki", "ari", "ami");

  private FormatNames() {}

  /** Whether a disk format of the Image API is a raw disk under whatever name. */
  public static boolean isRaw(String diskFormat) {
    return RAW_KINDS.contains(diskFormat);
  }

  /** The Image API's name of a format. */
  public static String of(ImageFormat format) {
    return format.apiName();
  }

  /** The format of that name in the Image API; empty: it is not present. */
  public static Optional<ImageFormat> find(ImageFormats formats, String diskFormat) {
    for (ImageFormat format : formats.all()) {
      if (of(format).equals(diskFormat)) {
        return Optional.of(format);
      }
    }
    return formats.named(RAW_KINDS.contains(diskFormat) ? "raw" : diskFormat);
  }
}
