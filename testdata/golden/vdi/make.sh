#!/bin/sh
# Makes the golden VDI images and SHA256SUMS: needs qemu-img and qemu-io (Debian's qemu-utils 7.2).
# The images are in the repository; this tells where they come from. SHA256SUMS says what the guest sees of each, as
# qemu-img reads it. UUIDs differ from run to run.
set -eu
cd "$(dirname "$0")"
umask 022
export LC_ALL=C TZ=UTC

rm -f ./*.vdi SHA256SUMS

# The disk ends within a sector and a block; only its last block is in the file, with zeros around the data.
qemu-img create -q -f vdi dynamic.vdi 3145000
qemu-io -f vdi -c 'write -P 0x11 2M 1k' -c 'write -P 0x12 3144704 512' dynamic.vdi >/dev/null

# Every block in the file.
qemu-img create -q -f vdi -o static=on static.vdi 1000000
qemu-io -f vdi -c 'write -P 0x13 4k 4k' static.vdi >/dev/null

for image in *.vdi; do
  qemu-img convert -f vdi -O raw "$image" raw.tmp
  echo "$(sha256sum <raw.tmp | cut -d' ' -f1)  $image"
done >SHA256SUMS
rm raw.tmp
