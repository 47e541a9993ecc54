package dev.platter.service.inspect;

import dev.platter.image.spi.ImageFormat;
import dev.platter.image.spi.ImageFormats;
import java.util.Optional;
import java.util.Set;

/** The Image API's words for disks and what is around them, and which formats these are. */
public final class FormatNames {
  /** Bytes that are the disk's, and nothing else. */
  public static final String RAW = "raw";

  /** Disks of appliances; their kinds are admitted one by one. */
  public static final String VMDK = "vmdk";

  /** Containers of disks and their description: in a tar, and the description alone. */
  public static final String OVA = "ova";

  public static final String OVF = "ovf";

  /** Containers that are opened to find a disk in them, or that are nothing but the disk. */
  public static final Set<String> OPENED = Set.of("bare", "ami", OVA, OVF);

  /** Containers that say nothing of what is around the disk. */
  public static final Set<String> PLAIN = Set.of("bare", "aki", "ari", "ami");

  /** Kernels, whose first sector is marked like a disk's, and ramdisks. */
  public static final Set<String> NO_DISKS = Set.of("aki", "ari");

  /** Kinds of raw disks whose names say what is in them. */
  static final Set<String> RAW_KINDS = Set.of(RAW, "aki", "ari", "ami");

  /** Formats that disks are converted to for whoever wants that. */
  public static final Set<String> MADE = Set.of(RAW, "qcow2", VMDK, "vhd", "vhdx", "vdi", "ploop");

  private FormatNames() {}

  /** Whether there is a disk to look at in images of a format in a container. */
  public static boolean hasDisk(String diskFormat, String containerFormat) {
    return OPENED.contains(containerFormat) && !NO_DISKS.contains(diskFormat);
  }

  /** Whether there is a disk that can be had in another format: a disc stays what it is. */
  public static boolean isConvertible(String diskFormat, String containerFormat) {
    return hasDisk(diskFormat, containerFormat) && !diskFormat.equals("iso");
  }

  /** Whether a disk format of the Image API is a raw disk under whatever name. */
  public static boolean isRaw(String diskFormat) {
    return RAW_KINDS.contains(diskFormat);
  }

  /** Whether a container holds disks and their description. */
  public static boolean isAppliance(String containerFormat) {
    return containerFormat.equals(OVA) || containerFormat.equals(OVF);
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
    return formats.named(RAW_KINDS.contains(diskFormat) ? RAW : diskFormat);
  }
}
