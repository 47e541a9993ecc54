#!/bin/sh
# Makes the golden VMDK images and SHA256SUMS: needs qemu-img and qemu-io (Debian's qemu-utils 7.2) and python3.
# The images are in the repository; this tells where they come from. SHA256SUMS says what the guest sees of each, as
# qemu-img reads it. No tool at hand writes COWD and seSparse extents: those are put together here, and qemu-img reads
# them too.
set -eu
cd "$(dirname "$0")"
umask 022
export LC_ALL=C TZ=UTC

rm -f ./*.vmdk SHA256SUMS

python3 - >mixed.raw <<'EOF'
import sys
def text(seed, size):
    words = []
    for i in range(size // 8):
        seed = (seed * 1103515245 + 12345) & 0x7fffffff
        words.append(b"%07x\n" % (seed >> 12 & 0xffff))
    return b"".join(words)
disk = bytearray(300 * 1024 + 512)
disk[0:4096] = text(1, 4096)
disk[65536:69632] = text(2, 4096)
disk[300 * 1024:] = text(3, 512)
sys.stdout.buffer.write(disk)
EOF

# Every subformat that qemu-img writes; the disk ends inside a grain.
for subformat in monolithicSparse monolithicFlat twoGbMaxExtentSparse twoGbMaxExtentFlat streamOptimized; do
  qemu-img convert -f raw -O vmdk -o subformat=$subformat,adapter_type=lsilogic mixed.raw $subformat.vmdk
done

# A child over a parent, with zeroed grains.
qemu-img create -q -f vmdk parent.vmdk 256K
qemu-io -f vmdk -c 'write -P 0x11 0 1k' -c 'write -P 0x12 64k 1k' parent.vmdk >/dev/null
qemu-img create -q -f vmdk -o zeroed_grain=on -b parent.vmdk -F vmdk child.vmdk
qemu-io -f vmdk -c 'write -z 64k 64k' -c 'write -P 0x13 130k 512' child.vmdk >/dev/null

python3 - <<'EOF'
import struct
SECTOR = 512
def descriptor(name, kind, extent, sectors):
    with open(name, "w") as f:
        f.write('# Disk DescriptorFile\nversion=1\nCID=0badcafe\nparentCID=ffffffff\ncreateType="%s"\n\n' % kind)
        f.write('# Extent description\nRW %d %s\n\n' % (sectors, extent))
        f.write('# The Disk Data Base\n#DDB\n\nddb.virtualHWVersion = "8"\nddb.adapterType = "lsilogic"\n')
def put(f, sector, data):
    f.seek(sector * SECTOR)
    f.write(data)

# COWD: grains of one sector, tables of 4096 entries; two tables, the second absent until its last grain.
capacity = 4100
with open("cowd-delta.vmdk", "wb") as f:
    put(f, 0, struct.pack("<4s7I", b"COWD", 1, 3, capacity, 1, 4, 2, 72))
    put(f, 4, struct.pack("<2I", 5, 37))
    put(f, 5, struct.pack("<3I", 69, 0, 70))
    put(f, 37, struct.pack("<4I", 0, 0, 0, 71))
    for i in range(3):
        put(f, 69 + i, bytes([0xc1 + i]) * SECTOR)
descriptor("cowd.vmdk", "vmfsSparse", 'VMFSSPARSE "cowd-delta.vmdk"', capacity)

# seSparse: grains of 4 KiB, tables of 4096 entries of eight bytes.
capacity = 40000
with open("sesparse-delta.vmdk", "wb") as f:
    put(f, 0, struct.pack("<10Q", 0xcafebabe, 0x200000001, capacity, 8, 64, 0, 0, 0, 0, 0))
    f.seek(80)
    # volatile header, journal header, journal, directory, tables, free bitmap, backmap, grains
    f.write(struct.pack("<16Q", 1, 1, 2, 1, 3, 1, 4, 1, 8, 128, 5, 1, 6, 1, 136, 24))
    f.seek(511)
    f.write(b"\0")
    put(f, 1, struct.pack("<4Q", 0xcafecafe, 2, 0, 0) + bytes(480))
    put(f, 4, struct.pack("<2Q", 0x1000000000000000, 0x1000000000000001) + bytes(496))
    grain = lambda n: 0x3000000000000000 | (n & 0xfff) << 48 | n >> 12
    put(f, 8, struct.pack("<5Q", grain(1), 0, 0x1000000000000000, 0x2000000000000000, grain(0)))
    put(f, 72, struct.pack("<3Q", 0, grain(2), 0))
    f.seek(136 * SECTOR - 1)
    f.write(b"\0")
    for i in range(3):
        put(f, 136 + 8 * i, bytes([0xe1 + i]) * 4096)
descriptor("sesparse.vmdk", "seSparse", 'SESPARSE "sesparse-delta.vmdk"', capacity)
EOF

# What each disk holds.
for image in monolithicSparse monolithicFlat twoGbMaxExtentSparse twoGbMaxExtentFlat streamOptimized parent child cowd \
  sesparse; do
  qemu-img convert -f vmdk -O raw $image.vmdk raw.tmp
  echo "$(sha256sum <raw.tmp | cut -d' ' -f1)  $image.vmdk"
done >SHA256SUMS
rm mixed.raw raw.tmp
