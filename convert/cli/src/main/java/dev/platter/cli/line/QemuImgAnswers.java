package dev.platter.cli.line;

import dev.platter.image.ImageInfo;
import dev.platter.image.spi.ImageFormat;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Set;

/** What qemu-img 10.2 does with images of each format, and says of them: found by watching it. */
final class QemuImgAnswers implements Answers {
  private static final String RAW = "raw";
  private static final String QCOW2 = "qcow2";
  private static final String LUKS = "luks";
  private static final String BOCHS = "bochs";
  private static final String CLOOP = "cloop";
  private static final String DMG = "dmg";
  private static final String QCOW = "qcow";
  private static final String PARALLELS = "parallels";
  private static final String VDI = "vdi";
  private static final String VHD = "vpc";
  private static final String VHDX = "vhdx";
  private static final String VMDK = "vmdk";

  private static final ValueLayout.OfInt LE_INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfLong LE_LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  /** Where a VDI has its signature and the size of its disk, and how large that may be. */
  private static final int VDI_SIGNATURE = 0x40;

  private static final int VDI_SIZE = 0x170;
  private static final long VDI_LARGEST = 0x1_ffff_f800_0000L;

  @Override
  public boolean checks(ImageFormat format) {
    return !Set.of(VHD, QCOW, BOCHS, CLOOP, DMG).contains(format.name());
  }

  @Override
  public boolean repairs(ImageFormat format) {
    return Set.of(QCOW2, PARALLELS, VHDX).contains(format.name());
  }

  @Override
  public boolean resizes(ImageFormat format) {
    return Set.of(RAW, QCOW2, LUKS).contains(format.name());
  }

  @Override
  public boolean rebases(ImageFormat format) {
    return format.name().equals(QCOW2);
  }

  /** Raw files have whole sectors only. */
  @Override
  public long sizeOfNew(ImageFormat format, long size) {
    boolean asAsked = !format.name().equals(RAW) || size > Long.MAX_VALUE - 511;
    return asAsked ? size : (size + 511) & -512;
  }

  @Override
  public boolean measures(ImageFormat format) {
    return Set.of(RAW, QCOW2, LUKS).contains(format.name());
  }

  @Override
  public boolean measuresAsFull(ImageFormat format) {
    return format.name().equals(RAW);
  }

  @Override
  public boolean knowsSnapshotsOf(ImageFormat format) {
    return format.name().equals(QCOW2);
  }

  @Override
  public boolean mapsBlocksOf(ImageFormat format) {
    return !Set.of(VHDX, BOCHS, CLOOP, DMG).contains(format.name());
  }

  @Override
  public boolean seesHolesIn(ImageFormat format) {
    return format.name().equals(QCOW2);
  }

  /** All of a fixed VHD and of a flat VMDK has been allocated. */
  @Override
  public boolean holesAreData(ImageFormat format) {
    return Set.of(VHD, VMDK).contains(format.name());
  }

  @Override
  public boolean tellsDirty(ImageInfo info) {
    return !Set.of(PARALLELS, BOCHS, CLOOP, DMG).contains(info.format());
  }

  /** It never guesses what was meant. */
  @Override
  public String suggestion(Iterable<String> words, String word) {
    return "";
  }

  @Override
  public String notOfFormat(ImageFormat format, String file, MemorySegment head) {
    return switch (format.name()) {
      case LUKS -> "Volume is not in LUKS format";
      case VMDK -> "invalid VMDK image descriptor";
      case VHD -> "invalid VPC image";
      case VHDX -> "Could not open '" + file + "': Invalid argument";
      case PARALLELS -> "Image not in Parallels format";
      case QCOW -> "Image not in qcow format";
      case BOCHS -> "Image not in Bochs format";
      case DMG -> "Could not locate UDIF trailer in dmg file";
      case VDI -> notVdi(head);
      default -> Answers.super.notOfFormat(format, file, head);
    };
  }

  private static String notVdi(MemorySegment head) {
    boolean whole = head.byteSize() >= VDI_SIZE + Long.BYTES;
    long size = whole ? head.get(LE_LONG, VDI_SIZE) : 0;
    if (Long.compareUnsigned(size, VDI_LARGEST) > 0) {
      return "Unsupported VDI image size (size is 0x"
          + Long.toHexString(size)
          + ", max supported is 0x"
          + Long.toHexString(VDI_LARGEST)
          + ")";
    }
    String digits = "0000000" + Integer.toHexString(whole ? head.get(LE_INT, VDI_SIGNATURE) : 0);
    return "Image not in VDI format (bad signature "
        + digits.substring(digits.length() - 2 * Integer.BYTES)
        + ")";
  }
}
