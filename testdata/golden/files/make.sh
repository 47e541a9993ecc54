#!/bin/sh
# Makes the disks in this directory: one small tree in file systems whose writers need a mount, or are newer than
# those that tests run. Needs root, loop devices, FUSE, qemu-img, and squashfs-tools, mkfs.erofs 1.8 (Debian 13; MKFS_EROFS
# names it where it is not installed), exfatprogs, exfat-fuse, f2fs-tools, python3-pycdlib.
#
#   testdata/golden/files/make.sh
#
# The text of each file is what the tests expect. SHA256SUMS has the digest of each disk as
# "qemu-img convert -O raw" reads it.
set -eu
cd "$(dirname "$0")"
umask 022
export LC_ALL=C.UTF-8 TZ=UTC
erofs=${MKFS_EROFS:-mkfs.erofs}
rm -rf tree plain ./*.qcow2 ./*.raw

lines() { seq -f "$1 line %06g" 1 "$2"; }
mkdir -p tree/etc tree/usr/lib tree/many
printf 'ID=small\nVERSION_ID=5\nPRETTY_NAME="Small Linux 5"\n' >tree/usr/lib/os-release
ln -s ../usr/lib/os-release tree/etc/os-release
lines text 5000 >tree/text
ln tree/text tree/same
lines short 40 >tree/short
for i in $(seq 1 100); do echo "file $i" >"tree/many/a-file-with-a-long-name-$i"; done
find tree -exec touch -h -d @1500000000 '{}' +

mksquashfs tree squashfs-xz.raw -comp xz -quiet -no-progress -all-time 1500000000

# Each compression, with what else mkfs.erofs can do to a file: big clusters, ends of files in one place or behind the inode,
# parts that files share, two compressions in one volume, and indexes that are not packed.
make_erofs() { "$erofs" --quiet -T1500000000 -U00112233-4455-6677-8899-aabbccddeeff "$@" tree; }
make_erofs -zlzma -C65536 -Efragments,dedupe erofs-lzma.raw
make_erofs -zdeflate -Eztailpacking erofs-deflate.raw
make_erofs -zzstd -C16384 -Eall-fragments erofs-zstd.raw
make_erofs -zlz4hc:lzma -C4096 -Ededupe erofs-lz4.raw
make_erofs -zlz4 -Elegacy-compress erofs-old.raw

# Runs in several blocks and such that cannot be compressed, ends among others' ends, and parts that two files share.
mkdir mixed
python3 - <<'END'
def noise(count, x):
    for _ in range(count):
        x = (x * 1103515245 + 12345) % 2147483648
        yield x >> 16 & 255
mixed = bytearray()
for i in range(24):
    mixed += bytes(noise(1000 + i * 300, i)) if i % 2 else b'line %d\n' % i * (i * 150 + 1)
open('mixed/mixed', 'wb').write(mixed)
open('mixed/again', 'wb').write(bytes(noise(777, 99)) + mixed[5000:90000] + b'end')
END
make_mixed() { "$erofs" --quiet -T1500000000 -U00112233-4455-6677-8899-aabbccddeeff "$@" mixed; }
make_mixed -zlz4hc -C16384 -Efragments erofs-mixed.raw
make_mixed -zlz4hc -C4096 -Efragments,dedupe erofs-shared.raw
rm -r mixed

truncate -s 64M part.raw
mkfs.f2fs -q -f -l small -O extra_attr,inode_checksum,sb_checksum,inode_crtime part.raw
sload.f2fs -P -f tree part.raw >/dev/null
qemu-img convert -c -f raw -O qcow2 -o compression_type=zstd,cluster_size=4k part.raw f2fs.qcow2
rm part.raw

# Two files that grow by turns, and so have chains of clusters.
cp -rL tree plain
mkdir mounted
truncate -s 16M part.raw
mkfs.exfat -L SMALL part.raw >/dev/null
device=$(losetup -f --show part.raw)
mount.exfat-fuse "$device" mounted >/dev/null
cp -r plain/. mounted
mkdir mounted/EMPTY
for _ in 1 2 3 4; do
  cat tree/text >>mounted/one
  cat tree/text >>mounted/two
done
umount mounted
losetup -d "$device"
rmdir mounted
qemu-img convert -c -f raw -O qcow2 -o compression_type=zstd,cluster_size=4k part.raw exfat.qcow2
rm part.raw

# UDF 2.60 with links; beside it, ISO 9660 has other names.
python3 - <<'END'
import io, os, pycdlib
disc = pycdlib.PyCdlib()
disc.new(udf='2.60')
number = 0
for directory, directories, files in os.walk('tree'):
    there = directory[len('tree'):]
    for name in sorted(directories):
        disc.add_directory(udf_path=there + '/' + name)
    for name in sorted(files):
        path = directory + '/' + name
        if os.path.islink(path):
            disc.add_symlink(udf_symlink_path=there + '/' + name, udf_target=os.readlink(path))
        else:
            content = open(path, 'rb').read()
            number += 1
            disc.add_fp(io.BytesIO(content), len(content), '/F%d.;1' % number, udf_path=there + '/' + name)
disc.write('part.raw')
END
qemu-img convert -c -f raw -O qcow2 -o compression_type=zstd,cluster_size=4k part.raw udf.qcow2
rm -r part.raw tree plain

rm -f SHA256SUMS
for disk in *.qcow2 *.raw; do
  case $disk in
    *.raw) sha256sum "$disk" >>SHA256SUMS ;;
    *)
      qemu-img convert -O raw "$disk" disk.img
      sha256sum disk.img | sed "s/disk.img/$disk/" >>SHA256SUMS
      rm disk.img
      ;;
  esac
done
