package dev.platter.service;

import dev.platter.image.ImageFormat;
import dev.platter.image.ImageFormats;
import dev.platter.service.ImportException.Reason;
import java.util.Map;

/** Which formats the Image API's disk formats are. */
public final class FormatNames {
  /** What the Image API calls the formats that qemu-img calls otherwise. */
  private static final Map<String, String> API_NAMES = Map.of("vpc", "vhd", "parallels", "ploop");

  private FormatNames() {}

  /** The Image API's name of a format. */
  public static String of(ImageFormat format) {
    return API_NAMES.getOrDefault(format.name(), format.name());
  }

  /**
   * The format of that name in the Image API.
   *
   * @throws ImportException if it is not present
   */
  static ImageFormat find(ImageFormats formats, String diskFormat) throws ImportException {
    for (ImageFormat format : formats.all()) {
      if (of(format).equals(diskFormat)) {
        return format;
      }
    }
    boolean kindOfRaw = diskFormat.equals("aki") || diskFormat.equals("ari") || diskFormat.equals("ami");
    return formats
        .named(kindOfRaw ? "raw" : diskFormat)
        .orElseThrow(() ->
            new ImportException(
                Reason.CONVERSION_FAILED, "the format '" + diskFormat + "' cannot be read here"));
  }
}
