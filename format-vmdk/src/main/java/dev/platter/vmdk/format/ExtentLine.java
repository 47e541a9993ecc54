package dev.platter.vmdk.format;

import static dev.platter.vmdk.format.Faults.corrupt;

import dev.platter.image.CorruptImageException;
import dev.platter.image.UnsupportedFeatureException;
import dev.platter.image.support.ForeignNames;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One line of a descriptor's extent section ("Extent Descriptions"): a run of the guest disk and
 * the file that holds it.
 *
 * @param sectors how much of the guest disk it covers
 * @param fileName the file, relative to the descriptor's directory; empty for zeros
 * @param offsetSectors where in a flat file the extent begins
 */
public record ExtentLine(
    Access access, long sectors, Type type, Optional<String> fileName, long offsetSectors) {
  /** What the guest may do. */
  public enum Access {
    RW,
    RDONLY,
    NOACCESS
  }

  /** How the file holds the guest's bytes. */
  public enum Type {
    FLAT,
    SPARSE,
    ZERO,
    /** A flat file on an ESX server. */
    VMFS,
    /** COWD. */
    VMFSSPARSE,
    SESPARSE,
    VMFSRDM,
    VMFSRAW,
    VSANSPARSE;

    public boolean isFlat() {
      return this == FLAT || this == VMFS;
    }

    public boolean isSparse() {
      return this == SPARSE || this == VMFSSPARSE || this == SESPARSE;
    }
  }

  private static final Pattern START = Pattern.compile("(?i)(RW|RDONLY|NOACCESS)\\s.*");

  private static final Pattern LINE =
      Pattern.compile(
          "(?i)(RW|RDONLY|NOACCESS)\\s+([0-9]{1,19})\\s+([A-Z]+)"
              + "(?:\\s+\"([^\"]*)\"(?:\\s+([0-9]{1,19})(\\s.*)?)?)?");

  /** Whether a descriptor's line is one of these. */
  static boolean isOne(String line) {
    return START.matcher(line).matches();
  }

  /**
   * @param name how messages call the file
   */
  static ExtentLine parse(String line, String name)
      throws CorruptImageException, UnsupportedFeatureException {
    Matcher matcher = LINE.matcher(line);
    if (!matcher.matches()) {
      throw corrupt(name, "the extent line '" + line + "' cannot be read");
    }
    Type type;
    try {
      type = Type.valueOf(matcher.group(3).toUpperCase(Locale.ROOT));
    } catch (IllegalArgumentException e) {
      throw Faults.unsupported(name, "extent type '" + matcher.group(3) + "'");
    }
    if (!type.isFlat() && !type.isSparse() && type != Type.ZERO) {
      throw Faults.unsupported(
          name, "extent type '" + type + "': it stands for a device or object");
    }
    Optional<String> fileName = Optional.ofNullable(matcher.group(4));
    if (type != Type.ZERO && fileName.filter(text -> !text.isEmpty()).isEmpty()) {
      throw corrupt(name, "the extent line '" + line + "' names no file");
    }
    long offset = matcher.group(5) == null ? 0 : sectors(matcher.group(5), line, name);
    if (type != Type.FLAT && (offset != 0 || matcher.group(6) != null)) {
      throw corrupt(
          name, "the extent line '" + line + "' has a place in the file, as only FLAT ones have");
    }
    return new ExtentLine(
        Access.valueOf(matcher.group(1).toUpperCase(Locale.ROOT)),
        sectors(matcher.group(2), line, name),
        type,
        fileName,
        offset);
  }

  private static long sectors(String digits, String line, String name)
      throws CorruptImageException {
    long sectors = -1;
    try {
      sectors = Long.parseLong(digits);
    } catch (NumberFormatException e) {
      // Nineteen digits can be more than a long holds: too large, as below.
    }
    if (sectors < 0 || sectors > Long.MAX_VALUE / SparseHeader.SECTOR) {
      throw corrupt(name, "the extent line '" + line + "' counts too many sectors: " + digits);
    }
    return sectors;
  }

  /** How much of the guest disk it covers, bytes. */
  public long length() {
    return sectors * SparseHeader.SECTOR;
  }

  /** The file as a path of this system; empty for zeros. */
  public Optional<String> path() {
    return fileName.map(ForeignNames::toPath);
  }

  @Override
  public String toString() {
    StringBuilder line = new StringBuilder();
    line.append(access).append(' ').append(sectors).append(' ').append(type);
    fileName.ifPresent(text -> line.append(" \"").append(text).append('"'));
    if (type == Type.FLAT) {
      line.append(' ').append(offsetSectors);
    }
    return line.toString();
  }
}
