#!/bin/sh
# Makes the golden Parallels images and SHA256SUMS: needs qemu-img and qemu-io (Debian's qemu-utils 7.2).
# The images are in the repository; this tells where they come from. SHA256SUMS says what the guest sees of each, as
# qemu-img reads it. The old magic, which QEMU does not write, is tried with images made by hand.
set -eu
cd "$(dirname "$0")"
umask 022
export LC_ALL=C TZ=UTC

rm -f ./*.hdd SHA256SUMS

# The disk ends within a cluster; the clusters of the file are not in the order of the disk.
qemu-img create -q -f parallels -o cluster_size=4k extended.hdd 3145000
qemu-io -f parallels -c 'write -P 0x21 3144704 512' -c 'write -P 0x22 1M 1k' -c 'write -P 0x23 0 10k' extended.hdd \
  >/dev/null

# Clusters of 63 sectors, as old versions of Parallels had them.
qemu-img create -q -f parallels -o cluster_size=32256 odd.hdd 1000000
qemu-io -f parallels -c 'write -P 0x24 31k 2k' odd.hdd >/dev/null

for image in *.hdd; do
  qemu-img convert -f parallels -O raw "$image" raw.tmp
  echo "$(sha256sum <raw.tmp | cut -d' ' -f1)  $image"
done >SHA256SUMS
rm raw.tmp
