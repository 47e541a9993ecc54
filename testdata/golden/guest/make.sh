#!/bin/sh
# Makes the disks in this directory, of which some cannot be written without mounting them: needs root, a Linux
# kernel with btrfs, FUSE and loop devices, python3, qemu-img, and (Debian 12) btrfs-progs, xfsprogs, ntfs-3g,
# libhivex-bin, dosfstools, mtools, gdisk, fdisk, lvm2, thin-provisioning-tools and e2fsprogs.
#
#   testdata/golden/guest/make.sh
#
# The text of each file is what the tests expect; UUIDs are fixed, times are not. SHA256SUMS has the digest of
# each disk as "qemu-img convert -O raw" reads it.
set -eu
cd "$(dirname "$0")"
umask 022
export LC_ALL=C TZ=UTC

mount_point=$(mktemp -d)
lines() { seq -f "$1 line %06g" 1 "$2"; }

# A root in the subvolume @, which is not the default one; a file of 200 KB and a short one for each compression.
truncate -s 128M btrfs.raw
mkfs.btrfs -q -L packed -U 00112233-4455-6677-8899-aabbccddeeff -m single btrfs.raw
for kind in zlib lzo zstd; do
  mount -o "loop,compress-force=$kind" btrfs.raw "$mount_point"
  if [ ! -d "$mount_point/@" ]; then
    btrfs -q subvolume create "$mount_point/@"
    mkdir -p "$mount_point/@/etc" "$mount_point/@/usr/lib"
    printf 'ID=packed\nVERSION_ID=3\nPRETTY_NAME="Packed Linux 3"\n' >"$mount_point/@/usr/lib/os-release"
    ln -s /usr/lib/os-release "$mount_point/@/etc/os-release"
  fi
  lines "$kind" 10000 >"$mount_point/@/$kind.txt"
  lines "$kind" 50 >"$mount_point/@/$kind-short.txt"
  sync
  umount "$mount_point"
done
qemu-img convert -c -f raw -O qcow2 -o compression_type=zstd btrfs.raw btrfs-compressed.qcow2
rm btrfs.raw

# Windows: a GPT with an EFI system partition, and NTFS with a registry hive that hivexsh filled. It starts from a
# hive with nothing but a root, since hivexsh makes none.
python3 - >SOFTWARE <<'EOF'
import struct, sys
def cell(content):
    size = (len(content) + 4 + 7) // 8 * 8
    return struct.pack("<i", -size) + content + b"\0" * (size - 4 - len(content))
# The descriptor of who may do what lies behind the root; hivexsh gives new keys their parent's.
root_length = 88
security_at = 32 + root_length
root = cell(b"nk" + struct.pack("<HQIIIIIIIIIIIIIIIHH", 0x2C, 0, 0, 0xFFFFFFFF, 0, 0, 0xFFFFFFFF, 0xFFFFFFFF, 0,
    0xFFFFFFFF, security_at, 0xFFFFFFFF, 0, 0, 0, 0, 0, 4, 0) + b"root")
assert len(root) == root_length
who = b"\1\0\4\x80" + b"\0" * 16
security = cell(b"sk\0\0" + struct.pack("<IIII", security_at, security_at, 1, len(who)) + who)
bin = b"hbin" + struct.pack("<II", 0, 4096) + b"\0" * 20 + root + security
bin += struct.pack("<i", 4096 - len(bin)) + b"\0" * (4092 - len(bin))
base = bytearray(4096)
struct.pack_into("<4sIIQIIIIII", base, 0, b"regf", 1, 1, 0, 1, 5, 0, 1, 32, 4096)
base[44:48] = struct.pack("<I", 1)
checksum = 0
for at in range(0, 508, 4):
    checksum ^= struct.unpack_from("<I", base, at)[0]
struct.pack_into("<I", base, 508, checksum)
sys.stdout.buffer.write(bytes(base) + bin)
EOF
{
  for key in Classes Clients Microsoft Policies; do echo "add $key"; done
  echo 'cd \Microsoft'
  for i in $(seq 1 600); do echo "add Component$i"; done
  echo 'add Windows NT'
  echo 'cd \Microsoft\Windows NT'
  echo 'add CurrentVersion'
  echo 'cd CurrentVersion'
  printf '%s\n' 'setval 7' ProductName 'string:Windows Server 2022 Standard' CurrentBuild string:20348 \
    EditionID string:ServerStandard CurrentVersion string:6.3 CurrentMajorVersionNumber dword:0xa \
    CurrentMinorVersionNumber dword:0x0 InstallationType string:Server
  echo commit
} | hivexsh -w SOFTWARE
python3 - >kernel.exe <<'EOF'
import struct, sys
sys.stdout.buffer.write(b"MZ" + b"\0" * 58 + struct.pack("<I", 128) + b"\0" * 64 + b"PE\0\0" + struct.pack("<H", 0x8664)
    + b"\0" * 1000)
EOF
truncate -s 48M windows.raw
sgdisk -a 1 -n 1:2048:+16M -t 1:ef00 -c 1:'EFI system partition' -n 2:0:+1M -t 2:0c01 -n 3:0:0 -t 3:0700 \
  -c 3:'Basic data partition' -U 00112233-4455-6677-8899-aabbccddeeff windows.raw >/dev/null
