package dev.platter.vmdk.write;

import dev.platter.image.Identity;
import dev.platter.vmdk.format.Descriptor;
import dev.platter.vmdk.format.ExtentLine;
import dev.platter.vmdk.format.SparseHeader;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;

/** Writes the descriptor of a new disk. */
final class DescriptorText {
  private static final int IDE_HEADS = 16;
  private static final int SCSI_HEADS = 255;
  private static final int SECTORS_PER_TRACK = 63;

  /** What an IDE disk can say of its geometry. */
  private static final int MAX_IDE_CYLINDERS = 16383;

  private DescriptorText() {}

  /**
   * @param extents the disk's extents, in guest order
   * @param parent the name and the content ID of the disk below
   */
  static String of(
      VmdkOptions options,
      long size,
      List<ExtentLine> extents,
      Optional<Parent> parent,
      Identity identity) {
    int cid = identity.number("vmdk content id");
    StringBuilder text = new StringBuilder();
    text.append("# Disk DescriptorFile\nversion=1\nencoding=\"UTF-8\"\n");
    text.append("CID=").append(hex(cid)).append('\n');
    text.append("parentCID=")
        .append(hex(parent.map(Parent::cid).orElse(Descriptor.CID_NOPARENT)))
        .append('\n');
    text.append("isNativeSnapshot=\"no\"\n");
    text.append("createType=\"").append(options.subformat()).append("\"\n");
    parent.ifPresent(
        below -> text.append("parentFileNameHint=\"").append(below.name()).append("\"\n"));
    text.append("\n# Extent description\n");
    for (ExtentLine extent : extents) {
      text.append(extent).append('\n');
    }
    text.append("\n# The Disk Data Base\n#DDB\n\n");
    boolean ide = options.adapterType().equals("ide");
    int heads = ide ? IDE_HEADS : SCSI_HEADS;
    long cylinders = size / ((long) SECTORS_PER_TRACK * heads * SparseHeader.SECTOR);
    put(text, "virtualHWVersion", options.hwVersion());
    put(
        text,
        "geometry.cylinders",
        "" + (ide ? Math.min(cylinders, MAX_IDE_CYLINDERS) : cylinders));
    put(text, "geometry.heads", "" + heads);
    put(text, "geometry.sectors", "" + SECTORS_PER_TRACK);
    put(text, "adapterType", options.adapterType());
    put(text, "toolsVersion", options.toolsVersion());
    put(text, "uuid", uuid(identity.uuid("vmdk disk")));
    String content = identity.uuid("vmdk long content id").toString().replace("-", "");
    put(text, "longContentID", content.substring(0, content.length() - 8) + hex(cid));
    return text.toString();
  }

  /**
   * The disk below a new one.
   *
   * @param name the name to give it in the descriptor
   * @param cid its content ID
   */
  record Parent(String name, int cid) {}

  private static void put(StringBuilder text, String key, String value) {
    text.append("ddb.").append(key).append(" = \"").append(value).append("\"\n");
  }

  private static String hex(int number) {
    return String.format(Locale.ROOT, "%08x", number);
  }

  /** Sixteen bytes with a dash in the middle, as VMware writes them. */
  private static String uuid(UUID uuid) {
    String digits = uuid.toString().replace("-", "");
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < digits.length(); i += 2) {
      if (i > 0) {
        text.append(i == 16 ? '-' : ' ');
      }
      text.append(digits, i, i + 2);
    }
    return text.toString();
  }
}
