#!/bin/sh
# Makes the disks in this directory, which no tool writes without mounting them: needs root and a Linux kernel
# with btrfs and loop devices, mkfs.btrfs (btrfs-progs; made with 6.2) and qemu-img.
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
rmdir "$mount_point"

rm -f SHA256SUMS
for disk in *.qcow2; do
  qemu-img convert -O raw "$disk" disk.raw
  sha256sum disk.raw | sed "s/disk.raw/$disk/" >>SHA256SUMS
  rm disk.raw
done
