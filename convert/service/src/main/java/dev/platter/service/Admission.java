package dev.platter.service;

import dev.platter.image.Danger;
import dev.platter.service.ImportException.Reason;
import dev.platter.service.inspect.FormatNames;
import dev.platter.service.inspect.Inspection;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;

/** Decides whether an image is let in: what the user said of it, what it is, what is allowed. */
record Admission(ImportSettings settings) {
  /** Containers in which nobody looks: what is inside is what the user says. */
  private static final Set<String> CLOSED = Set.of("docker", "compressed");

  /** What can be said before there are any bytes. */
  void judgeClaims(String diskFormat, String containerFormat) throws ImportException {
    if (!settings.diskFormats().contains(diskFormat)) {
      throw notAllowed("disk format '" + diskFormat + "' is not accepted");
    }
    if (!settings.containerFormats().contains(containerFormat)) {
      throw notAllowed("container format '" + containerFormat + "' is not accepted");
    }
  }

  /**
   * Judges an image.
   *
   * @return the inspection, as what the image is taken for
   */
  Inspection judge(Inspection found, String diskFormat, String containerFormat)
      throws ImportException {
    List<Danger> dangers =
        found.dangers().stream()
            .filter(danger -> !isTolerated(danger, diskFormat, containerFormat))
            .toList();
    if (!dangers.isEmpty()) {
      throw new ImportException(
          Reason.UNSAFE,
          "the image is not safe: "
              + String.join("; ", dangers.stream().map(Danger::toString).toList()));
    }
    Inspection taken = found;
    if (!containerFits(found, containerFormat)) {
      mismatch("container format '" + containerFormat + "'", "'" + found.containerFormat() + "'");
    } else if (found.claims().contains(diskFormat) || CLOSED.contains(containerFormat)) {
      taken = found.claimed(diskFormat);
    } else {
      mismatch("disk format '" + diskFormat + "'", "'" + found.diskFormat() + "'");
    }
    if (taken.diskFormat().equals(FormatNames.VMDK)
        && FormatNames.PLAIN.contains(containerFormat)) {
      String type = taken.subformat().orElse("unknown");
      if (!settings.vmdkTypes().contains(type)) {
        throw notAllowed("VMDK type '" + type + "' is not accepted");
      }
    }
    judgeSize(taken.virtualSize());
    return taken;
  }

  /** What is packed, and what is no disk, has no boot record, whatever its 510th byte may be. */
  private boolean isTolerated(Danger danger, String diskFormat, String containerFormat) {
    boolean isDisk =
        !CLOSED.contains(containerFormat) && !FormatNames.NO_DISKS.contains(diskFormat);
    return settings.toleratedDangers().contains(danger.check())
        || (danger.check().equals("mbr") && !isDisk);
  }

  private void judgeSize(OptionalLong virtualSize) throws ImportException {
    if (virtualSize.orElse(0) > settings.virtualSizeCap()) {
      throw new ImportException(
          Reason.TOO_LARGE,
          "the disk has "
              + virtualSize.getAsLong()
              + " bytes, at most "
              + settings.virtualSizeCap()
              + " are allowed");
    }
  }

  /** What is compressed may be a raw disk, or a ramdisk, all the same. */
  private static boolean containerFits(Inspection found, String claimed) {
    return switch (claimed) {
      case FormatNames.OVF -> FormatNames.isAppliance(found.containerFormat());
      case FormatNames.OVA, "docker", "compressed" -> found.containerFormat().equals(claimed);
      default -> Set.of("bare", "compressed").contains(found.containerFormat());
    };
  }

  private void mismatch(String claimed, String found) throws ImportException {
    if (settings.requireFormatMatch()) {
      throw new ImportException(
          Reason.FORMAT_MISMATCH, "the image is said to have " + claimed + ", and has " + found);
    }
  }

  private static ImportException notAllowed(String what) {
    return new ImportException(Reason.FORMAT_NOT_ALLOWED, what);
  }
}
