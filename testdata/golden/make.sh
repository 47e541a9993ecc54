#!/bin/sh
# Makes the golden images in this directory: small disks made by real tools, never by Platter.
#
#   testdata/golden/make.sh
#
# Needs qemu-img and qemu-io (Debian qemu-utils; made with 7.2), mke2fs and debugfs (e2fsprogs), python3.
# Identifiers that the tools draw at random (snapshot dates, LUKS keys) differ from run to run; the guest
# contents do not. SHA256SUMS has the digest of each disk as "qemu-img convert -O raw" reads it.
set -eu
cd "$(dirname "$0")"
umask 022
export LC_ALL=C TZ=UTC

create() { qemu-img create -q -f qcow2 "$@"; }
io() { image=$1; shift; qemu-io -f qcow2 "$@" "$image" >/dev/null; }
# put FILE OFFSET HEX...: overwrites bytes, for flags that no tool sets on request
put() {
  python3 - "$@" <<'EOF'
import sys
with open(sys.argv[1], "r+b") as f:
    f.seek(int(sys.argv[2], 0))
    f.write(bytes.fromhex("".join(sys.argv[3:])))
EOF
}

rm -f ./*.qcow2 ./*.raw SHA256SUMS

# Version 2, standard clusters: data, a run over two clusters, holes; the disk ends inside a cluster.
create -o compat=0.10,cluster_size=4096 v2.qcow2 1049088
io v2.qcow2 -c 'write -P 0x11 0 4096' -c 'write -P 0x12 8192 12288' -c 'write -P 0x13 1044992 4096'

# Version 3 as qemu-img makes it unasked.
create v3.qcow2 4M
io v3.qcow2 -c 'write -P 0x21 0 1024' -c 'write -P 0x22 1M 3000'

# Zero clusters with and without space set aside, and discarded ones.
create -o cluster_size=4096 zero.qcow2 1M
io zero.qcow2 -c 'write -P 0x31 0 32768' -c 'write -z 4096 8192' -c 'write -z 65536 16384' \
  -c 'write -z -u 20480 4096' -c 'discard 28672 4096'

# The smallest clusters; 1-bit and 64-bit refcounts.
create -o cluster_size=512,refcount_bits=1 refcount-1.qcow2 256K
io refcount-1.qcow2 -c 'write -P 0x41 512 1024' -c 'write -P 0x42 200K 4096'
create -o cluster_size=512,refcount_bits=64,lazy_refcounts=on refcount-64.qcow2 256K
io refcount-64.qcow2 -c 'write -P 0x43 1024 512' -c 'write -P 0x44 100K 4096'

# Compressed clusters: several in one host cluster, next to data, and one at the end of the disk.
python3 - >mixed.raw <<'EOF'
import sys
def text(seed, size):
    words = []
    for i in range(size // 8):
        seed = (seed * 1103515245 + 12345) & 0x7fffffff
        words.append(b"%07x\n" % (seed >> 12 & 0xffff))
    return b"".join(words)
disk = bytearray(200 * 1024)
disk[0:40960] = text(1, 40960)
disk[65536:131072] = text(2, 65536)
disk[150 * 1024:] = text(3, 50 * 1024)
sys.stdout.buffer.write(disk)
EOF
qemu-img convert -c -f raw -O qcow2 -o cluster_size=16k mixed.raw zlib.qcow2
io zlib.qcow2 -c 'write -P 0x51 32768 2048'
qemu-img convert -c -f raw -O qcow2 -o cluster_size=16k,compat=0.10 mixed.raw zlib-v2.qcow2
qemu-img convert -c -f raw -O qcow2 -o cluster_size=16k,compression_type=zstd mixed.raw zstd.qcow2
io zstd.qcow2 -c 'write -P 0x52 16384 512'

# Subclusters: data, zero, absent, and a compressed cluster among them.
create -o cluster_size=16k,extended_l2=on extended-l2.qcow2 512K
io extended-l2.qcow2 -c 'write -P 0x61 0 512' -c 'write -P 0x62 1536 1024' -c 'write -z 4096 2048' \
  -c 'write -P 0x63 16384 49152' -c 'write -z 20480 512' -c 'write -c -P 0x64 81920 16384' \
  -c 'write -z 131072 65536' -c 'discard 24576 1024'

# The guest's clusters in a file of their own, as a raw disk and not.
create -o cluster_size=4096,data_file=data-file.raw data-file.qcow2 64K
io data-file.qcow2 -c 'write -P 0x71 0 4096' -c 'write -P 0x72 20480 8192' -c 'write -z 8192 4096'
create -o cluster_size=4096,data_file=data-file-raw.raw,data_file_raw=on data-file-raw.qcow2 64K
io data-file-raw.qcow2 -c 'write -P 0x73 4096 4096' -c 'write -z 32768 4096'

# A chain of three: the middle one names its parent without a format and is longer than it.
create -o cluster_size=4096 chain-base.qcow2 128K
io chain-base.qcow2 -c 'write -P 0x81 0 131072'
create -u -o cluster_size=512 -b chain-base.qcow2 -F qcow2 chain-middle.qcow2 192K
put chain-middle.qcow2 112 00000001 # the extension that names the format becomes one that nobody knows
io chain-middle.qcow2 -c 'write -P 0x82 1024 512' -c 'write -z 8192 1024' -c 'write -P 0x83 163840 1024'
create -u -o cluster_size=4096 -b chain-middle.qcow2 -F qcow2 chain-top.qcow2 256K
io chain-top.qcow2 -c 'write -P 0x84 65536 100' -c 'write -z 4096 4096'

# Internal snapshots: the disk changed after each, and grew after the first.
create -o cluster_size=4096 snapshots.qcow2 64K
io snapshots.qcow2 -c 'write -P 0x91 0 16384'
qemu-img snapshot -c first snapshots.qcow2
qemu-img resize -q snapshots.qcow2 96K
io snapshots.qcow2 -c 'write -P 0x92 4096 4096' -c 'write -P 0x93 81920 4096'
qemu-img snapshot -c second snapshots.qcow2
io snapshots.qcow2 -c 'write -z 0 4096' -c 'write -P 0x94 8192 4096'

# Persistent bitmaps: enabled, disabled.
create -o cluster_size=4096 bitmaps.qcow2 1M
qemu-img bitmap --add bitmaps.qcow2 daily
qemu-img bitmap --add --disable -g 16384 bitmaps.qcow2 weekly
io bitmaps.qcow2 -c 'write -P 0xa1 65536 4096'

# Encrypted: described, not read. A small key keeps the file small.
# (qemu-img times its key derivation and gives up where the machine's clock is too coarse: try again.)
for attempt in 1 2 3 4 5 6 7 8 9 10; do
  qemu-img create -q -f qcow2 --object secret,id=s,data=platter \
    -o cluster_size=4096,encrypt.format=luks,encrypt.key-secret=s,encrypt.iter-time=200 \
    -o encrypt.cipher-alg=aes-128,encrypt.cipher-mode=cbc,encrypt.ivgen-alg=plain64 luks.qcow2 64K && break
done
test -f luks.qcow2
qemu-img create -q -f qcow2 --object secret,id=s,data=platter \
  -o cluster_size=4096,encrypt.format=aes,encrypt.key-secret=s aes.qcow2 64K

# Not closed cleanly; marked as corrupt (both are read all the same); a feature nobody knows yet.
cp v2.qcow2 dirty.qcow2 && qemu-img amend -f qcow2 -o compat=1.1 dirty.qcow2
cp dirty.qcow2 corrupt.qcow2 && cp dirty.qcow2 unknown-feature.qcow2
put dirty.qcow2 72 0000000000000001
put corrupt.qcow2 72 0000000000000002
put unknown-feature.qcow2 72 8000000000000000

# A small Linux disk: an ext4 partition with a few files, as a cloud image would be stored.
mkdir tiny-root tiny-root/etc tiny-root/usr tiny-root/usr/share tiny-root/boot
printf 'PRETTY_NAME="Tiny Linux"\nNAME="Tiny Linux"\nID=tiny\nVERSION_ID=1\n' >tiny-root/etc/os-release
printf 'tiny\n' >tiny-root/etc/hostname
printf '/dev/vda1 / ext4 defaults 0 1\n' >tiny-root/etc/fstab
python3 - >tiny-root/usr/share/words <<'EOF'
seed = 7
for i in range(40000):
    seed = (seed * 1103515245 + 12345) & 0x7fffffff
    print("%08x %d" % (seed, i))
EOF
find tiny-root -exec touch -h -d @1700000000 {} +
E2FSPROGS_FAKE_TIME=1700000000 mke2fs -q -t ext4 -d tiny-root -L tiny -U 00112233-4455-6677-8899-aabbccddeeff \
  -E hash_seed=00112233-4455-6677-8899-aabbccddeeff,root_owner=0:0 -O ^metadata_csum tiny-part.raw 15M
rm -r tiny-root
python3 - <<'EOF'
import struct
with open("tiny-part.raw", "rb") as f:
    part = f.read()
mbr = bytearray(1 << 20)
mbr[440:444] = struct.pack("<I", 0x74696e79)
mbr[446:462] = bytes([0x80, 0, 2, 0, 0x83, 0xff, 0xff, 0xff]) + struct.pack("<II", 2048, len(part) // 512)
mbr[510:512] = b"\x55\xaa"
with open("tiny-linux.raw", "wb") as f:
    f.write(mbr + part)
EOF
qemu-img convert -c -f raw -O qcow2 tiny-linux.raw tiny-linux.qcow2
rm tiny-part.raw tiny-linux.raw mixed.raw

# What each disk holds.
for image in *.qcow2; do
  case $image in luks.qcow2 | aes.qcow2 | unknown-feature.qcow2) continue ;; esac
  cp "$image" copy.tmp # a dirty image would be repaired on opening
  case $image in dirty.qcow2) put copy.tmp 72 0000000000000000 ;; esac
  qemu-img convert -f qcow2 -O raw copy.tmp raw.tmp
  echo "$(sha256sum <raw.tmp | cut -d' ' -f1)  $image"
done >SHA256SUMS
# (qemu-img gives a snapshot the size that the disk has now; here it has the size it had then.)
for snapshot in first:65536 second:98304; do
  qemu-img convert -f qcow2 -l "${snapshot%:*}" -O raw snapshots.qcow2 raw.tmp
  echo "$(head -c "${snapshot#*:}" raw.tmp | sha256sum | cut -d' ' -f1)  snapshots.qcow2@${snapshot%:*}"
done >>SHA256SUMS
rm copy.tmp raw.tmp
