package dev.platter.guest;

import java.util.HexFormat;
import java.util.Map;

/** What the types of partitions are called. */
final class PartitionTypes {
  /** The partition that UEFI starts from. */
  static final String EFI_SYSTEM = "EFI system";

  /** Where a boot loader for BIOS lies on a disk with a GPT. */
  static final String BIOS_BOOT = "BIOS boot";

  private static final Map<Integer, String> MBR =
      Map.ofEntries(
          Map.entry(0x01, "FAT12"),
          Map.entry(0x04, "FAT16"),
          Map.entry(0x05, "extended"),
          Map.entry(0x06, "FAT16"),
          Map.entry(0x07, "NTFS or exFAT"),
          Map.entry(0x0B, "FAT32"),
          Map.entry(0x0C, "FAT32 (LBA)"),
          Map.entry(0x0E, "FAT16 (LBA)"),
          Map.entry(0x0F, "extended (LBA)"),
          Map.entry(0x11, "hidden FAT12"),
          Map.entry(0x17, "hidden NTFS or exFAT"),
          Map.entry(0x1B, "hidden FAT32"),
          Map.entry(0x1C, "hidden FAT32 (LBA)"),
          Map.entry(0x27, "Windows recovery"),
          Map.entry(0x41, "PowerPC PReP boot"),
          Map.entry(0x42, "Windows dynamic disk"),
          Map.entry(0x82, "Linux swap"),
          Map.entry(0x83, "Linux"),
          Map.entry(0x85, "Linux extended"),
          Map.entry(0x8E, "Linux LVM"),
          Map.entry(0xA5, "FreeBSD"),
          Map.entry(0xA6, "OpenBSD"),
          Map.entry(0xA8, "Apple UFS"),
          Map.entry(0xA9, "NetBSD"),
          Map.entry(0xAF, "Apple HFS+"),
          Map.entry(0xBF, "Solaris"),
          Map.entry(0xEA, "Linux boot"),
          Map.entry(0xEE, "GPT"),
          Map.entry(0xEF, EFI_SYSTEM),
          Map.entry(0xFB, "VMware VMFS"),
          Map.entry(0xFD, "Linux RAID"));

  private static final Map<String, String> GPT =
      Map.ofEntries(
          Map.entry("c12a7328-f81f-11d2-ba4b-00a0c93ec93b", EFI_SYSTEM),
          Map.entry("21686148-6449-6e6f-744e-656564454649", BIOS_BOOT),
          Map.entry("024dee41-33e7-11d3-9d69-0008c781f39f", "MBR scheme"),
          Map.entry("e3c9e316-0b5c-4db8-817d-f92df00215ae", "Microsoft reserved"),
          Map.entry("ebd0a0a2-b9e5-4433-87c0-68b6b72699c7", "Microsoft basic data"),
          Map.entry("de94bba4-06d1-4d40-a16a-bfd50179d6ac", "Windows recovery"),
          Map.entry("5808c8aa-7e8f-42e0-85d2-e1e90434cfb3", "Windows LDM metadata"),
          Map.entry("af9b60a0-1431-4f62-bc68-3311714a69ad", "Windows LDM data"),
          Map.entry("0fc63daf-8483-4772-8e79-3d69d8477de4", "Linux file system"),
          Map.entry("a19d880f-05fc-4d3b-a006-743f0f84911e", "Linux RAID"),
          Map.entry("0657fd6d-a4ab-43c4-84e5-0933c84b4f4f", "Linux swap"),
          Map.entry("e6d6d379-f507-44c2-a23c-238f2a3df928", "Linux LVM"),
          Map.entry("bc13c2ff-59e6-4262-a352-b275fd6f7172", "Linux extended boot"),
          Map.entry("933ac7e1-2eb4-4f13-b844-0e14e2aef915", "Linux home"),
          Map.entry("3b8f8425-20e0-4f3b-907f-1a25a76f98e8", "Linux server data"),
          Map.entry("4d21b016-b534-45c2-a9fb-5c16e091fd2d", "Linux variable data"),
          Map.entry("ca7d7ccb-63ed-4c53-861c-1742536059cc", "Linux LUKS"),
          Map.entry("44479540-f297-41b2-9af7-d131d5f0458a", "Linux root (x86)"),
          Map.entry("4f68bce3-e8cd-4db1-96e7-fbcaf984b709", "Linux root (x86-64)"),
          Map.entry("69dad710-2ce4-4e3c-b16c-21a1d49abed3", "Linux root (ARM)"),
          Map.entry("b921b045-1df0-41c3-af44-4c6f280d3fae", "Linux root (ARM64)"),
          Map.entry("72ec70a6-cf74-40e6-bd49-4bda08e8f224", "Linux root (RISC-V 64)"),
          Map.entry("5eead9a9-fe09-4a1e-a1d7-520d00531306", "Linux root (s390x)"),
          Map.entry("c31c45e6-3f39-412e-80fb-4809c4980599", "Linux root (PowerPC 64 LE)"),
          Map.entry("8484680c-9521-48c6-9c11-b0720656f69e", "Linux /usr (x86-64)"),
          Map.entry("b0e01050-ee5f-4390-949a-9101b17104e9", "Linux /usr (ARM64)"),
          Map.entry("2c7357ed-ebd2-46d9-aec1-23d437ec2bf5", "Linux verity (x86-64)"),
          Map.entry("77ff5f63-e7b6-4633-acf4-1565b864c0e6", "Linux /usr verity (x86-64)"),
          Map.entry("9e1a2d38-c612-4316-aa26-8b49521e5a8b", "PowerPC PReP boot"),
          Map.entry("83bd6b9d-7f41-11dc-be0b-001560b84f0f", "FreeBSD boot"),
          Map.entry("516e7cb4-6ecf-11d6-8ff8-00022d09712b", "FreeBSD data"),
          Map.entry("516e7cb5-6ecf-11d6-8ff8-00022d09712b", "FreeBSD swap"),
          Map.entry("516e7cb6-6ecf-11d6-8ff8-00022d09712b", "FreeBSD UFS"),
          Map.entry("516e7cba-6ecf-11d6-8ff8-00022d09712b", "FreeBSD ZFS"),
          Map.entry("6a898cc3-1dd2-11b2-99a6-080020736631", "ZFS"),
          Map.entry("48465300-0000-11aa-aa11-00306543ecac", "Apple HFS+"),
          Map.entry("7c3457ef-0000-11aa-aa11-00306543ecac", "Apple APFS"),
          Map.entry("fe3a2a5d-4f32-41a7-b725-accc3285a309", "ChromeOS kernel"),
          Map.entry("3cb8e202-3b7e-47dd-8a3c-7ff2a13cfcec", "ChromeOS root"),
          Map.entry("5dfbf5f4-2848-4bac-aa5e-0d9a20b745a6", "CoreOS /usr"),
          Map.entry("3884dd41-8582-4404-b9a8-e9b84f2df50e", "CoreOS root"),
          Map.entry("aa31e02a-400f-11db-9590-000c2911d1b8", "VMware VMFS"),
          Map.entry("9d275380-40ad-11db-bf97-000c2911d1b8", "VMware vmkcore"));

  private PartitionTypes() {}

  /** Empty: not known here. */
  static String mbrName(int type) {
    return MBR.getOrDefault(type, "");
  }

  static String mbrType(int type) {
    return "0x" + HexFormat.of().toHexDigits((byte) type);
  }

  /** Empty: not known here. */
  static String gptName(String type) {
    return GPT.getOrDefault(type, "");
  }
}