mkfs.vfat -F 16 -n SYSTEM -i 00112233 --offset 2048 windows.raw 16384 >/dev/null
mmd -i windows.raw@@1M ::EFI ::EFI/Microsoft ::EFI/Microsoft/Boot
mcopy -i windows.raw@@1M kernel.exe ::EFI/Microsoft/Boot/bootmgfw.efi
part=$(losetup -f --show -o $((2048 * 512 + 17 * 1048576)) --sizelimit $((29 * 1048576)) windows.raw)
mkntfs -q -F -L Windows "$part" 2>/dev/null
ntfs-3g "$part" "$mount_point"
mkdir -p "$mount_point/Windows/System32/config"
cp kernel.exe "$mount_point/Windows/System32/ntoskrnl.exe"
cp SOFTWARE "$mount_point/Windows/System32/config/SOFTWARE"
for i in $(seq 1 2000); do : >"$mount_point/Windows/System32/library-$i.dll"; done
umount "$mount_point"
sleep 1
losetup -d "$part"
qemu-img convert -c -f raw -O qcow2 -o compression_type=zstd windows.raw windows.qcow2
rm windows.raw SOFTWARE kernel.exe

# Sectors of 4096 bytes, as a loop device has them on request.
truncate -s 8M sectors.raw
device=$(losetup -f --show -b 4096 sectors.raw)
printf 'label: gpt\nstart=256, size=512, type=swap, name="large sectors"\n' | sfdisk -q "$device" 2>/dev/null
losetup -d "$device"
truncate -s 2M part.raw
mkswap -q part.raw
dd if=part.raw of=sectors.raw bs=1M seek=1 conv=notrunc,sparse status=none
qemu-img convert -c -f raw -O qcow2 -o compression_type=zstd,cluster_size=4k sectors.raw large-sectors.qcow2
rm sectors.raw part.raw

# A Linux root; the directory /many has a tree of blocks.
mkdir -p root/etc root/usr/lib root/many
printf 'ID=rooted\nVERSION_ID="4"\nNAME=Rooted\nPRETTY_NAME="Rooted Linux 4"\n' >root/usr/lib/os-release
ln -s ../usr/lib/os-release root/etc/os-release
for i in $(seq 1 3000); do : >"root/many/a-file-with-a-long-name-$i"; done

# XFS in a logical partition; its files come from a prototype, which has no times.
{
  printf '/none\n0 0\nd--755 0 0\netc d--755 0 0\nos-release l--777 0 0 ../usr/lib/os-release\n$\n'
  printf 'usr d--755 0 0\nlib d--755 0 0\nos-release ---644 0 0 root/usr/lib/os-release\n$\n$\nmany d--755 0 0\n'
  for i in $(seq 1 3000); do echo "a-file-with-a-long-name-$i ---644 0 0 /dev/null"; done
  printf '$\n$\n'
} >prototype
truncate -s 320M part.raw
mkfs.xfs -q -m uuid=00112233-4455-6677-8899-aabbccddeeff -L rooted -p prototype part.raw
truncate -s 323M xfs.raw
printf 'label-id: 0x12345678\nstart=2048, size=2048, type=83\nstart=4096, type=5\nstart=6144, type=83, bootable\n' |
  sfdisk -q xfs.raw 2>/dev/null
dd if=part.raw of=xfs.raw bs=1M seek=3 conv=notrunc,sparse status=none
qemu-img convert -c -f raw -O qcow2 -o compression_type=zstd xfs.raw xfs.qcow2
rm part.raw xfs.raw prototype

# LVM: ext4 in a logical volume of two segments with another one between.
truncate -s 48M lvm.raw
device=$(losetup -f --show lvm.raw)
lvm() { command lvm "$@" 2>/dev/null >&2; }
lvm pvcreate -q "$device"
lvm vgcreate -q -s 1M group "$device"
lvm lvcreate --driverloaded n -qan -Zn -Wn -L 8M -n root group
lvm lvcreate --driverloaded n -qan -Zn -Wn -L 4M -n between group
lvm lvextend --driverloaded n -q -L 16M group/root
lvm lvcreate --driverloaded n -qan -Zn -Wn -L 2M -n rest group
losetup -d "$device"
truncate -s 16M part.raw
mke2fs -q -t ext4 -b 1024 -d root -L rooted -U 00112233-4455-6677-8899-aabbccddeeff part.raw
dd if=part.raw of=lvm.raw bs=1M seek=1 count=8 conv=notrunc,sparse status=none
dd if=part.raw of=lvm.raw bs=1M skip=8 seek=13 count=8 conv=notrunc,sparse status=none
qemu-img convert -c -f raw -O qcow2 -o compression_type=zstd lvm.raw lvm.qcow2

# Logical volumes of all kinds, over three partitions.
python3 lvm-kinds.py >&2
qemu-img convert -c -f raw -O qcow2 -o compression_type=zstd lvm-kinds.raw lvm-kinds.qcow2
rm lvm-kinds.raw
rm -r part.raw lvm.raw root
rmdir "$mount_point"

./make-packages.sh

rm -f SHA256SUMS
for disk in *.qcow2; do
  qemu-img convert -O raw "$disk" disk.raw
  sha256sum disk.raw | sed "s/disk.raw/$disk/" >>SHA256SUMS
  rm disk.raw
done
