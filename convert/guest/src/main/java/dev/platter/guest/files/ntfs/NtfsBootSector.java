package dev.platter.guest.files.ntfs;

import dev.platter.guest.files.Bytes;
import dev.platter.guest.files.FileSystemHead;
import dev.platter.guest.files.FileTree;
import dev.platter.guest.files.Source;
import dev.platter.image.CorruptImageException;
import java.io.IOException;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Optional;

/**
 * The boot sector of NTFS, as Microsoft documents it ("How NTFS works", BIOS parameter block).
 *
 * @param mftOffset where the master file table begins, bytes
 * @param recordSize bytes of one of its records
 */
public record NtfsBootSector(
    int clusterSize, long size, long mftOffset, int recordSize, String serial) {
  private static final int LENGTH = 512;
  private static final int VOLUME_RECORD = 3;

  static NtfsBootSector parse(Bytes bytes) throws CorruptImageException {
    int sector = bytes.u16(11);
    int perCluster = bytes.u8(13);
    bytes.require(
        Integer.bitCount(sector) == 1 && sector >= 256 && sector <= 4096,
        "sectors of " + sector + " bytes");
    long cluster =
        perCluster > 128 ? sector * (1L << 256 - perCluster) : sector * (long) perCluster;
    bytes.require(
        cluster >= sector && cluster <= 2 << 20 && Long.bitCount(cluster) == 1,
        "clusters of " + cluster + " bytes");
    int perRecord = (byte) bytes.u8(64);
    long record = perRecord > 0 ? perRecord * cluster : 1L << Math.min(-perRecord, 31);
    bytes.require(
        record >= 512 && record <= 1 << 16 && Long.bitCount(record) == 1,
        "file records of " + record + " bytes");
    long sectors = bytes.u63(40);
    long mft = bytes.u63(48);
    bytes.require(
        sectors <= Long.MAX_VALUE / sector && mft <= sectors * sector / cluster,
        sectors + " sectors, file table at cluster " + mft);
    return new NtfsBootSector(
        (int) cluster,
        sectors * sector,
        mft * cluster,
        (int) record,
        HexFormat.of().toHexDigits(bytes.i64(72)).toUpperCase(Locale.ROOT));
  }

  /** What a volume's first bytes tell, if it is one of these. */
  public static Optional<FileSystemHead> identify(Source volume, Bytes head) throws IOException {
    if (!head.has(3, "NTFS    ") || head.length() < LENGTH) {
      return Optional.empty();
    }
    NtfsBootSector boot = parse(head);
    String label;
    try {
      label = NtfsFileSystem.open(volume, boot).label(VOLUME_RECORD);
    } catch (IOException e) {
      label = ""; // whoever reads the files is told what is wrong with them
    }
    return Optional.of(
        new FileSystemHead(
            "ntfs",
            label,
            boot.serial(),
            boot.size(),
            () -> new FileTree(NtfsFileSystem.open(volume, boot).root())));
  }
}
